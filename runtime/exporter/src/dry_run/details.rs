//! Describes what families have that the text format does not show.

use firepit_exposition::escaping::{Escaping, is_plain_metric};
use firepit_exposition::merge::Family;
use firepit_exposition::validate::{Point, Series};

/// One line about a family, or `None` if the text format shows all of it.
pub(super) fn of(family: &Family) -> Option<String> {
    let mut facts = Vec::new();
    if !family.unit().is_empty() {
        facts.push(format!("unit {}", family.unit()));
    }
    let points = || family.series().map(Series::point);
    let created = points().filter(|point| point.created().is_some());
    add(
        &mut facts,
        created.count(),
        "time of creation",
        "times of creation",
    );
    let exemplars = points().map(|point| point.exemplars().len());
    add(&mut facts, exemplars.sum(), "exemplar", "exemplars");
    let native: Vec<usize> = points().filter_map(native_buckets).collect();
    if !native.is_empty() {
        add(
            &mut facts,
            native.len(),
            "native histogram",
            "native histograms",
        );
        add(
            &mut facts,
            native.iter().sum(),
            "native bucket",
            "native buckets",
        );
    }
    if !is_plain_metric(family.name()) {
        let escaped = Escaping::Underscores.metric(family.name());
        facts.push(format!("{escaped} for clients that do not accept UTF-8"));
    }
    (!facts.is_empty()).then(|| format!("{}: {}", family.name(), facts.join(", ")))
}

fn add(facts: &mut Vec<String>, number: usize, one: &str, many: &str) {
    match number {
        0 => {}
        1 => facts.push(format!("1 {one}")),
        _ => facts.push(format!("{number} {many}")),
    }
}

fn native_buckets(point: &Point) -> Option<usize> {
    let Point::Histogram(histogram) = point else {
        return None;
    };
    let native = histogram.native.as_deref()?;
    Some(native.positive.len() + native.negative.len())
}
