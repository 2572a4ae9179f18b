//! The rules, one function each, and the reasons for rejection.

use std::fmt;

use super::{Bounds, ConstantLabels, Kind, Point};
use crate::escape::quoted;
use crate::escaping::{is_name, is_plain_label, is_plain_metric, is_reserved_label};
use crate::record::{Bucket, Extra, Quantile};

mod extras;
mod native;

pub(super) use extras::{fits_unit, unit};

/// The rule that a family breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The metric name is empty, or has characters that do not print.
    InvalidName,
    /// A label name is empty, or has characters that do not print.
    InvalidLabelName,
    /// A label name is reserved by Prometheus: it begins with `__`, or does so after escaping, or it
    /// is `le` on a histogram or `quantile` on a summary.
    ReservedLabel,
    /// A label name occurs twice.
    DuplicateLabel,
    /// More labels than [`Bounds::labels`].
    TooManyLabels,
    /// A sample has more or fewer label values than the family has label names.
    LabelCount,
    /// A name, help text or label value exceeds its limit.
    TooLong,
    /// Buckets out of order, or counts that contradict each other; of native buckets also a schema or
    /// an index that does not exist, or more than [`Bounds::native_buckets`].
    HistogramShape,
    /// Quantiles out of order or outside 0 to 1.
    SummaryShape,
    /// Two samples with the same labels.
    DuplicateSeries,
    /// The name lacks the prefix that the operator requires.
    Prefix,
    /// The response has no room for the family.
    PageLimit,
    /// The name belongs to the built-in collectors, the exporter or Prometheus, and is not granted
    /// to the collector.
    ReservedName,
    /// The unit is not a word, or the metric name does not end with it.
    InvalidUnit,
    /// An exemplar where there can be none, too many of them, or one that breaks a rule of
    /// OpenMetrics.
    InvalidExemplar,
    /// A time of creation where there can be none, or a time that is not between 1970 and 9999.
    InvalidTime,
    /// A label of the family has the name of a constant label.
    LabelClash,
}

impl Reason {
    /// All reasons, for a counter that starts each at zero.
    pub const ALL: [Self; 17] = [
        Self::InvalidName,
        Self::InvalidLabelName,
        Self::ReservedLabel,
        Self::DuplicateLabel,
        Self::TooManyLabels,
        Self::LabelCount,
        Self::TooLong,
        Self::HistogramShape,
        Self::SummaryShape,
        Self::DuplicateSeries,
        Self::Prefix,
        Self::PageLimit,
        Self::ReservedName,
        Self::InvalidUnit,
        Self::InvalidExemplar,
        Self::InvalidTime,
        Self::LabelClash,
    ];

    /// The reason as a metric's label value; stable.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidName => "invalid-name",
            Self::InvalidLabelName => "invalid-label-name",
            Self::ReservedLabel => "reserved-label",
            Self::DuplicateLabel => "duplicate-label",
            Self::TooManyLabels => "too-many-labels",
            Self::LabelCount => "label-count",
            Self::TooLong => "too-long",
            Self::HistogramShape => "histogram-shape",
            Self::SummaryShape => "summary-shape",
            Self::DuplicateSeries => "duplicate-series",
            Self::Prefix => "prefix",
            Self::PageLimit => "page-limit",
            Self::ReservedName => "reserved-name",
            Self::InvalidUnit => "invalid-unit",
            Self::InvalidExemplar => "invalid-exemplar",
            Self::InvalidTime => "invalid-time",
            Self::LabelClash => "label-clash",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A broken rule, without the name of the family.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    pub(super) reason: Reason,
    pub(super) detail: String,
}

type Check = Result<(), Fault>;

fn fault(reason: Reason, detail: impl Into<String>) -> Check {
    Err(Fault {
        reason,
        detail: detail.into(),
    })
}

/// Checks a metric name. Returns whether it is plain.
pub(super) fn metric_name(name: &str, bounds: &Bounds) -> Result<bool, Fault> {
    short("the metric name", name, bounds.name_bytes)?;
    let is_plain = is_plain_metric(name);
    if !is_plain && !is_name(name) {
        fault(Reason::InvalidName, "not a valid metric name")?;
    }
    Ok(is_plain)
}

pub(super) fn help(help: &str, bounds: &Bounds) -> Check {
    short("the help text", help, bounds.help_bytes)
}

/// Checks each label name by itself. `own_label` is the label that the encoder adds. Returns whether
/// all are plain.
pub(super) fn label_names(
    names: &[String],
    own_label: Option<&str>,
    bounds: &Bounds,
) -> Result<bool, Fault> {
    if names.len() > bounds.labels {
        let detail = format!("{} labels, limit {}", names.len(), bounds.labels);
        fault(Reason::TooManyLabels, detail)?;
    }
    let mut all_plain = true;
    for name in names {
        short("a label name", name, bounds.name_bytes)?;
        let is_plain = is_plain_label(name);
        if !is_plain && !is_name(name) {
            let detail = format!("\"{}\" is not a valid label name", quoted(name));
            fault(Reason::InvalidLabelName, detail)?;
        }
        let reserved = name.starts_with("__") || !is_plain && is_reserved_label(name);
        if reserved || own_label == Some(name) {
            let detail = format!("label name \"{}\" is reserved", quoted(name));
            fault(Reason::ReservedLabel, detail)?;
        }
        all_plain &= is_plain;
    }
    Ok(all_plain)
}

