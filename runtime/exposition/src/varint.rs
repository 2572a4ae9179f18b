//! Lengths in protobuf's wire format.

/// Bytes of a field's number and wire type, for numbers below 16.
pub(crate) const TAG: usize = 1;

/// Bytes of a number of variable length, which has seven bits in each byte.
pub(crate) const fn length(value: u64) -> usize {
    let bits = u64::BITS - (value | 1).leading_zeros();
    bits.div_ceil(7) as usize
}

/// Maximum bytes that a label takes beyond its name and its value, if its name has this many bytes:
/// three tags and three lengths. For every 32 bytes of the value, a byte more has to be added.
pub(crate) const fn label_overhead(name: usize) -> usize {
    let pair = name.saturating_mul(2).saturating_add(4);
    3 * TAG + length(name as u64) + 1 + length(pair as u64)
}
