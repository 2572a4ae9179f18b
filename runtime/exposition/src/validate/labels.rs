//! Constant labels, which the operator adds to each series of a collector.

use crate::escaping::is_plain_label;
use crate::record::{Family, Samples};
use crate::varint::label_overhead;

/// Labels with one value each, sorted by name. The default has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConstantLabels {
    pub(super) names: Vec<String>,
    pub(super) values: Vec<String>,
}

/// Why constant labels are rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// The name is no label name.
    #[error("a label name must have the form [a-zA-Z_][a-zA-Z0-9_]*")]
    Name,
    /// The name begins with `__`.
    #[error("label names that begin with __ belong to Prometheus")]
    Internal,
    /// The name is the own label of histograms or summaries.
    #[error("the label belongs to the buckets of histograms or the quantiles of summaries")]
    Own,
    /// The name is too long.
    #[error(
        "a label name must have at most {} bytes",
        ConstantLabels::MAX_NAME_BYTES
    )]
    LongName,
    /// The value is too long.
    #[error(
        "a label value must have at most {} bytes",
        ConstantLabels::MAX_VALUE_BYTES
    )]
    LongValue,
    /// The value is empty.
    #[error("an empty value is the same as no label; leave the label out")]
    Empty,
    /// Too many labels.
    #[error("at most {} labels are allowed", ConstantLabels::MAX_LABELS)]
    TooMany,
    /// A name occurs twice.
    #[error("a label occurs twice")]
    Duplicate,
}

/// The offset of a text: see [`super::texts`].
const TEXT: usize = 8;

impl ConstantLabels {
    /// Maximum number of labels.
    pub const MAX_LABELS: usize = 16;
    /// Maximum length of a name, in bytes.
    pub const MAX_NAME_BYTES: usize = 128;
    /// Maximum length of a value, in bytes.
    pub const MAX_VALUE_BYTES: usize = 256;

    /// Sorts labels and checks them.
    ///
    /// # Errors
    /// The first broken rule.
    pub fn new(labels: impl IntoIterator<Item = (String, String)>) -> Result<Self, LabelError> {
        let mut labels: Vec<(String, String)> = labels.into_iter().collect();
        if labels.len() > Self::MAX_LABELS {
            return Err(LabelError::TooMany);
        }
        for (name, value) in &labels {
            Self::check(name, value)?;
        }
        labels.sort();
        if labels.windows(2).any(|pair| match pair {
            [(a, _), (b, _)] => a == b,
            _ => false,
        }) {
            return Err(LabelError::Duplicate);
        }
        let (names, values) = labels.into_iter().unzip();
        Ok(Self { names, values })
    }

    /// Checks one label.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(name: &str, value: &str) -> Result<(), LabelError> {
        match name {
            _ if name.len() > Self::MAX_NAME_BYTES => Err(LabelError::LongName),
            _ if !is_plain_label(name) => Err(LabelError::Name),
            _ if name.starts_with("__") => Err(LabelError::Internal),
            "le" | "quantile" => Err(LabelError::Own),
            _ if value.is_empty() => Err(LabelError::Empty),
            _ if value.len() > Self::MAX_VALUE_BYTES => Err(LabelError::LongValue),
            _ => Ok(()),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Number of labels.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Names and values, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let names = self.names.iter().map(String::as_str);
        names.zip(self.values.iter().map(String::as_str))
    }

    /// What the labels add to a family at most: bytes of the response, and bytes of memory.
    #[must_use]
    pub fn cost(&self, family: &Family) -> Cost {
        let per_line: usize = self
            .iter()
            // Each byte of the value may be escaped.
            .map(|(name, value)| name.len() + 2 * value.len() + label_overhead(name.len()))
            .sum();
        let per_row: usize = self.values.iter().map(|value| value.len() + TEXT).sum();
        let per_family: usize = self.names.iter().map(|name| name.len() + TEXT).sum();
        let rows = per_row.saturating_mul(family.samples.len());
        Cost {
            text: per_line.saturating_mul(lines(&family.samples)),
            memory: rows.saturating_add(per_family),
        }
    }
}

/// What labels add to a family.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Maximum bytes in the response.
    pub text: usize,
    /// Maximum bytes of memory.
    pub memory: usize,
}

/// Maximum number of lines of samples.
fn lines(samples: &Samples) -> usize {
    let of_distributions =
        |parts: usize, rows: usize, more: usize| parts.saturating_add(rows.saturating_mul(more));
    match samples {
        Samples::Counter(rows) | Samples::Gauge(rows) | Samples::Untyped(rows) => rows.len(),
        Samples::Histogram(rows) => {
            let buckets = rows.iter().map(|row| row.buckets.len());
            // `+Inf` may be omitted.
            of_distributions(buckets.fold(0, usize::saturating_add), rows.len(), 3)
        }
        Samples::Summary(rows) => {
            let quantiles = rows.iter().map(|row| row.quantiles.len());
            of_distributions(quantiles.fold(0, usize::saturating_add), rows.len(), 2)
        }
    }
}

#[cfg(test)]
mod tests;