/// Checks that the constant labels can be added to those of the family.
pub(super) fn constant_labels(names: &[String], labels: &ConstantLabels, bounds: &Bounds) -> Check {
    if let Some(name) = labels.names.iter().find(|name| names.contains(name)) {
        let detail = format!(
            "the family has a label {name} of its own, and `labels` in the collector's entry sets \
             {name} as well; rename it there"
        );
        return fault(Reason::LabelClash, detail);
    }
    let number = names.len().saturating_add(labels.len());
    if !labels.is_empty() && number > bounds.labels {
        let detail = format!(
            "{number} labels with the constant ones, limit {}",
            bounds.labels
        );
        return fault(Reason::TooManyLabels, detail);
    }
    Ok(())
}

/// Checks sorted label names against each other.
pub(super) fn no_duplicate_label<'a>(sorted: impl Iterator<Item = &'a str>) -> Check {
    let mut previous = None;
    for name in sorted {
        if previous == Some(name) {
            let detail = format!("duplicate label name \"{}\"", quoted(name));
            return fault(Reason::DuplicateLabel, detail);
        }
        previous = Some(name);
    }
    Ok(())
}

/// Checks the label values of one sample; `count` is the number of label names.
pub(super) fn label_values(values: &[String], count: usize, bounds: &Bounds) -> Check {
    if values.len() != count {
        let detail = format!("a sample with {} values for {count} labels", values.len());
        return fault(Reason::LabelCount, detail);
    }
    values
        .iter()
        .try_for_each(|value| short("a label value", value, bounds.label_value_bytes))
}

/// Checks the shape of distributions and the facts beside values. Plain values are not restricted.
pub(super) fn point(point: &Point, bounds: &Bounds) -> Check {
    let (reason, shape) = match point {
        Point::Value(_) => return Ok(()),
        Point::Counter(counter) => {
            extras::created(counter.created)?;
            return extras::exemplars(counter.exemplar.as_slice());
        }
        Point::Histogram(histogram) => {
            extras::created(histogram.created)?;
            extras::histogram_exemplars(histogram)?;
            let shape = buckets_in_shape(&histogram.buckets, histogram.count)
                .and_then(|()| native::in_shape(histogram, bounds));
            (Reason::HistogramShape, shape)
        }
        Point::Summary(summary) => {
            extras::created(summary.created)?;
            (Reason::SummaryShape, quantiles_in_shape(&summary.quantiles))
        }
    };
    shape.or_else(|detail| fault(reason, detail))
}

/// Rejects facts that only counters have.
pub(super) fn no_extra(kind: Kind, extra: &Extra) -> Check {
    let kind = kind.as_str();
    if extra.exemplar.is_some() {
        let detail =
            format!("an exemplar of a {kind}: only counters and histograms have exemplars");
        return fault(Reason::InvalidExemplar, detail);
    }
    if extra.created.is_some() {
        let detail = format!("a time of creation of a {kind}, which counts nothing");
        return fault(Reason::InvalidTime, detail);
    }
    Ok(())
}

/// Reports a label set that two samples have.
pub(super) fn duplicate_series<'a>(values: impl Iterator<Item = &'a str>) -> Check {
    let values: Vec<&str> = values.collect();
    let detail = format!(
        "two samples have the label values \"{}\"",
        quoted(&values.join(","))
    );
    fault(Reason::DuplicateSeries, detail)
}

fn short(what: &str, text: &str, limit: usize) -> Check {
    if text.len() > limit {
        let detail = format!("{what} has {} bytes, limit {limit}", text.len());
        return fault(Reason::TooLong, detail);
    }
    Ok(())
}

fn buckets_in_shape(buckets: &[Bucket], count: u64) -> Result<(), String> {
    let mut previous: Option<&Bucket> = None;
    for bucket in buckets {
        let Bucket {
            upper_bound,
            cumulative_count,
        } = *bucket;
        if upper_bound.is_nan() {
            return Err("a bucket bound is NaN".into());
        }
        if previous.is_some_and(|p| upper_bound <= p.upper_bound) {
            return Err(format!("bucket bound {upper_bound:e} does not ascend"));
        }
        if previous.is_some_and(|p| cumulative_count < p.cumulative_count) {
            return Err(format!(
                "bucket {upper_bound:e} counts less than the bucket before"
            ));
        }
        if cumulative_count > count {
            return Err(format!(
                "bucket {upper_bound:e} counts {cumulative_count}, more than the total {count}"
            ));
        }
        if upper_bound == f64::INFINITY && cumulative_count != count {
            return Err(format!(
                "bucket +Inf counts {cumulative_count}, the total is {count}"
            ));
        }
        previous = Some(bucket);
    }
    Ok(())
}

fn quantiles_in_shape(quantiles: &[Quantile]) -> Result<(), String> {
    let mut previous: Option<f64> = None;
    for &Quantile { quantile, .. } in quantiles {
        if !(0.0..=1.0).contains(&quantile) {
            return Err(format!("quantile {quantile:e} is not between 0 and 1"));
        }
        if previous.is_some_and(|p| quantile <= p) {
            return Err(format!("quantile {quantile:e} does not ascend"));
        }
        previous = Some(quantile);
    }
    Ok(())
}
