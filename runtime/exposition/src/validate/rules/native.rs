//! Rules for native histograms: those that Prometheus applies to a scraped one.

use crate::record::{Native, NativeBucket};
use crate::validate::{Bounds, Histogram};

/// Checks the exponential buckets of a histogram, if it has any.
pub(super) fn in_shape(histogram: &Histogram, bounds: &Bounds) -> Result<(), String> {
    let Some(native) = histogram.native.as_deref() else {
        return Ok(());
    };
    let (lowest, highest) = (Native::MIN_SCHEMA, Native::MAX_SCHEMA);
    if !(lowest..=highest).contains(&native.schema) {
        let schema = native.schema;
        return Err(format!(
            "schema {schema} is not between {lowest} and {highest}"
        ));
    }
    let threshold = native.zero_threshold;
    if !(threshold.is_finite() && threshold >= 0.0) {
        return Err(format!("the zero threshold is {threshold:e}"));
    }
    let buckets = native.positive.len().saturating_add(native.negative.len());
    if buckets > bounds.native_buckets {
        let limit = bounds.native_buckets;
        return Err(format!("{buckets} native buckets, limit {limit}"));
    }
    let positive = side(native, &native.positive)?;
    let negative = side(native, &native.negative)?;
    // Of 128 bits, so that no number of buckets overflows it.
    let found = u128::from(native.zero_count) + positive + negative;
    let count = u128::from(histogram.count);
    // An observation of NaN counts, and falls into no bucket.
    if found != count && !(histogram.sum.is_nan() && found < count) {
        return Err(format!(
            "native buckets count {found}, the total is {count}"
        ));
    }
    Ok(())
}

/// Checks the buckets of one side, and returns the sum of their counts.
fn side(native: &Native, buckets: &[NativeBucket]) -> Result<u128, String> {
    let indices = Native::index_range(native.schema);
    let mut previous = None;
    let mut sum = 0;
    for &NativeBucket { index, count } in buckets {
        if !indices.contains(&index) {
            let (lowest, highest) = (indices.start(), indices.end());
            return Err(format!(
                "native bucket {index} is not between {lowest} and {highest}"
            ));
        }
        if previous.is_some_and(|previous| index <= previous) {
            return Err(format!("index {index} of a native bucket does not ascend"));
        }
        if i64::try_from(count).is_err() {
            return Err(format!("native bucket {index} counts {count}"));
        }
        previous = Some(index);
        sum += u128::from(count);
    }
    Ok(sum)
}
