//! Limits on the content of a text, so that a small text cannot take much memory or time.

/// Limits on one text. A text may reach a limit, but not exceed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Lines with a value.
    pub samples: usize,
    /// Metric names, with or without samples.
    pub families: usize,
    /// Labels of all series.
    pub labels: usize,
    /// Distinct label names.
    pub label_names: usize,
    /// Units of [work](super::work).
    pub work: u64,
}

impl Limits {
    /// No limits, for trusted texts.
    pub const UNLIMITED: Self = Self {
        samples: usize::MAX,
        families: usize::MAX,
        labels: usize::MAX,
        label_names: usize::MAX,
        work: u64::MAX,
    };
}

/// A limit that a text exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`Limits::samples`].
    Samples,
    /// [`Limits::families`].
    Families,
    /// [`Limits::labels`], or the labels of one line.
    Labels,
    /// [`Limits::label_names`].
    LabelNames,
    /// [`Limits::work`].
    Work,
}
