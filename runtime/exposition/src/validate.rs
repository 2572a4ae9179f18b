//! Turns a collector's families into families that later stages can trust.
//!
//! All rules about the content of a response are applied here, once. A [`Family`] is created only
//! here and has no public fields, so [`crate::merge`] and [`crate::encode`] need neither checks nor
//! errors. A family that breaks a rule is dropped and reported as a [`Problem`].
//!
//! The rules are those of the Prometheus text format and of client_golang's registry, plus the
//! sizes in [`Bounds`]. Values are not restricted: node_exporter exposes negative counters and NaN,
//! and so does firepit.

mod bounds;
mod escaped;
mod family;
mod labels;
mod point;
mod prefix;
mod reserved;
mod rules;
#[cfg(test)]
mod tests;
mod texts;

use std::cmp::Ordering;
use std::mem;
use std::sync::Arc;

use crate::escape::quoted;
use crate::escaping;
use crate::record::{self, Sample, Samples};
use crate::varint::label_overhead;

pub use bounds::Bounds;
pub(crate) use family::Naming;
pub use family::{Family, Kind, Series};
use family::{Head, Row};
pub use labels::{ConstantLabels, Cost, LabelError};
pub use point::{Counter, Histogram, Point, Summary};
pub use prefix::{NamePrefix, apply as apply_prefix};
pub use reserved::apply as reject_reserved;
use rules::Fault;
pub use rules::Reason;
use texts::Texts;

/// Bytes of the two header lines without name and help text.
const HEAD_BYTES: usize = "# HELP  \n# TYPE  histogram\n".len();
/// Bytes of the header line of a unit without name and unit.
const UNIT_BYTES: usize = "# UNIT  \n".len();
/// Maximum bytes of a line without names and values of labels: a suffix, braces, the punctuation of
/// the label that the encoder adds, and two numbers of 24 bytes. In protobuf a line's part of a
/// message is smaller.
const LINE_BYTES: usize = 8 + 2 + 4 + 24 + 1 + 24 + 1;

/// Why a family was rejected. All texts are escaped and bounded, so they can be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("family {family}: {detail}")]
pub struct Problem {
    /// Name of the family, truncated and with control characters escaped.
    pub family: String,
    /// The rule that was broken.
    pub reason: Reason,
    /// How it was broken.
    pub detail: String,
}

/// Splits a collector's families into valid families and problems, one problem per invalid family.
/// Order is kept. A family without samples is dropped without a problem, as in node_exporter.
#[must_use]
pub fn validate(families: Vec<record::Family>, bounds: &Bounds) -> (Vec<Family>, Vec<Problem>) {
    let labels = ConstantLabels::default();
    validate_while(families, bounds, &labels, || true).unwrap_or_default()
}

