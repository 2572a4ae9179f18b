//! Exponential buckets.

use std::collections::BTreeMap;

/// A distribution in the exponential buckets of Prometheus' native histograms.
///
/// Schema `n` divides each power of two into 2^n buckets. With `b = 2^(2^-n)`, bucket `i` of the positive
/// side has the observations in `(b^(i-1), b^i]`, that of the negative side those in `[-b^i, -b^(i-1))`.
///
/// ```
/// use firepit_sdk::detailed::Native;
///
/// let mut native = Native::new(0);
/// for value in [0.0, 1.0, 1.5, 2.0, -4.0] {
///     native.observe(value);
/// }
/// native.add(7, 100);
/// assert_eq!(native.positive.into_iter().collect::<Vec<_>>(), [(0, 1), (1, 2), (7, 100)]);
/// assert_eq!(native.negative.into_iter().collect::<Vec<_>>(), [(2, 1)]);
/// assert_eq!(native.zero_count, 1);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Native {
    /// Resolution, from -4 to 8.
    pub schema: i32,
    /// The zero bucket has the observations from minus this to plus this.
    pub zero_threshold: f64,
    /// Number of observations in the zero bucket.
    pub zero_count: u64,
    /// Counts of the positive buckets by index. The host accepts 1,000 buckets of both sides.
    pub positive: BTreeMap<i32, u64>,
    /// Counts of the negative buckets by index.
    pub negative: BTreeMap<i32, u64>,
}

impl Native {
    /// The zero threshold of Prometheus' own libraries: 2^-128.
    pub const ZERO_THRESHOLD: f64 = f64::from_bits((1023 - 128) << 52);

    /// No observations. The host rejects a schema that is not from -4 to 8.
    #[must_use]
    pub fn new(schema: i32) -> Self {
        Self {
            schema,
            zero_threshold: Self::ZERO_THRESHOLD,
            zero_count: 0,
            positive: BTreeMap::new(),
            negative: BTreeMap::new(),
        }
    }

    /// Counts an observation. NaN is in no bucket.
    pub fn observe(&mut self, value: f64) {
        if value.abs() <= self.zero_threshold {
            self.zero_count += 1;
        } else if value > 0.0 {
            self.add(self.index(value), 1);
        } else if value < 0.0 {
            let index = self.index(-value);
            *self.negative.entry(index).or_default() += 1;
        }
    }

    /// Adds to the count of a positive bucket.
    pub fn add(&mut self, index: i32, count: u64) {
        *self.positive.entry(index).or_default() += count;
    }

    /// Number of observations in all buckets.
    #[must_use]
    pub fn count(&self) -> u64 {
        let buckets = self.positive.values().chain(self.negative.values());
        buckets.fold(self.zero_count, |sum, count| sum.saturating_add(*count))
    }

    /// The bucket of a value above zero.
    fn index(&self, value: f64) -> i32 {
        let per_power = f64::from(self.schema).exp2();
        if value.is_infinite() {
            return (1024.0 * per_power) as i32 + 1;
        }
        let bound = |index: i32| (f64::from(index) / per_power).exp2();
        let index = (value.log2() * per_power).ceil() as i32;
        // The logarithm is rounded, so the neighbours are checked.
        let index = if bound(index) < value {
            index + 1
        } else if bound(index - 1) >= value {
            index - 1
        } else {
            index
        };
        // Below the smallest double, bounds are rounded too.
        index.max((-1074.0 * per_power).ceil() as i32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(schema: i32, value: f64) -> i32 {
        Native::new(schema).index(value)
    }

    /// Bounds are inclusive above.
    #[test]
    fn a_value_falls_into_the_bucket_below_its_bound() {
        for schema in -4..=8 {
            let step = f64::from(-schema).exp2();
            for bucket in [-300, -17, -1, 0, 1, 2, 17, 300] {
                let exponent = f64::from(bucket) * step;
                if exponent.abs() > 1000.0 {
                    continue;
                }
                let bound = exponent.exp2();
                assert_eq!(index(schema, bound), bucket, "{schema} {bound}");
                assert_eq!(
                    index(schema, bound.next_up()),
                    bucket + 1,
                    "{schema} {bound}"
                );
            }
        }
    }

    #[test]
    fn the_largest_and_the_smallest_values_have_buckets() {
        for (schema, largest, smallest) in [(0, 1024, -1074), (3, 8192, -8592), (-4, 64, -67)] {
            assert_eq!(index(schema, f64::MAX), largest);
            assert_eq!(index(schema, f64::INFINITY), largest + 1);
            assert_eq!(index(schema, f64::from_bits(1)), smallest);
        }
    }

    #[test]
    fn values_around_zero_are_in_the_zero_bucket() {
        let mut native = Native::new(1);
        for value in [0.0, -0.0, Native::ZERO_THRESHOLD, -1e-40, f64::NAN] {
            native.observe(value);
        }
        assert_eq!((native.zero_count, native.count()), (4, 4));
        assert_eq!(Native::ZERO_THRESHOLD, (-128.0_f64).exp2());
    }
}
