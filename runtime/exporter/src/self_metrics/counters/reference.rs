//! The families about collectors as the documentation lists them.

use super::super::Shape;
use super::super::reference::Group;
use super::family_table::{SeriesPolicy, collector_families, total_families};
use firepit_exposition::record::{Family, Sample};

/// Every family about collectors, with one series each.
pub(in super::super) fn reference() -> impl Iterator<Item = (Group, Family)> {
    let totals = total_families().into_iter().map(|total| {
        let labels = labels(&[], &total.reasons);
        let family = family(total.name, total.help, labels, total.shape);
        (Group::Program, family)
    });
    let single = collector_families().into_iter().map(|single| {
        let is_cost = single.policy == SeriesPolicy::Costs && single.reasons.is_empty();
        let labels = labels(&["collector"], &single.reasons);
        let family = family(single.name, single.help, labels, single.shape);
        let group = if is_cost { Group::Costs } else { Group::Faults };
        (group, family)
    });
    totals.chain(single)
}

fn labels(labels: &[&str], reasons: &[&str]) -> Vec<String> {
    let reason = (!reasons.is_empty()).then_some("reason");
    let labels = labels.iter().copied().chain(reason);
    labels.map(str::to_owned).collect()
}

fn family(name: &str, help: &str, labels: Vec<String>, shape: Shape) -> Family {
    let sample = Sample {
        label_values: labels.clone(),
        value: 0.0,
        extra: None,
    };
    Family {
        name: name.to_owned(),
        help: help.to_owned(),
        label_names: labels,
        samples: shape(vec![sample]),
        unit: String::new(),
    }
}
