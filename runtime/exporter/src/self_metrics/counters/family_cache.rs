//! Cached families of all collectors' counters.
//!
//! Label sets change only with collectors and with the first occurrence of each reason. So the
//! families are created and validated once, and each page only reads the counters.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::super::{Shape, View, checked};
use super::collector::{CollectorCounters, FIRST_REASON, cell};
use super::family_table::{
    CollectorFamily, SeriesPolicy, TotalFamily, collector_families, total_families,
};
use firepit_exposition::record::{Family, Sample};
use firepit_exposition::validate;
use firepit_sandbox::failure::Failure;

/// The families of all collectors, and the counters behind their series.
#[derive(Debug)]
pub(super) struct FamilyCache(Vec<Entry>);

/// One family.
#[derive(Debug)]
struct Entry {
    family: validate::Family,
    /// One per series, in order.
    sources: Vec<Source>,
    /// Counter units per unit of the metric.
    per_unit: f64,
    /// Whether it is about all collectors together, instead of one per series.
    is_total: bool,
}

/// The counters behind a series, added up.
#[derive(Debug)]
struct Source {
    counters: Vec<Arc<CollectorCounters>>,
    cells: Range<usize>,
    /// Whether the lean page has the series.
    is_lean: bool,
}

impl Source {
    fn number(&self) -> u64 {
        let of_one = |counters: &Arc<CollectorCounters>| {
            let numbers = self.cells.clone().map(|cell| counters.get(cell));
            numbers.fold(0, u64::wrapping_add)
        };
        self.counters.iter().map(of_one).fold(0, u64::wrapping_add)
    }
}

impl FamilyCache {
    /// The families of these collectors, by name. `all` counts all collectors so far.
    pub(super) fn new(
        counters_by_name: &BTreeMap<String, Arc<CollectorCounters>>,
        all: &Arc<CollectorCounters>,
    ) -> Self {
        let parts = collector_families()
            .into_iter()
            .map(|definition| collector_entry(&definition, counters_by_name));
        let total_families = total_families().into_iter();
        let total_families = total_families.map(|total| total_entry(&total, counters_by_name, all));
        Self(parts.chain(total_families).flatten().collect())
    }

    /// The families with current numbers.
    pub(super) fn families(&self, view: &View<'_>) -> Vec<validate::Family> {
        self.0
            .iter()
            .filter_map(|entry| entry.family(view))
            .collect()
    }
}

impl Entry {
    fn new(draft: Draft, per_unit: f64, is_total: bool) -> Option<Self> {
        let Draft { record, sources } = draft;
        Some(Self {
            family: checked(vec![record]).pop()?,
            sources,
            per_unit,
            is_total,
        })
    }

    fn family(&self, view: &View<'_>) -> Option<validate::Family> {
        if !self
            .sources
            .iter()
            .any(|source| view.includes_series(source.is_lean))
        {
            return None;
        }
        let mut sources = self.sources.iter();
        self.family.refilled(|series| {
            let source = sources
                .next()
                .filter(|source| view.includes_series(source.is_lean))?;
            // Label names are sorted, so `collector` is the first.
            let mut labels = series.label_values();
            let is_excluded = labels.next().is_some_and(|it| !view.includes_collector(it));
            let is_shown = self.is_total || !is_excluded;
            is_shown.then(|| source.number() as f64 / self.per_unit)
        })
    }
}

/// A family before validation.
struct Draft {
    record: Family,
    sources: Vec<Source>,
}

impl Draft {
    fn new(
        (name, help): (&str, &str),
        label_names: &[&str],
        shape: Shape,
        lines: Vec<(Vec<&str>, Source)>,
    ) -> Self {
        let (labels, sources): (Vec<_>, Vec<_>) = lines.into_iter().unzip();
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        let sample = |labels: Vec<&str>| Sample {
            label_values: owned(&labels),
            value: 0.0,
            extra: None,
        };
        let record = Family {
            name: name.to_owned(),
            help: help.to_owned(),
            label_names: owned(label_names),
            samples: shape(labels.into_iter().map(sample).collect()),
            unit: String::new(),
        };
        Self { record, sources }
    }
}

/// The reasons with the indices of their counters, in the order of the page.
fn in_order(reasons: &[&'static str], first: usize) -> Vec<(&'static str, usize)> {
    let mut reasons: Vec<_> = reasons.iter().copied().zip(first..).collect();
    reasons.sort_unstable();
    reasons
}

/// The family with series of single collectors.
fn collector_entry(
    definition: &CollectorFamily,
    counters_by_name: &BTreeMap<String, Arc<CollectorCounters>>,
) -> Option<Entry> {
    let reasons = in_order(&definition.reasons, definition.cell);
    let mut lines = Vec::new();
    for (collector, counters) in counters_by_name {
        let source = |cell, is_lean| Source {
            counters: vec![Arc::clone(counters)],
            cells: cell..cell + 1,
            is_lean: is_lean || counters.has_full_series(),
        };
        if reasons.is_empty() && has_begun(definition.policy, counters) {
            let source = source(
                definition.cell,
                is_lean(definition.policy, counters, definition.cell),
            );
            lines.push((vec![collector.as_str()], source));
        }
        for &(reason, cell) in &reasons {
            let is_first = definition.cell == cell::FAILURES && reason == FIRST_REASON;
            if is_first || counters.get(cell) > 0 {
                let is_fault = Some(cell) != cell::failure(&Failure::NoData);
                let source = source(cell, is_fault && counters.get(cell) > 0);
                lines.push((vec![collector.as_str(), reason], source));
            }
        }
    }
    let label_names: &[&str] = if reasons.is_empty() {
        &["collector"]
    } else {
        &["collector", "reason"]
    };
    let (head, shape) = ((definition.name, definition.help), definition.shape);
    Entry::new(
        Draft::new(head, label_names, shape, lines),
        definition.per_unit,
        false,
    )
}

/// Whether a series starts before its first increase; rare events have none.
fn has_begun(lines: SeriesPolicy, counters: &CollectorCounters) -> bool {
    let skipped = || cell::failure(&Failure::Quarantined).map_or(0, |cell| counters.get(cell));
    lines != SeriesPolicy::Quarantine || counters.get(cell::QUARANTINED) > 0 || skipped() > 0
}

fn is_lean(lines: SeriesPolicy, counters: &CollectorCounters, cell: usize) -> bool {
    match lines {
        SeriesPolicy::Costs => false,
        SeriesPolicy::Alerts => counters.get(cell) > 0,
        SeriesPolicy::Quarantine => true,
    }
}

/// The family about all collectors together.
fn total_entry(
    total: &TotalFamily,
    counters_by_name: &BTreeMap<String, Arc<CollectorCounters>>,
    all: &Arc<CollectorCounters>,
) -> Option<Entry> {
    let source = |cells| Source {
        counters: if total.is_current {
            counters_by_name.values().map(Arc::clone).collect()
        } else {
            vec![Arc::clone(all)]
        },
        cells,
        is_lean: true,
    };
    let reasons = in_order(&total.reasons, total.cells.start);
    let (label_names, lines): (&[&str], _) = if reasons.is_empty() {
        (&[], vec![(Vec::new(), source(total.cells.clone()))])
    } else {
        let line = |(reason, cell)| (vec![reason], source(cell..cell + 1));
        (&["reason"], reasons.into_iter().map(line).collect())
    };
    let (head, shape) = ((total.name, total.help), total.shape);
    Entry::new(
        Draft::new(head, label_names, shape, lines),
        total.per_unit,
        true,
    )
}
