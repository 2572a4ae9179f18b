//! Maximum sizes of a family's texts.

/// Bounds on the texts of one family. The defaults are generous for real metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Labels of one series.
    pub labels: usize,
    /// Bytes of one metric name or label name.
    pub name_bytes: usize,
    /// Bytes of one label value.
    pub label_value_bytes: usize,
    /// Bytes of one help text.
    pub help_bytes: usize,
    /// Buckets of one native histogram, both sides together.
    pub native_buckets: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            labels: 64,
            name_bytes: 256,
            label_value_bytes: 4 << 10,
            help_bytes: 4 << 10,
            native_buckets: 1_000,
        }
    }
}
