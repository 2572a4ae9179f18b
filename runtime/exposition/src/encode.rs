//! Writes families in Prometheus' text format 0.0.4, byte for byte as node_exporter does.
//!
//! The format is that of expfmt of prometheus/common. Every family has a `# HELP` line, even with
//! an empty help text; samples have no timestamp; counts of histograms and summaries are written as
//! doubles. Nothing is checked here (see [`crate::validate`]), and encoding fails only if memory
//! cannot be allocated.

mod number;
#[cfg(test)]
mod tests;

use std::collections::TryReserveError;

use crate::merge::Family;
use crate::validate::{self, Histogram, Kind, Point, Series, Summary};

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
    out.extend_from_slice(b"# HELP ");
    out.extend_from_slice(name.as_bytes());
    out.push(b' ');
    escaped(out, help, |byte| matches!(byte, b'\\' | b'\n'));
    out.extend_from_slice(b"\n# TYPE ");
    out.extend_from_slice(name.as_bytes());
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
    let mut line = |suffix: &str, extra: Option<(&str, f64)>, value: f64| {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(suffix.as_bytes());
        labels(out, series, extra);
        out.push(b' ');
        number::write(out, value);
        out.push(b'\n');
        line_written(out);
    };
    match series.point() {
        Point::Value(value) => line("", None, *value),
        Point::Histogram(histogram) => {
            let Histogram {
                buckets,
                sum,
                count,
            } = &**histogram;
            for bucket in buckets {
                let le = Some(("le", bucket.upper_bound));
                line("_bucket", le, bucket.cumulative_count as f64);
            }
            if buckets
                .last()
                .is_none_or(|last| last.upper_bound != f64::INFINITY)
            {
                line("_bucket", Some(("le", f64::INFINITY)), *count as f64);
            }
            line("_sum", None, *sum);
            line("_count", None, *count as f64);
        }
        Point::Summary(summary) => {
            let Summary {
                quantiles,
                sum,
                count,
            } = &**summary;
            for quantile in quantiles {
                line("", Some(("quantile", quantile.quantile)), quantile.value);
            }
            line("_sum", None, *sum);
            line("_count", None, *count as f64);
        }
    }
}

/// Writes the labels in braces, `extra` last. Writes nothing if there are no labels.
fn labels(out: &mut Vec<u8>, series: Series<'_>, extra: Option<(&str, f64)>) {
    let mut separator = b'{';
    for (name, value) in series.labels() {
        out.push(separator);
        out.extend_from_slice(name.as_bytes());
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
