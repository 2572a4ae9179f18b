//! Numbers as the values of samples.

/// The value of a sample.
///
/// Prometheus stores 64-bit floating-point numbers, so every value becomes one. An integer above 2^53 is
/// rounded to the nearest, ties to even, exactly as Go's `float64(n)` does. `true` is 1 and `false` is 0.
/// `None` adds no sample, so a missing value needs no `if`:
///
/// ```
/// use firepit_sdk::{Gauge, Metrics, files::Directory};
///
/// const SPEED: Gauge<1> = Gauge::new("fan_speed", "Speed.", ["fan"]);
///
/// fn collect(metrics: &mut Metrics) {
///     // An unsigned integer, or `None` where the file cannot be read or holds something else.
///     let [speed] = Directory::new("/sys/fans/a").numbers(["speed"]);
///     metrics.gauge(&SPEED).set(["a"], speed);
///     metrics.gauge(&SPEED).set(["b"], 900);
/// }
/// ```
pub trait Value {
    /// The number to store, or `None` to add no sample.
    fn number(self) -> Option<f64>;
}

macro_rules! values {
    ($($type:ty)*) => {
        $(impl Value for $type {
            fn number(self) -> Option<f64> {
                Some(self as f64)
            }
        })*
    };
}

values!(f64 u64 i64 u32 i32 usize);

impl Value for bool {
    fn number(self) -> Option<f64> {
        Some(f64::from(u8::from(self)))
    }
}

impl<V: Value> Value for Option<V> {
    fn number(self) -> Option<f64> {
        self.and_then(V::number)
    }
}

impl<V: Value + Copy> Value for &V {
    fn number(self) -> Option<f64> {
        (*self).number()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_rounded_as_go_does() {
        for (integer, expected) in [
            (0, 0.0),
            (9_007_199_254_740_992, 9_007_199_254_740_992.0),
            // A tie goes to the even number.
            (9_007_199_254_740_993, 9_007_199_254_740_992.0),
            (9_007_199_254_740_995, 9_007_199_254_740_996.0),
            (u64::MAX, 18_446_744_073_709_551_616.0),
        ] {
            assert_eq!(integer.number(), Some(expected), "{integer}");
        }
        assert_eq!(i64::MIN.number(), Some(-9_223_372_036_854_775_808.0));
        assert_eq!((-1).number(), Some(-1.0));
    }

    #[test]
    fn flags_and_values_that_may_be_missing() {
        assert_eq!([true, false].map(Value::number), [Some(1.0), Some(0.0)]);
        assert_eq!(Some(7_u64).number(), Some(7.0));
        assert_eq!(Some(&Some(7_u32)).number(), Some(7.0));
        assert_eq!(None::<f64>.number(), None);
    }
}
