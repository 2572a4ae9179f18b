//! From a parsed family to the records that the host is given.
//!
//! The host refuses a record as a whole where one of its samples breaks a rule, and of two records
//! only the later series that is there already. So what it may not like goes separately.

use std::cmp::Ordering;

use firepit_sdk::Metrics;
use firepit_sdk::dynamic::{
    self, Bucket, HistogramSample, Quantile, Sample, Samples, SummarySample,
};

use crate::parse::{Document, Family, Kind, Series};

/// Label names that the host takes in one record.
const MAX_LABELS: usize = 64;
/// Bytes that the host takes in one label value.
const MAX_LABEL_VALUE: usize = 4 << 10;
/// Bytes that the host takes in a help text.
const MAX_HELP: usize = 4 << 10;
/// Series that are handed over at once: bounds the memory of large families.
const SERIES_AT_ONCE: usize = 4096;

/// The record that a series goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Record {
    /// Its labels come for the first time.
    First,
    /// They come for the second time: the host is to know, but no third one.
    Second,
    /// It breaks a rule by itself.
    Odd,
    None,
}

/// A family that has more label names than the host takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooManyLabels;

/// The records of a family: one for each of its series. None where it is not handed over at all.
#[derive(Debug, Default)]
pub(crate) struct Records(Vec<Record>);

impl Records {
    /// How many families the host is given for it.
    pub(crate) fn families(&self) -> usize {
        let of = |record| self.0.iter().filter(|of| **of == record).count();
        let kinds = [Record::First, Record::Second, Record::Odd];
        (kinds.into_iter())
            .map(|record| of(record).div_ceil(SERIES_AT_ONCE))
            .sum()
    }

    /// The series that are handed over.
    pub(crate) fn series<'a>(&self, family: &'a Family<'_>) -> impl Iterator<Item = &'a Series> {
        let series = family.series.iter().zip(&self.0);
        series
            .filter(|(_, of)| **of != Record::None)
            .map(|(series, _)| series)
    }
}

/// Decides on the records of a family. Also tells how often two series were compared for that.
pub(crate) fn records(document: &Document<'_>, family: &Family<'_>) -> (Records, u64) {
    if document.columns(family) > MAX_LABELS {
        return (Records::default(), 0);
    }
    let mut compared = 0;
    let records = records_of(document, family, &mut compared);
    (Records(records), compared)
}

/// Hands over a family under a name. Each series gets all label names of the family, with empty values where
/// the text has none.
///
/// # Errors
/// Where there are too many of them; then nothing was handed over.
pub(crate) fn emit(
    metrics: &mut Metrics,
    document: &Document<'_>,
    family: &Family<'_>,
    records: &Records,
    name: &str,
    help: &str,
) -> Result<(), TooManyLabels> {
    let label_names = document.label_names(family);
    if label_names.len() > MAX_LABELS {
        return Err(TooManyLabels);
    }
    let help = help
        .get(..help.floor_char_boundary(MAX_HELP))
        .unwrap_or_default();
    for record in [Record::First, Record::Second, Record::Odd] {
        let series = family.series.iter().zip(&records.0);
        let mut chosen = series
            .filter(|(_, of)| **of == record)
            .map(|(series, _)| series);
        loop {
            let some: Vec<&Series> = chosen.by_ref().take(SERIES_AT_ONCE).collect();
            if some.is_empty() {
                break;
            }
            metrics.dynamic(dynamic::Family {
                name: name.to_owned(),
                help: help.to_owned(),
                label_names: label_names.iter().map(|&name| name.to_owned()).collect(),
                samples: samples(document, family.kind, label_names.len(), &some),
            });
        }
    }
    Ok(())
}

fn records_of(document: &Document<'_>, family: &Family<'_>, compared: &mut u64) -> Vec<Record> {
    let kind_of = |series| match is_odd(document, family.kind, series) {
        true => Record::Odd,
        false => Record::First,
    };
    let mut records: Vec<Record> = family.series.iter().map(kind_of).collect();
    let mut sorted: Vec<(&Series, &mut Record)> = (family.series.iter())
        .zip(&mut records)
        .filter(|(_, record)| **record == Record::First)
        .collect();
    // Stable: equal ones stay in the order of the text.
    sorted.sort_by(|(left, _), (right, _)| {
        *compared += 1;
        document.compare(left, right)
    });
    *compared += sorted.len() as u64;
    for equal in sorted
        .chunk_by_mut(|(left, _), (right, _)| document.compare(left, right) == Ordering::Equal)
    {
        for (index, (_, record)) in equal.iter_mut().enumerate() {
            **record = match index {
                0 => Record::First,
                1 => Record::Second,
                _ => Record::None,
            };
        }
    }
    records
}

/// Whether the host would refuse a record for this series alone.
fn is_odd(document: &Document<'_>, kind: Kind, series: &Series) -> bool {
    let mut values = document.labels(series).map(|(_, value)| value.len());
    let parts = &series.parts;
    let odd_parts = match kind {
        Kind::Histogram => {
            let counts = parts.iter().map(|part| part.value as u64);
            let last = parts.last().filter(|part| part.at == f64::INFINITY);
            let last_differs = last.is_some_and(|part| part.value as u64 != count(series));
            last_differs || !counts.chain([count(series)]).is_sorted()
        }
        Kind::Summary => parts.iter().any(|part| !(0.0..=1.0).contains(&part.at)),
        Kind::Counter | Kind::Gauge | Kind::Untyped => false,
    };
    odd_parts || values.any(|length| length > MAX_LABEL_VALUE)
}

/// The number of observations of a distribution; where the text does not say it, the count of the
/// bucket that has all of them.
fn count(series: &Series) -> u64 {
    let all = series.parts.last().filter(|part| part.at == f64::INFINITY);
    let all = all.map(|part| part.value as u64);
    series.count.or(all).unwrap_or_default()
}

fn samples(document: &Document<'_>, kind: Kind, columns: usize, series: &[&Series]) -> Samples {
    let label_values = |series| {
        let mut values = vec![String::new(); columns];
        for (column, value) in document.labels(series) {
            if let Some(place) = values.get_mut(column) {
                value.clone_into(place);
            }
        }
        values
    };
    let plain = || {
        let samples = series.iter().map(|series| Sample {
            label_values: label_values(series),
            value: series.value,
        });
        samples.collect()
    };
    match kind {
        Kind::Counter => Samples::Counter(plain()),
        Kind::Gauge => Samples::Gauge(plain()),
        Kind::Untyped => Samples::Untyped(plain()),
        Kind::Histogram => Samples::Histogram(
            (series.iter())
                .map(|series| HistogramSample {
                    label_values: label_values(series),
                    buckets: buckets(series),
                    sum: series.value,
                    count: count(series),
                })
                .collect(),
        ),
        Kind::Summary => Samples::Summary(
            (series.iter())
                .map(|series| SummarySample {
                    label_values: label_values(series),
                    quantiles: quantiles(series),
                    sum: series.value,
                    count: count(series),
                })
                .collect(),
        ),
    }
}

fn buckets(series: &Series) -> Vec<Bucket> {
    let buckets = series.parts.iter().map(|part| Bucket {
        upper_bound: part.at,
        cumulative_count: part.value as u64,
    });
    buckets.collect()
}

fn quantiles(series: &Series) -> Vec<Quantile> {
    let quantiles = series.parts.iter().map(|part| Quantile {
        quantile: part.at,
        value: part.value,
    });
    quantiles.collect()
}
