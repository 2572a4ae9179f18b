//! Writes the page: Prometheus' text format 0.0.4, byte for byte as node_exporter does.
//!
//! The format is that of expfmt of prometheus/common. `# HELP` stands before every family, empty or
//! not, samples carry no timestamp, counts of histograms and summaries are written as doubles.
//! Nothing is checked here, and nothing fails but for want of memory: see [`crate::validate`].

mod number;
#[cfg(test)]
mod tests;

use std::collections::TryReserveError;

use crate::merge::Family;
use crate::validate::{self, Histogram, Kind, Point, Series, Summary};

/// Writes a page of `families`.
///
/// # Errors
/// Where there is no memory for it. It is asked for once, for the most that the page can take.
pub fn encode(families: &[Family]) -> Result<Vec<u8>, TryReserveError> {
    let at_most = families.iter().map(Family::page_bytes);
    let mut out = Vec::new();
    out.try_reserve_exact(at_most.fold(0, usize::saturating_add))?;
    for family in families {
        head(&mut out, family.name(), family.help(), family.kind());
        for series in family.series() {
            samples(&mut out, family.name(), series, |_| {});
        }
    }
    out.shrink_to_fit();
    Ok(out)
}

/// Bytes that a family takes on a page by itself, if they are no more than `most`. It is written
/// line by line, and nothing of it is kept.
pub(crate) fn length(family: &validate::Family, most: usize) -> Option<usize> {
    let mut line = Vec::new();
    head(&mut line, family.name(), family.help(), family.kind());
    let mut length = line.len();
    line.clear();
    for series in family.series() {
        samples(&mut line, family.name(), series, |line| {
            length = length.saturating_add(line.len());
            line.clear();
        });
        if length > most {
            return None;
        }
    }
    (length <= most).then_some(length)
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

/// Writes the lines of one series. `ended` is told of each line's end.
fn samples(out: &mut Vec<u8>, name: &str, series: Series<'_>, mut ended: impl FnMut(&mut Vec<u8>)) {
    let mut line = |suffix: &str, extra: Option<(&str, f64)>, value: f64| {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(suffix.as_bytes());
        labels(out, series, extra);
        out.push(b' ');
        number::write(out, value);
        out.push(b'\n');
        ended(out);
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

/// Writes the labels in braces, `extra` last; nothing if there are none.
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

/// Writes `text` with a backslash before every byte that is `special`; a newline becomes `\n`.
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
