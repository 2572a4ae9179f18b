//! Native histograms: exponential buckets, of which only those with observations are stored.
//!
//! The model is that of Prometheus. Schema `n` divides each power of two into 2^n buckets: with the base
//! `b = 2^(2^-n)`, bucket `i` of the positive side counts the observations in `(b^(i-1), b^i]`, and bucket
//! `i` of the negative side those in `[-b^i, -b^(i-1))`. The zero bucket counts the rest, around zero.
//!
//! Prometheus' wire format lists spans of consecutive buckets and the differences between their counts. A
//! record has pairs of index and count instead, from which [`spans`](Native::spans) and
//! [`deltas`](Native::deltas) follow: so spans and counts cannot contradict each other. Two parts of
//! Prometheus' model are missing, because the format of a scrape has no field for them: custom bucket bounds
//! (schema -53), which classic buckets express, and the hint about counter resets.

/// The exponential buckets of a histogram.
#[derive(Debug, Clone, PartialEq)]
pub struct Native {
    /// Resolution, from [`Self::MIN_SCHEMA`] to [`Self::MAX_SCHEMA`].
    pub schema: i32,
    /// The zero bucket counts observations from minus this to plus this.
    pub zero_threshold: f64,
    /// Observations in the zero bucket.
    pub zero_count: u64,
    /// Buckets of positive observations, ascending by index.
    pub positive: Vec<NativeBucket>,
    /// Buckets of negative observations, ascending by index.
    pub negative: Vec<NativeBucket>,
}

/// One exponential bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NativeBucket {
    /// Index of the bucket, which is the exponent of its bound.
    pub index: i32,
    /// Observations in this bucket alone.
    pub count: u64,
}

/// Consecutive buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Index of the first bucket; in later spans the number of buckets since the end of the span before.
    pub offset: i32,
    /// Number of buckets.
    pub length: u32,
}

impl Native {
    /// Lowest resolution: each bucket spans 16 powers of two.
    pub const MIN_SCHEMA: i32 = -4;
    /// Highest resolution: 256 buckets for each power of two.
    pub const MAX_SCHEMA: i32 = 8;

    /// Lowest and highest index that a schema has: the buckets of the smallest double above zero and of
    /// infinity. The schema must be valid.
    pub(crate) fn index_range(schema: i32) -> std::ops::RangeInclusive<i32> {
        // The exponents of the smallest double and of the first power of two beyond the largest.
        let (lowest, highest) = (-1074, 1024);
        if schema < 0 {
            (lowest >> -schema)..=(highest >> -schema) + 1
        } else {
            (lowest << schema)..=(highest << schema) + 1
        }
    }

    /// The buckets of one side as spans.
    pub fn spans(buckets: &[NativeBucket]) -> impl Iterator<Item = Span> {
        let mut end = 0_i32;
        let runs = buckets.chunk_by(|a, b| a.index.checked_add(1) == Some(b.index));
        runs.filter_map(move |run| {
            let (first, last) = (run.first()?, run.last()?);
            let offset = first.index.saturating_sub(end);
            end = last.index.saturating_add(1);
            Some(Span {
                offset,
                length: u32::try_from(run.len()).unwrap_or(u32::MAX),
            })
        })
    }

    /// The counts of one side as differences to the bucket before.
    pub fn deltas(buckets: &[NativeBucket]) -> impl Iterator<Item = i64> {
        let mut before = 0_i64;
        buckets.iter().map(move |bucket| {
            // Valid counts fit.
            let count = i64::try_from(bucket.count).unwrap_or(i64::MAX);
            let delta = count.wrapping_sub(before);
            before = count;
            delta
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(pairs: &[(i32, u64)]) -> Vec<NativeBucket> {
        let bucket = |&(index, count)| NativeBucket { index, count };
        pairs.iter().map(bucket).collect()
    }

    #[test]
    fn buckets_become_spans_and_deltas() {
        let side = buckets(&[(-3, 1), (-2, 4), (0, 2), (5, 2), (6, 0)]);
        let spans: Vec<_> = Native::spans(&side)
            .map(|span| (span.offset, span.length))
            .collect();
        assert_eq!(spans, [(-3, 2), (1, 1), (4, 2)]);
        assert_eq!(Native::deltas(&side).collect::<Vec<_>>(), [1, 3, -2, 0, -2]);
        assert_eq!(Native::spans(&[]).count(), 0);
    }

    #[test]
    fn bucket_indices_cover_the_range_of_doubles() {
        assert_eq!(Native::index_range(0), -1074..=1025);
        assert_eq!(Native::index_range(8), -274_944..=262_145);
        assert_eq!(Native::index_range(-4), -68..=65);
    }
}
