//! Lines of samples, as both text formats write them.

use super::number;
use crate::escaping::{is_plain_label, is_plain_metric};
use crate::record::Exemplar;
use crate::validate::{Point, Series};

/// A text format.
pub(super) trait Dialect {
    /// Whether samples have exemplars and times of creation.
    const EXTRAS: bool;

    /// Writes a value, a bound or a quantile.
    fn number(out: &mut Vec<u8>, value: f64);

    /// Writes a count of a distribution.
    fn count(out: &mut Vec<u8>, count: u64);
}

/// Prometheus' text format 0.0.4: a count is a double, too.
pub(super) struct Text;

impl Dialect for Text {
    const EXTRAS: bool = false;

    fn number(out: &mut Vec<u8>, value: f64) {
        number::write(out, value);
    }

    fn count(out: &mut Vec<u8>, count: u64) {
        number::write(out, count as f64);
    }
}

/// OpenMetrics: values have a point or an exponent, counts have neither.
pub(super) struct OpenMetrics;

impl Dialect for OpenMetrics {
    const EXTRAS: bool = true;

    fn number(out: &mut Vec<u8>, value: f64) {
        number::write_openmetrics(out, value);
    }

    fn count(out: &mut Vec<u8>, count: u64) {
        number::write_count(out, count);
    }
}

/// What distinguishes a line from the others of its series.
struct Line<'a> {
    /// What is added to the name.
    suffix: &'a str,
    /// The label that the encoder adds.
    own_label: Option<(&'a str, f64)>,
    number: Number,
    exemplar: Option<&'a Exemplar>,
}

/// A number of a line.
#[derive(Clone, Copy)]
enum Number {
    Value(f64),
    Count(u64),
}

impl<'a> Line<'a> {
    fn new(suffix: &'a str, number: Number) -> Self {
        Self {
            suffix,
            own_label: None,
            number,
            exemplar: None,
        }
    }
}

/// Writes the lines of one series and calls `line_written` after each. Returns whether the last
/// call permitted to go on. `created` is the name of the line with the time of creation, without its
/// suffix; `None` if the family has no such line.
pub(super) fn samples<D: Dialect>(
    out: &mut Vec<u8>,
    name: &str,
    created: Option<&str>,
    series: Series<'_>,
    mut line_written: impl FnMut(&mut Vec<u8>) -> bool,
) -> bool {
    let in_braces = series.has_utf8_names() && !is_plain_metric(name);
    let mut line = |name: &str, line: Line<'_>| {
        write::<D>(out, name, in_braces, series, line);
        line_written(out)
    };
    let point = series.point();
    let mut goes_on = match point {
        Point::Value(value) => line(name, Line::new("", Number::Value(*value))),
        Point::Counter(counter) => {
            let exemplar = counter.exemplar.as_ref();
            let value = Line::new("", Number::Value(counter.value));
            line(name, Line { exemplar, ..value })
        }
        Point::Histogram(histogram) => {
            for (bucket, exemplar) in histogram.all_buckets() {
                let own_label = Some(("le", bucket.upper_bound));
                let count = Line::new("_bucket", Number::Count(bucket.cumulative_count));
                line(
                    name,
                    Line {
                        own_label,
                        exemplar,
                        ..count
                    },
                );
            }
            line(name, Line::new("_sum", Number::Value(histogram.sum)));
            line(name, Line::new("_count", Number::Count(histogram.count)))
        }
        Point::Summary(summary) => {
            for quantile in &summary.quantiles {
                let own_label = Some(("quantile", quantile.quantile));
                let value = Line::new("", Number::Value(quantile.value));
                line(name, Line { own_label, ..value });
            }
            line(name, Line::new("_sum", Number::Value(summary.sum)));
            line(name, Line::new("_count", Number::Count(summary.count)))
        }
    };
    if D::EXTRAS
        && let (Some(name), Some(time)) = (created, point.created())
    {
        goes_on = line(name, Line::new("_created", Number::Value(time)));
    }
    goes_on
}