/// Like [`validate`], and adds `labels` to each series. Returns `None` as soon as `keep_going`
/// returns false. It is called before each family; a family is at most as large as one host call can
/// pass.
pub fn validate_while(
    families: Vec<record::Family>,
    bounds: &Bounds,
    labels: &ConstantLabels,
    keep_going: impl Fn() -> bool,
) -> Option<(Vec<Family>, Vec<Problem>)> {
    let mut texts = Texts::for_families(families.len());
    let mut accepted = Vec::with_capacity(families.len());
    let mut problems = Vec::new();
    for mut family in families {
        if !keep_going() {
            return None;
        }
        if family.samples.is_empty() {
            continue;
        }
        let before = texts.len();
        match check(&mut family, &mut texts, bounds, labels) {
            Ok(valid) => accepted.push(valid),
            Err(Fault { reason, detail }) => {
                texts.truncate(before);
                problems.push(Problem {
                    family: quoted(&family.name),
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

/// Applies all rules to a family. Texts are copied, distributions are moved.
fn check(
    family: &mut record::Family,
    texts: &mut Texts,
    bounds: &Bounds,
    constant: &ConstantLabels,
) -> Result<(Head, Vec<Row>), Fault> {
    let kind = Kind::from(&family.samples);
    let plain_name = rules::metric_name(&family.name, bounds)?;
    rules::help(&family.help, bounds)?;
    rules::unit(&family.name, &family.unit, kind)?;
    let plain_labels = rules::label_names(&family.label_names, kind.own_label(), bounds)?;
    rules::constant_labels(&family.label_names, constant, bounds)?;

    let names = Labels {
        own: &family.label_names,
        constant: &constant.names,
    };
    let order = order(names);
    rules::no_duplicate_label(names.sorted(order.as_deref()))?;
    let mut head = Head {
        max_bytes: 0,
        name: texts.push(&family.name),
        help: texts.push(&family.help),
        unit: (!family.unit.is_empty()).then(|| texts.push(&family.unit)),
        kind,
        names: match plain_name && plain_labels {
            true => Naming::Plain,
            false => Naming::Utf8,
        },
        label_names: texts.len(),
        labels: family.label_names.len() + constant.len(),
    };
    names.store(order.as_deref(), texts);
    let mut size = MaxBytes::of(&head, texts);
    let mut rows = Vec::with_capacity(family.samples.len());
    let add = |values: &[String], point: Point| {
        rules::label_values(values, names.own.len(), bounds)?;
        rules::point(&point, bounds)?;
        let (label_values, before) = (texts.len(), texts.bytes());
        let values = Labels {
            own: values,
            constant: &constant.values,
        };
        values.store(order.as_deref(), texts);
        size.add(texts.bytes() - before, &point);
        rows.push(Row {
            label_values,
            point,
        });
        Ok(())
    };
    each_sample(&mut family.samples, add)?;
    sort_rows(&mut rows, head.labels, texts)?;
    head.max_bytes = size.total;
    Ok((head, rows))
}

/// Computes [`Family::max_bytes`].
struct MaxBytes {
    /// A line without the values of its labels.
    line: usize,
    total: usize,
}

impl MaxBytes {
    /// The size of a family without series.
    fn of(head: &Head, texts: &Texts) -> Self {
        let is_plain = head.names != Naming::Utf8;
        let max_bytes = |name: &str| escaping::max_quoted(name, is_plain);
        let name = max_bytes(texts.get(head.name));
        let labels: usize = (texts.range(head.label_names, head.labels))
            // A label has more punctuation in protobuf than in the text formats.
            .map(|name| max_bytes(name) + label_overhead(name.len()))
            .sum();
        let own_label = head.kind.own_label().map_or(0, str::len);
        let unit = head
            .unit
            .map_or(0, |unit| UNIT_BYTES + name + texts.get(unit).len());
        Self {
            line: LINE_BYTES + own_label + labels + name,
            total: HEAD_BYTES + 2 * (name + texts.get(head.help).len()) + unit,
        }
    }

    /// Adds a series with so many bytes of label values. Each byte may be escaped.
    fn add(&mut self, values: usize, point: &Point) {
        let line = self.line.saturating_add(values.saturating_mul(2));
        if let Point::Value(_) = point {
            self.total = self.total.saturating_add(line);
            return;
        }
        let lines = line.saturating_mul(point.lines());
        let added = lines.saturating_add(point.extra_bytes());
        self.total = self.total.saturating_add(added);
    }
}

/// Names or values of labels: those of the family, then the constant ones.
#[derive(Clone, Copy)]
struct Labels<'a> {
    own: &'a [String],
    constant: &'a [String],
}

impl<'a> Labels<'a> {
    fn get(self, index: usize) -> Option<&'a str> {
        let constant = || self.constant.get(index.checked_sub(self.own.len())?);
        self.own.get(index).or_else(constant).map(String::as_str)
    }

    fn all(self) -> impl Iterator<Item = &'a String> {
        self.own.iter().chain(self.constant)
    }

    /// Appends them in the order of the names. Runs for each row.
    fn store(self, order: Option<&[usize]>, texts: &mut Texts) {
        match order {
            None => {
                for text in self.own {
                    texts.push(text);
                }
                for text in self.constant {
                    texts.push(text);
                }
            }
            Some(order) => {
                for text in order.iter().filter_map(|&index| self.get(index)) {
                    texts.push(text);
                }
            }
        }
    }

    /// In the order of the names.
    fn sorted(self, order: Option<&[usize]>) -> impl Iterator<Item = &'a str> {
        let position = move |index| match order {
            None => Some(index),
            Some(order) => order.get(index).copied(),
        };
        let positions = (0..self.own.len() + self.constant.len()).filter_map(position);
        positions.filter_map(move |position| self.get(position))
    }
}

/// Indices of label names in the order of the names; `None` if they are sorted already.
fn order(names: Labels<'_>) -> Option<Vec<usize>> {
    if names.all().is_sorted() {
        return None;
    }
    let mut numbered: Vec<(&String, usize)> = names.all().zip(0..).collect();
    numbered.sort();
    Some(numbered.into_iter().map(|(_, index)| index).collect())
}

/// Calls `act` for each sample with its label values and point.
fn each_sample(
    samples: &mut Samples,
    mut act: impl FnMut(&[String], Point) -> Result<(), Fault>,
) -> Result<(), Fault> {
    match samples {
        Samples::Counter(samples) => (samples.iter_mut()).try_for_each(|s| {
            let point = match s.extra.take() {
                None => Point::Value(s.value),
                Some(extra) => Point::Counter(Box::new(Counter {
                    value: s.value,
                    created: extra.created,
                    exemplar: extra.exemplar,
                })),
            };
            act(&s.label_values, point)
        }),
        Samples::Gauge(samples) => plain_samples(samples, Kind::Gauge, act),
        Samples::Untyped(samples) => plain_samples(samples, Kind::Untyped, act),
        Samples::Histogram(samples) => samples.iter_mut().try_for_each(|s| {
            let mut exemplars = mem::take(&mut s.exemplars);
            exemplars.sort_by(|a, b| a.value.total_cmp(&b.value));
            let histogram = Histogram {
                buckets: mem::take(&mut s.buckets),
                sum: s.sum,
                count: s.count,
                created: s.created,
                exemplars,
                native: s.native.take(),
            };
            act(&s.label_values, Point::Histogram(Box::new(histogram)))
        }),
        Samples::Summary(samples) => samples.iter_mut().try_for_each(|s| {
            let summary = Summary {
                quantiles: mem::take(&mut s.quantiles),
                sum: s.sum,
                count: s.count,
                created: s.created,
            };
            act(&s.label_values, Point::Summary(Box::new(summary)))
        }),
    }
}

/// Like [`each_sample`], for values that are nothing but values.
fn plain_samples(
    samples: &[Sample],
    kind: Kind,
    mut act: impl FnMut(&[String], Point) -> Result<(), Fault>,
) -> Result<(), Fault> {
    samples.iter().try_for_each(|s| {
        if let Some(extra) = &s.extra {
            rules::no_extra(kind, extra)?;
        }
        act(&s.label_values, Point::Value(s.value))
    })
}

/// Sorts the rows of one record and rejects duplicates. Most records are already sorted, so that
/// only neighbours are compared.
fn sort_rows(rows: &mut [Row], labels: usize, texts: &Texts) -> Result<(), Fault> {
    let compare = |a: &Row, b: &Row| compare_rows(a, b, labels, texts);
    if rows.is_sorted_by(|a, b| compare(a, b).is_lt()) {
        return Ok(());
    }
    rows.sort_by(compare);
    let same = |pair: &&[Row]| matches!(pair, [a, b] if compare(a, b).is_eq());
    match rows.windows(2).find(same) {
        Some([row, ..]) => rules::duplicate_series(texts.range(row.label_values, labels)),
        _ => Ok(()),
    }
}

/// The order of two rows of one family: by the bytes of their label values.
fn compare_rows(a: &Row, b: &Row, labels: usize, texts: &Texts) -> Ordering {
    let values = |row: &Row| texts.range(row.label_values, labels);
    values(a).cmp(values(b))
}
