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
mod rules;
#[cfg(test)]
mod tests;

use std::mem;
use std::sync::Arc;

use crate::limits::Limits;
use crate::record::{self, Samples};
use crate::shown::shown;

pub use family::{Family, Kind, Point, Series};
use rules::Fault;
pub use rules::Reason;

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
    let mut accepted = Vec::with_capacity(families.len());
    let mut problems = Vec::new();
    for mut family in families {
        if family.samples.is_empty() {
            continue;
        }
        let name = mem::take(&mut family.name);
        match check(&name, family, limits) {
            Ok((help, kind, series)) => accepted.push(Family {
                name,
                help,
                kind,
                series,
            }),
            Err(Fault { reason, detail }) => {
                problems.push(Problem {
                    family: shown(&name),
                    reason,
                    detail,
                });
            }
        }
    }
    (accepted, problems)
}

/// Applies all rules to the family called `name`.
fn check(
    name: &str,
    family: record::Family,
    limits: &Limits,
) -> Result<(String, Kind, Vec<Series>), Fault> {
    let record::Family {
        help,
        label_names,
        samples,
        ..
    } = family;
    let kind = Kind::from(&samples);
    rules::metric_name(name, limits)?;
    rules::help(&help, limits)?;
    rules::label_names(&label_names, kind.own_label(), limits)?;

    let labels = Labels::new(label_names);
    rules::no_duplicate_label(&labels.names)?;
    let mut series = Vec::with_capacity(samples.len());
    for (label_values, point) in points(samples) {
        rules::label_values(&label_values, labels.names.len(), limits)?;
        rules::point(&point)?;
        series.push(labels.series(label_values, point));
    }
    series.sort_by(Series::page_order);
    rules::no_duplicate_series(&series)?;
    Ok((help, kind, series))
}

/// The label names of one record, sorted.
struct Labels {
    names: Arc<[String]>,
    /// For each sorted name, where its values stand in the samples; `None` if just there.
    origin: Option<Vec<usize>>,
}

impl Labels {
    fn new(names: Vec<String>) -> Self {
        if names.is_sorted() {
            return Self {
                names: names.into(),
                origin: None,
            };
        }
        let mut numbered: Vec<(String, usize)> = names.into_iter().zip(0..).collect();
        numbered.sort();
        let (names, origin): (Vec<String>, Vec<usize>) = numbered.into_iter().unzip();
        Self {
            names: names.into(),
            origin: Some(origin),
        }
    }

    /// One series. `values` are one per name, in the order of the record.
    fn series(&self, mut values: Vec<String>, point: Point) -> Series {
        let label_values = match &self.origin {
            None => values,
            Some(origin) => origin
                .iter()
                .filter_map(|&from| values.get_mut(from).map(mem::take))
                .collect(),
        };
        Series {
            label_names: Arc::clone(&self.names),
            label_values,
            point,
        }
    }
}

/// All samples in one shape: label values and point.
fn points(samples: Samples) -> Box<dyn Iterator<Item = (Vec<String>, Point)>> {
    match samples {
        Samples::Counter(samples) | Samples::Gauge(samples) | Samples::Untyped(samples) => {
            Box::new(
                samples
                    .into_iter()
                    .map(|s| (s.label_values, Point::Value(s.value))),
            )
        }
        Samples::Histogram(samples) => Box::new(samples.into_iter().map(|s| {
            let (buckets, sum, count) = (s.buckets, s.sum, s.count);
            (
                s.label_values,
                Point::Histogram {
                    buckets,
                    sum,
                    count,
                },
            )
        })),
        Samples::Summary(samples) => Box::new(samples.into_iter().map(|s| {
            let (quantiles, sum, count) = (s.quantiles, s.sum, s.count);
            (
                s.label_values,
                Point::Summary {
                    quantiles,
                    sum,
                    count,
                },
            )
        })),
    }
}