fn write<D: Dialect>(
    out: &mut Vec<u8>,
    name: &str,
    in_braces: bool,
    series: Series<'_>,
    line: Line<'_>,
) {
    if in_braces {
        out.push(b'{');
        name_in_quotes(out, name, line.suffix);
        labels::<D>(out, series, line.own_label, b',');
    } else {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(line.suffix.as_bytes());
        labels::<D>(out, series, line.own_label, b'{');
    }
    out.push(b' ');
    match line.number {
        Number::Value(value) => D::number(out, value),
        Number::Count(count) => D::count(out, count),
    }
    if D::EXTRAS
        && let Some(exemplar) = line.exemplar
    {
        write_exemplar::<D>(out, exemplar);
    }
    out.push(b'\n');
}

/// Writes the labels in braces, `own` last. Writes nothing if there are no labels. `separator` is what
/// comes before the first label; after an opened brace it is a comma.
fn labels<D: Dialect>(
    out: &mut Vec<u8>,
    series: Series<'_>,
    own: Option<(&str, f64)>,
    mut separator: u8,
) {
    let is_plain = !series.has_utf8_names();
    for (name, value) in series.labels() {
        out.push(separator);
        if is_plain || is_plain_label(name) {
            out.extend_from_slice(name.as_bytes());
        } else {
            name_in_quotes(out, name, "");
        }
        label_value(out, value);
        separator = b',';
    }
    if let Some((name, value)) = own {
        out.push(separator);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"=\"");
        D::number(out, value);
        out.push(b'"');
        separator = b',';
    }
    if separator == b',' {
        out.push(b'}');
    }
}

fn label_value(out: &mut Vec<u8>, value: &str) {
    out.extend_from_slice(b"=\"");
    quoted(out, value);
    out.push(b'"');
}

/// Writes ` # {labels} value timestamp`.
fn write_exemplar<D: Dialect>(out: &mut Vec<u8>, exemplar: &Exemplar) {
    out.extend_from_slice(b" # {");
    let mut separator: &[u8] = b"";
    for (name, value) in &exemplar.labels {
        out.extend_from_slice(separator);
        out.extend_from_slice(name.as_bytes());
        label_value(out, value);
        separator = b",";
    }
    out.extend_from_slice(b"} ");
    D::number(out, exemplar.value);
    if let Some(timestamp) = exemplar.timestamp {
        out.push(b' ');
        D::number(out, timestamp);
    }
}

/// A name in a comment.
#[derive(Clone, Copy)]
pub(super) struct Name<'a> {
    pub(super) text: &'a str,
    /// Whether it needs no quotes.
    pub(super) is_plain: bool,
}

/// Writes one comment line: `# KEYWORD name text`. The text is escaped already.
pub(super) fn comment(
    out: &mut Vec<u8>,
    keyword: &str,
    name: Name<'_>,
    text: impl FnOnce(&mut Vec<u8>),
) {
    out.extend_from_slice(b"# ");
    out.extend_from_slice(keyword.as_bytes());
    out.push(b' ');
    if name.is_plain {
        out.extend_from_slice(name.text.as_bytes());
    } else {
        name_in_quotes(out, name.text, "");
    }
    out.push(b' ');
    text(out);
    out.push(b'\n');
}

fn name_in_quotes(out: &mut Vec<u8>, name: &str, suffix: &str) {
    out.push(b'"');
    quoted(out, name);
    out.extend_from_slice(suffix.as_bytes());
    out.push(b'"');
}

/// Writes a text for a place between quotes.
pub(super) fn quoted(out: &mut Vec<u8>, text: &str) {
    escaped(out, text, |byte| matches!(byte, b'\\' | b'\n' | b'"'));
}

/// Writes `text` with a backslash before every `special` byte; a newline becomes `\n`.
pub(super) fn escaped(out: &mut Vec<u8>, text: &str, special: impl Fn(u8) -> bool) {
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
