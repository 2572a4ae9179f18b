//! Prometheus' text format 0.0.4, byte for byte as node_exporter writes it.
//!
//! Every family has a `# HELP` line, even with an empty help text; samples have no timestamp;
//! counts of histograms and summaries are written as doubles. Units, times of creation, exemplars and
//! native buckets have no place in the format.
//!
//! Names beyond `[a-zA-Z_:][a-zA-Z0-9_:]*` are written in quotes, a metric name within the braces;
//! escape them before, for clients that do not accept that (see [`crate::escaping`]).

use super::lines::{self, Name, comment, escaped};
use super::source::Source;

/// Writes a family. Calls `line_written` after each line of a sample, and ends after a series if it
/// returned false.
pub(super) fn write(
    out: &mut Vec<u8>,
    family: &impl Source,
    mut line_written: impl FnMut(&mut Vec<u8>) -> bool,
) {
    let name = family.name();
    let of_comments = Name {
        text: name,
        is_plain: family.has_plain_name(),
    };
    comment(out, "HELP", of_comments, |out| {
        escaped(out, family.help(), |byte| matches!(byte, b'\\' | b'\n'));
    });
    comment(out, "TYPE", of_comments, |out| {
        out.extend_from_slice(family.kind().as_str().as_bytes());
    });
    for series in family.series() {
        if !lines::samples::<lines::Text>(out, name, None, series, &mut line_written) {
            return;
        }
    }
}
