//! Compares family by family, and series by series.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::report::{Heading, Report, Side};
use super::rules::Rules;
use firepit_exposition::escape::{escaped, truncated};
use firepit_exposition::parse::{Document, Family, Series, names};

/// Maximum characters of a series or a help text in a line.
const MAX_TEXT: usize = 160;

/// The labels of a series without empty ones, by name.
type Labels<'a> = Vec<(&'a str, &'a str)>;

pub(super) fn compare(old: &Document<'_>, new: &Document<'_>, rules: &Rules) -> Report {
    let mut report = Report::new(rules);
    let (old, new) = (
        Side::of(old, rules, &mut report.old),
        Side::of(new, rules, &mut report.new),
    );
    for (name, family) in &old.families {
        match new.families.get(name) {
            Some(other) => both(&mut report, (&old, family), (&new, other), rules),
            None => only(&mut report, Heading::FamilyOnlyInOld, family),
        }
    }
    for (name, family) in &new.families {
        if !old.families.contains_key(name) {
            only(&mut report, Heading::FamilyOnlyInNew, family);
        }
    }
    report
}

fn only(report: &mut Report, heading: Heading, family: &Family<'_>) {
    let (kind, series) = (family.kind.as_str(), family.series.len());
    report.add(heading, || {
        format!("{} ({kind}, {series} series)", shown(family))
    });
}

fn shown(family: &Family<'_>) -> String {
    escaped(&names::unescaped(family.name))
}

fn both(
    report: &mut Report,
    (old_side, old): (&Side<'_>, &Family<'_>),
    (new_side, new): (&Side<'_>, &Family<'_>),
    rules: &Rules,
) {
    report.both += 1;
    if old.kind != new.kind {
        let (before, after) = (old.kind.as_str(), new.kind.as_str());
        report.add(Heading::Type, || {
            format!("{}: {before}, now {after}", shown(old))
        });
    }
    let help = |family: &Family<'_>| family.help.clone().unwrap_or_default();
    let (before, after) = (help(old), help(new));
    if before != after {
        let quoted = |text: &str| truncated(MAX_TEXT, text);
        report.add(Heading::Help, || {
            format!(
                "{}: \"{}\", now \"{}\"",
                shown(old),
                quoted(&before),
                quoted(&after)
            )
        });
    }
    let (before, after) = (by_labels(old_side, old), by_labels(new_side, new));
    for (labels, series) in &before {
        match after.get(labels) {
            None => report.add(Heading::SeriesOnlyInOld, || line(old, labels)),
            Some(other) => values(report, (old, labels), (series, other), rules),
        }
    }
    for labels in after.keys().filter(|labels| !before.contains_key(*labels)) {
        report.add(Heading::SeriesOnlyInNew, || line(new, labels));
    }
}

/// The series of a family. Of several with the same labels, which no server accepts, the last.
fn by_labels<'a>(side: &Side<'a>, family: &'a Family<'_>) -> BTreeMap<Labels<'a>, &'a Series> {
    let columns: Vec<&str> = side.document.label_names(family).collect();
    let series = family.series.iter().map(|series| {
        let labels = side.document.labels(series);
        let mut labels: Labels<'_> = labels
            .map(|(column, value)| (columns.get(column).copied().unwrap_or_default(), value))
            .collect();
        labels.sort_unstable();
        (labels, series)
    });
    series.collect()
}

fn line(family: &Family<'_>, labels: &Labels<'_>) -> String {
    let mut text = names::unescaped(family.name).into_owned();
    for (index, (name, value)) in labels.iter().enumerate() {
        let before = if index == 0 { '{' } else { ',' };
        // Writing to a string cannot fail.
        let _ = write!(text, "{before}{}=\"{value}\"", names::unescaped(name));
    }
    if !labels.is_empty() {
        text.push('}');
    }
    truncated(MAX_TEXT, &text)
}

/// Compares the values of a series: of a distribution the sum, the count and each part.
fn values(
    report: &mut Report,
    (family, labels): (&Family<'_>, &Labels<'_>),
    (old, new): (&Series, &Series),
    rules: &Rules,
) {
    report.compared += 1;
    let parts = |series: &Series| -> Vec<(String, f64)> {
        let parts = series.parts.iter();
        let mut all: Vec<(String, f64)> = vec![(String::new(), series.value)];
        #[expect(
            clippy::cast_precision_loss,
            reason = "the text format has doubles only"
        )]
        all.extend(
            series
                .count
                .map(|count| (" count".to_owned(), count as f64)),
        );
        all.extend(parts.map(|part| (format!(" at {}", part.at), part.value)));
        all
    };
    let (before, after) = (parts(old), parts(new));
    let has_same_parts = before.len() == after.len()
        && (before.iter().zip(&after)).all(|((old, _), (new, _))| old == new);
    if !has_same_parts {
        report.add(Heading::Value, || {
            format!("{}: other buckets or quantiles", line(family, labels))
        });
        return;
    }
    let differs = |((_, old), (_, new)): &(&(String, f64), &(String, f64))| {
        !rules.tolerance.accepts(*old, *new)
    };
    if let Some(((part, old), (_, new))) = before.iter().zip(&after).find(differs) {
        report.add(Heading::Value, || {
            format!("{}{part}: {old}, now {new}", line(family, labels))
        });
    }
}
