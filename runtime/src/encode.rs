//! Writes the page: Prometheus' text format 0.0.4, byte for byte as node_exporter does.
//!
//! The format is that of expfmt of prometheus/common. `# HELP` stands before every family, empty or
//! not, samples carry no timestamp, counts of histograms and summaries are written as doubles.
//! Nothing can fail here and nothing is checked: see [`crate::validate`].

mod number;
#[cfg(test)]
mod tests;

use crate::merge::Family;
use crate::validate::{Histogram, Point, Series, Summary};

/// About what the head of a family and the line of a series take, so that a page is seldom moved
/// while it grows.
const HEAD_BYTES: usize = 200;
const LINE_BYTES: usize = 80;

/// Writes a page of `families`.
#[must_use]
pub fn encode(families: &[Family]) -> Vec<u8> {
    let expected =
        (families.iter()).map(|family| HEAD_BYTES + family.series().count() * LINE_BYTES);
    let mut out = Vec::with_capacity(expected.sum());
    for family in families {
        head(&mut out, family);
        for series in family.series() {
            samples(&mut out, family.name(), series);
        }
    }
    out
}

fn head(out: &mut Vec<u8>, family: &Family) {
    out.extend_from_slice(b"# HELP ");
    out.extend_from_slice(family.name().as_bytes());
    out.push(b' ');
    escaped(out, family.help(), |byte| matches!(byte, b'\\' | b'\n'));
    out.extend_from_slice(b"\n# TYPE ");
    out.extend_from_slice(family.name().as_bytes());
    out.push(b' ');
    out.extend_from_slice(family.kind().as_str().as_bytes());
    out.push(b'\n');
}

/// Writes the lines of one series.
fn samples(out: &mut Vec<u8>, name: &str, series: Series<'_>) {
    let mut line = |suffix: &str, extra: Option<(&str, f64)>, value: f64| {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(suffix.as_bytes());
        labels(out, series, extra);
        out.push(b' ');
        number::write(out, value);
        out.push(b'\n');
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
