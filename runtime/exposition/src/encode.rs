//! Writes families in Prometheus' text format 0.0.4, byte for byte as node_exporter does.
//!
//! The format is that of expfmt of prometheus/common. Every family has a `# HELP` line, even with
//! an empty help text; samples have no timestamp; counts of histograms and summaries are written as
//! doubles. Names beyond `[a-zA-Z_:][a-zA-Z0-9_:]*` are written in quotes, a metric name within the
//! braces; escape them before, for clients that do not accept that (see [`crate::escaping`]). Units,
//! times of creation, exemplars and native buckets have no place in the format. Nothing is checked here (see [`crate::validate`]), and encoding fails only if memory
//! cannot be allocated.

mod number;
#[cfg(test)]
mod tests;

use std::collections::TryReserveError;

use crate::escaping::{is_plain_label, is_plain_metric};
use crate::merge::Family;
use crate::validate::{self, Kind, Point, Series};

/// A format of the output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// Prometheus' text format, version 0.0.4.
    #[default]
    Text004,
}

/// Encodes `families`.
///
/// # Errors
/// If memory for the output cannot be allocated. It is allocated once, for the largest size that
/// the output can have.
pub fn encode(families: &[Family], format: Format) -> Result<Vec<u8>, TryReserveError> {
    match format {
        Format::Text004 => text(families),
    }
}

fn text(families: &[Family]) -> Result<Vec<u8>, TryReserveError> {
    let sizes = families.iter().map(Family::max_bytes);
    let mut out = Vec::new();
    out.try_reserve_exact(sizes.fold(0, usize::saturating_add))?;
    for family in families {
        head(&mut out, family.name(), family.help(), family.kind());
        for series in family.series() {
            samples(&mut out, family.name(), series, |_| {});
        }
    }
    out.shrink_to_fit();
    Ok(out)
}

/// Encoded size of one family in bytes, or `None` if it exceeds `limit`. The family is encoded line
/// by line into a scratch buffer, so the whole text is never in memory.
pub fn encoded_len(family: &validate::Family, limit: usize) -> Option<usize> {
    let mut line = Vec::new();
    head(&mut line, family.name(), family.help(), family.kind());
    let mut length = line.len();
    line.clear();
    for series in family.series() {
        samples(&mut line, family.name(), series, |line| {
            length = length.saturating_add(line.len());
            line.clear();
        });
        if length > limit {
            return None;
        }
    }
    (length <= limit).then_some(length)
}

fn head(out: &mut Vec<u8>, name: &str, help: &str, kind: Kind) {
    let is_plain = is_plain_metric(name);
    out.extend_from_slice(b"# HELP ");
    quoted_unless(is_plain, out, name, "");
    out.push(b' ');
    escaped(out, help, |byte| matches!(byte, b'\\' | b'\n'));
    out.extend_from_slice(b"\n# TYPE ");
    quoted_unless(is_plain, out, name, "");
    out.push(b' ');
    out.extend_from_slice(kind.as_str().as_bytes());
    out.push(b'\n');
}

/// Writes the lines of one series and calls `line_written` after each.
fn samples(
    out: &mut Vec<u8>,
    name: &str,
    series: Series<'_>,
    mut line_written: impl FnMut(&mut Vec<u8>),
) {
    let in_braces = series.has_utf8_names() && !is_plain_metric(name);
    let mut line = |suffix: &str, extra: Option<(&str, f64)>, value: f64| {
        if in_braces {
            out.push(b'{');
            quoted_unless(false, out, name, suffix);
            labels(out, series, extra, b',');
        } else {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(suffix.as_bytes());
            labels(out, series, extra, b'{');
        }
        out.push(b' ');
        number::write(out, value);
        out.push(b'\n');
        line_written(out);
    };
    match series.point() {
        Point::Value(value) => line("", None, *value),
        Point::Counter(counter) => line("", None, counter.value),
        Point::Histogram(histogram) => {
            for (bucket, _) in histogram.all_buckets() {
                let le = Some(("le", bucket.upper_bound));
                line("_bucket", le, bucket.cumulative_count as f64);
            }
            line("_sum", None, histogram.sum);
            line("_count", None, histogram.count as f64);
        }
        Point::Summary(summary) => {
            for quantile in &summary.quantiles {
                line("", Some(("quantile", quantile.quantile)), quantile.value);
            }
            line("_sum", None, summary.sum);
            line("_count", None, summary.count as f64);
        }
    }
}

/// Writes the labels in braces, `extra` last. Writes nothing if there are no labels. `separator` is what
/// comes before the first label; after an opened brace it is a comma.
fn labels(out: &mut Vec<u8>, series: Series<'_>, extra: Option<(&str, f64)>, mut separator: u8) {
    let quotes = series.has_utf8_names();
    for (name, value) in series.labels() {
        out.push(separator);
        quoted_unless(!quotes || is_plain_label(name), out, name, "");
        out.extend_from_slice(b"=\"");
        escaped(out, value, |byte| matches!(byte, b'\\' | b'\n' | b'"'));
        out.push(b'"');
        separator = b',';
    }
    if let Some((name, value)) = extra {
        out.push(separator);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"=\"");
        number::write(out, value);
        out.push(b'"');
        separator = b',';
    }
    if separator == b',' {
        out.push(b'}');
    }
}

/// Writes a name with a suffix: in quotes unless it is plain.
fn quoted_unless(is_plain: bool, out: &mut Vec<u8>, name: &str, suffix: &str) {
    if is_plain {
        out.extend_from_slice(name.as_bytes());
    } else {
        out.push(b'"');
        escaped(out, name, |byte| matches!(byte, b'\\' | b'\n' | b'"'));
        out.extend_from_slice(suffix.as_bytes());
        out.push(b'"');
    }
}

/// Writes `text` with a backslash before every `special` byte; a newline becomes `\n`.
fn escaped(out: &mut Vec<u8>, text: &str, special: impl Fn(u8) -> bool) {
    for piece in text.as_bytes().split_inclusive(|&byte| special(byte)) {
        match piece.split_last() {
            Some((&last, plain)) if special(last) => {
                out.extend_from_slice(plain);
                out.push(b'\\');
                out.push(if last == b'\n' { b'n' } else { last });
            }
            _ => out.extend_from_slice(piece),
        }
    }
}
