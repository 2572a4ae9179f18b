//! The OpenMetrics text format, as expfmt of prometheus/common writes it.
//!
//! Expfmt writes what Prometheus' types can say, not all of OpenMetrics:
//!
//! - The comments of a counter name it without its suffix `_total`. OpenMetrics requires the suffix,
//!   so a counter without it is of type `unknown`.
//! - Untyped families are of type `unknown`, too.
//! - Values that OpenMetrics forbids stay as they are, such as a counter that is NaN.
//! - Two families whose names differ only in `_total` get the same name in their comments.
//!
//! Native buckets have no place in the format. Differences to expfmt, both for strict parsers: a time
//! of creation is written only for counters whose name has the suffix, and an exemplar without labels
//! has empty braces.

use super::lines::{self, Name, comment, quoted};
use super::source::Source;
use crate::validate::Kind;

/// The suffix of counters.
const TOTAL: &str = "_total";

/// Writes a family. Calls `line_written` after each line of a sample, and ends after a series if it
/// returned false.
pub(super) fn write(
    out: &mut Vec<u8>,
    family: &impl Source,
    mut line_written: impl FnMut(&mut Vec<u8>) -> bool,
) {
    let name = family.name();
    let (short_name, kind) = described(name, family.kind());
    let created = (kind != "unknown").then_some(short_name);
    let of_comments = Name {
        text: short_name,
        is_plain: family.has_plain_name(),
    };
    comment(out, "HELP", of_comments, |out| quoted(out, family.help()));
    comment(out, "TYPE", of_comments, |out| {
        out.extend_from_slice(kind.as_bytes());
    });
    if !family.unit().is_empty() {
        comment(out, "UNIT", of_comments, |out| quoted(out, family.unit()));
    }
    for series in family.series() {
        if !lines::samples::<lines::OpenMetrics>(out, name, created, series, &mut line_written) {
            return;
        }
    }
}

/// The name and the type of a family in its comments.
fn described(name: &str, kind: Kind) -> (&str, &'static str) {
    match kind {
        Kind::Counter => match name.strip_suffix(TOTAL) {
            Some(short) => (short, "counter"),
            None => (name, "unknown"),
        },
        Kind::Untyped => (name, "unknown"),
        Kind::Gauge | Kind::Histogram | Kind::Summary => (name, kind.as_str()),
    }
}
