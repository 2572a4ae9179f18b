//! Writes families in the formats that Prometheus scrapes, as client_golang and expfmt of
//! prometheus/common do.
//!
//! Nothing is checked here (see [`crate::validate`]), and encoding fails only if memory cannot be
//! allocated.

mod format;
mod lines;
mod number;
mod openmetrics;
mod protobuf;
mod source;
#[cfg(test)]
mod tests;
mod text;

use std::collections::TryReserveError;

pub use format::Format;
use protobuf::Layout;
pub use source::Source;

/// How many times longer than the other formats a readable form of protobuf can be. A label of an
/// exemplar with a name of one byte takes 7 bytes in protobuf, and 67 in lines.
const READABLE_GROWTH: usize = 10;

/// Encodes `families`.
///
/// # Errors
/// If memory for the output cannot be allocated. It is allocated once, for the largest size that
/// the output can have.
pub fn encode(families: &[impl Source], format: Format) -> Result<Vec<u8>, TryReserveError> {
    let sizes = families.iter().map(|family| {
        if format.is_readable_protobuf() {
            // Their maximum is too far from what they take.
            scratch_len(family, format, usize::MAX)
        } else {
            max_bytes(family, format)
        }
    });
    let size = sizes.fold(format.end().len(), usize::saturating_add);
    let mut out = Vec::new();
    out.try_reserve_exact(size)?;
    for family in families {
        write(&mut out, family, format, |_| true);
    }
    out.extend_from_slice(format.end().as_bytes());
    out.shrink_to_fit();
    Ok(out)
}

/// Maximum encoded size of one family in bytes.
///
/// Computed without reading its texts, so it is about twice the actual size of most families, and
/// more in the readable forms of protobuf.
#[must_use]
pub fn max_bytes(family: &impl Source, format: Format) -> usize {
    let size = family.max_bytes();
    if format.is_readable_protobuf() {
        return size.saturating_mul(READABLE_GROWTH);
    }
    size
}

/// Encoded size of one family in bytes, or `None` if it exceeds `limit`. The family is encoded line
/// by line into a scratch buffer, so the whole text is never in memory.
pub fn encoded_len(family: &impl Source, format: Format, limit: usize) -> Option<usize> {
    let length = match format {
        Format::Protobuf => protobuf::length(family),
        _ => scratch_len(family, format, limit),
    };
    (length <= limit).then_some(length)
}

/// Like [`encoded_len`]; the length is not complete if it exceeds `limit`.
fn scratch_len(family: &impl Source, format: Format, limit: usize) -> usize {
    let (mut scratch, mut length) = (Vec::new(), 0_usize);
    write(&mut scratch, family, format, |part| {
        length = length.saturating_add(part.len());
        part.clear();
        length <= limit
    });
    length.saturating_add(scratch.len())
}

/// Writes a family. Calls `part_written` after each line, or after each series in formats without
/// lines of samples, and ends after a series if it returned false.
fn write(
    out: &mut Vec<u8>,
    family: &impl Source,
    format: Format,
    part_written: impl FnMut(&mut Vec<u8>) -> bool,
) {
    match format {
        Format::Text004 => text::write(out, family, part_written),
        Format::OpenMetrics => openmetrics::write(out, family, part_written),
        Format::Protobuf => protobuf::write(out, family),
        Format::ProtobufText => {
            protobuf::write_readable(out, Layout::Lines, family, part_written);
        }
        Format::ProtobufCompactText => {
            protobuf::write_readable(out, Layout::Compact, family, part_written);
        }
    }
}
