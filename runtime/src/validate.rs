//! Turns a collector's families into families that later stages can trust.
//!
//! All rules about what may stand on a page are applied here, once. A [`Family`] is built nowhere
//! else and has no public fields, so [`crate::merge`] and [`crate::encode`] need neither checks nor
//! errors. What breaks a rule costs its family and is reported as a [`Problem`].
//!
//! The rules are those of the Prometheus text format and of client_golang's registry, plus the sizes
//! of [`Limits`]. Values are free: node_exporter shows negative counters and NaN, so does firepit.

mod family;
pub(crate) mod prefix;
pub(crate) mod reserved;
mod rules;
#[cfg(test)]
mod tests;
mod texts;

use std::mem;
use std::sync::Arc;

use crate::limits::Limits;
use crate::record::{self, Samples};
use crate::shown::shown;

pub use family::{Family, Histogram, Kind, Point, Series, Summary};
use family::{Head, Row};
use rules::Fault;
pub use rules::Reason;
use texts::Texts;

/// What both lines of a family's head take beside name and help text.
const HEAD_BYTES: usize = "# HELP  \n# TYPE  histogram\n".len();
/// What a line takes at most beside names and values of labels: a suffix, braces, the marks around
/// a label of the encoder's, and two numbers of 24 bytes.
const LINE_BYTES: usize = 7 + 2 + 4 + 24 + 1 + 24 + 1;
/// The marks around a label.
const LABEL_BYTES: usize = 4;

/// Why a family was refused. Its texts are fit for a log, whatever the collector sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("family {family}: {detail}")]
pub struct Problem {
    /// Name of the family, shortened and with control characters escaped.
    pub family: String,
    /// The rule that was broken.
    pub reason: Reason,
    /// How it was broken.
    pub detail: String,
}

/// Sorts a collector's families into those that may be shown and problems, one per family that may
/// not. Order is kept. A family without samples is neither: it vanishes, as in node_exporter.
#[must_use]
pub fn validate(families: Vec<record::Family>, limits: &Limits) -> (Vec<Family>, Vec<Problem>) {
    in_time(families, limits, || true).unwrap_or_default()
}

/// As [`validate`], as long as `may_go_on` says so; `None` where it does not. It is asked before each
/// family, of which none is larger than what one host call can hand over.
pub(crate) fn in_time(
    families: Vec<record::Family>,
    limits: &Limits,
    may_go_on: impl Fn() -> bool,
) -> Option<(Vec<Family>, Vec<Problem>)> {
    let mut texts = Texts::for_families(families.len());
    let mut accepted = Vec::with_capacity(families.len());
    let mut problems = Vec::new();
    for mut family in families {
        if !may_go_on() {
            return None;
        }
        if family.samples.is_empty() {
            continue;
        }
        let before = texts.len();
        match check(&mut family, &mut texts, limits) {
            Ok(valid) => accepted.push(valid),
            Err(Fault { reason, detail }) => {
                texts.truncate(before);
                problems.push(Problem {
                    family: shown(&family.name),
                    reason,
                    detail,
                });
            }
        }
    }
    texts.shrink();
    let texts = Arc::new(texts);
    let family = |(head, rows)| Family {
        texts: Arc::clone(&texts),
        head,
        rows,
    };
    Some((accepted.into_iter().map(family).collect(), problems))
}

