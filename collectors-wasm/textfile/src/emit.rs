//! Passes parsed families to the host as records.

use firepit_exposition::parse::{Document, Family, Series};
use firepit_exposition::validate::Kind;
use firepit_sdk::Metrics;
use firepit_sdk::dynamic::{
    self, Bucket, HistogramSample, Plain, Quantile, RowWriter, Samples, SummarySample,
};

use crate::records::{Record, Records};

/// The maximum number of label names that the host accepts in one record.
pub(crate) const MAX_LABELS: usize = 64;
/// The maximum length of a help text that the host accepts.
const MAX_HELP: usize = 4 << 10;
/// The number of series passed at once, which bounds the memory of large families.
pub(crate) const SERIES_AT_ONCE: usize = 4096;

/// A family has more label names than the host accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooManyLabels;

/// Passes a family to the host under a name. Each series gets all label names of the family, with
/// empty values for missing labels.
///
/// # Errors
/// There are too many label names; then nothing was passed.
pub(crate) fn emit(
    metrics: &mut Metrics,
    document: &Document<'_>,
    family: &Family<'_>,
    records: &Records,
    name: &str,
    help: &str,
) -> Result<(), TooManyLabels> {
    let label_names: Vec<&str> = document.label_names(family).collect();
    if label_names.len() > MAX_LABELS {
        return Err(TooManyLabels);
    }
    let help = help
        .get(..help.floor_char_boundary(MAX_HELP))
        .unwrap_or_default();
    for record in [Record::First, Record::Second, Record::Odd] {
        let series = family.series.iter().zip(records.of());
        let chosen = series.filter(|(_, of)| **of == record);
        let mut chosen = chosen.map(|(series, _)| series).peekable();
        if chosen.peek().is_none() {
            continue;
        }
        if let Some(kind) = plain(family.kind) {
            let rows = metrics.rows(Plain {
                kind,
                name,
                help,
                label_names: &label_names,
            });
            emit_plain(rows, document, label_names.len(), chosen);
            continue;
        }
        loop {
            let some: Vec<&Series> = chosen.by_ref().take(SERIES_AT_ONCE).collect();
            if some.is_empty() {
                break;
            }
            metrics.dynamic(dynamic::Family {
                name: name.to_owned(),
                help: help.to_owned(),
                label_names: label_names.iter().map(|&name| name.to_owned()).collect(),
                samples: distributions(document, family.kind, label_names.len(), &some),
            });
        }
    }
    Ok(())
}

/// The type of a family that has plain values.
fn plain(kind: Kind) -> Option<dynamic::Kind> {
    match kind {
        Kind::Counter => Some(dynamic::Kind::Counter),
        Kind::Gauge => Some(dynamic::Kind::Gauge),
        Kind::Untyped => Some(dynamic::Kind::Untyped),
        Kind::Histogram | Kind::Summary => None,
    }
}

fn emit_plain<'a>(
    mut rows: RowWriter<'_>,
    document: &'a Document<'_>,
    columns: usize,
    series: impl Iterator<Item = &'a Series>,
) {
    let mut values = vec![""; columns];
    for series in series {
        for (column, value) in document.labels(series) {
            if let Some(place) = values.get_mut(column) {
                *place = value;
            }
        }
        rows.push(&values, series.value);
        values.fill("");
    }
}

/// The number of observations of a distribution; if the text does not have it, the count of the
/// bucket with all observations.
pub(crate) fn count(series: &Series) -> u64 {
    let all = series.parts.last().filter(|part| part.at == f64::INFINITY);
    let all = all.map(|part| part.value as u64);
    series.count.or(all).unwrap_or_default()
}

fn distributions(
    document: &Document<'_>,
    kind: Kind,
    columns: usize,
    series: &[&Series],
) -> Samples {
    let label_values = |series| {
        let mut values = vec![String::new(); columns];
        for (column, value) in document.labels(series) {
            if let Some(place) = values.get_mut(column) {
                value.clone_into(place);
            }
        }
        values
    };
    match kind {
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
        // Plain values do not occur here.
        _ => Samples::Summary(
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