/// Applies all rules to a family. Its texts are copied, its distributions taken.
fn check(
    family: &mut record::Family,
    texts: &mut Texts,
    limits: &Limits,
) -> Result<(Head, Vec<Row>), Fault> {
    let kind = Kind::from(&family.samples);
    rules::metric_name(&family.name, limits)?;
    rules::help(&family.help, limits)?;
    rules::label_names(&family.label_names, kind.own_label(), limits)?;

    let order = order(&family.label_names);
    rules::no_duplicate_label(sorted(&family.label_names, order.as_deref()))?;
    let mut head = Head {
        page_bytes: 0,
        name: texts.push(&family.name),
        help: texts.push(&family.help),
        kind,
        label_names: texts.len(),
        labels: family.label_names.len(),
    };
    for name in sorted(&family.label_names, order.as_deref()) {
        texts.push(name);
    }
    let own_label = kind.own_label().map_or(0, str::len);
    let line = LINE_BYTES + own_label + length(&family.label_names) + family.name.len();
    let line = line.saturating_add(head.labels.saturating_mul(LABEL_BYTES));
    let mut page_bytes = HEAD_BYTES + 2 * (family.name.len() + family.help.len());
    let mut rows = Vec::with_capacity(family.samples.len());
    let add = |values: &[String], point: Point| {
        rules::label_values(values, head.labels, limits)?;
        rules::point(&point)?;
        let (label_values, before) = (texts.len(), texts.bytes());
        for value in sorted(values, order.as_deref()) {
            texts.push(value);
        }
        // Each byte may be escaped.
        let line = line.saturating_add(2 * (texts.bytes() - before));
        page_bytes = page_bytes.saturating_add(line.saturating_mul(point.lines()));
        rows.push(Row {
            label_values,
            point,
        });
        Ok(())
    };
    each_sample(&mut family.samples, add)?;
    into_page_order(&mut rows, head.labels, texts)?;
    head.page_bytes = page_bytes;
    Ok((head, rows))
}

fn length(texts: &[String]) -> usize {
    texts.iter().map(String::len).sum()
}

/// The places of label names in the order of the names; `None` if that is the order they have.
fn order(names: &[String]) -> Option<Vec<usize>> {
    if names.is_sorted() {
        return None;
    }
    let mut numbered: Vec<(&String, usize)> = names.iter().zip(0..).collect();
    numbered.sort();
    Some(numbered.into_iter().map(|(_, place)| place).collect())
}

/// What belongs to label names, in the order of the names.
fn sorted<'a>(texts: &'a [String], order: Option<&'a [usize]>) -> impl Iterator<Item = &'a str> {
    let place = move |index| match order {
        None => Some(index),
        Some(order) => order.get(index).copied(),
    };
    (0..texts.len()).filter_map(move |index| texts.get(place(index)?).map(String::as_str))
}

/// Goes through all samples in one shape: label values and point.
fn each_sample(
    samples: &mut Samples,
    mut act: impl FnMut(&[String], Point) -> Result<(), Fault>,
) -> Result<(), Fault> {
    match samples {
        Samples::Counter(samples) | Samples::Gauge(samples) | Samples::Untyped(samples) => {
            (samples.iter()).try_for_each(|s| act(&s.label_values, Point::Value(s.value)))
        }
        Samples::Histogram(samples) => samples.iter_mut().try_for_each(|s| {
            let histogram = Histogram {
                buckets: mem::take(&mut s.buckets),
                sum: s.sum,
                count: s.count,
            };
            act(&s.label_values, Point::Histogram(Box::new(histogram)))
        }),
        Samples::Summary(samples) => samples.iter_mut().try_for_each(|s| {
            let summary = Summary {
                quantiles: mem::take(&mut s.quantiles),
                sum: s.sum,
                count: s.count,
            };
            act(&s.label_values, Point::Summary(Box::new(summary)))
        }),
    }
}

/// Sorts the rows of one record of so many labels, and checks that none is there twice. Most come
/// sorted: they are only compared each with the next one.
fn into_page_order(rows: &mut [Row], labels: usize, texts: &Texts) -> Result<(), Fault> {
    let values = |row: &Row| texts.range(row.label_values, labels);
    let compare = |a: &Row, b: &Row| values(a).cmp(values(b));
    if rows.is_sorted_by(|a, b| compare(a, b).is_lt()) {
        return Ok(());
    }
    rows.sort_by(compare);
    let same = |pair: &&[Row]| matches!(pair, [a, b] if compare(a, b).is_eq());
    match rows.windows(2).find(same) {
        Some([row, ..]) => rules::duplicate_series(values(row)),
        _ => Ok(()),
    }
}
