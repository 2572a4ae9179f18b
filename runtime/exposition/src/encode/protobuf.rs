//! Prometheus' protobuf messages: `io.prometheus.client.MetricFamily` of client_model's
//! `metrics.proto`.
//!
//! Each message is described once, as a [`Message`]. A [`Sink`] writes it in the wire format, counts
//! its bytes, or writes protobuf's readable form. The schema is proto2: a field that is set is
//! written even if it is 0 or empty, and client_golang always sets help text, type and value.

mod readable;
mod wire;

use super::source::Source;
use crate::record::{Bucket, Exemplar, Native, Quantile, Span};
use crate::validate::{Counter, Histogram, Kind, Point, Series, Summary};

pub(super) use readable::{Layout, write as write_readable};
pub(super) use wire::{length, write};

/// A field of a message: its number and its name.
#[derive(Debug, Clone, Copy)]
struct Field(u8, &'static str);

/// Takes the fields of messages.
trait Sink {
    /// Whether fields come in the order in which the schema declares them, and not in that of their
    /// numbers.
    const AS_DECLARED: bool = false;

    fn text(&mut self, field: Field, value: &str);
    fn double(&mut self, field: Field, value: f64);
    fn unsigned(&mut self, field: Field, value: u64);
    /// A number of the type `sint32` or `sint64`.
    fn signed(&mut self, field: Field, value: i64);
    /// A value of an enum, by number and name.
    fn symbol(&mut self, field: Field, value: (u8, &'static str));
    fn message(&mut self, field: Field, message: &impl Message);
}

/// A message of the schema.
trait Message {
    /// Passes all fields on, in the order of their numbers.
    fn fields(&self, to: &mut impl Sink);
}

/// The field of a `MetricFamily` that holds its series.
const METRIC: Field = Field(4, "metric");

/// Passes on the fields of a `MetricFamily` before its series.
fn head(family: &impl Source, to: &mut impl Sink) {
    to.text(Field(1, "name"), family.name());
    to.text(Field(2, "help"), family.help());
    let kind = match family.kind() {
        Kind::Counter => (0, "COUNTER"),
        Kind::Gauge => (1, "GAUGE"),
        Kind::Summary => (2, "SUMMARY"),
        Kind::Untyped => (3, "UNTYPED"),
        Kind::Histogram => (4, "HISTOGRAM"),
    };
    to.symbol(Field(3, "type"), kind);
}

/// Passes on the field of a `MetricFamily` behind its series.
fn tail(family: &impl Source, to: &mut impl Sink) {
    if !family.unit().is_empty() {
        to.text(Field(5, "unit"), family.unit());
    }
}

/// Message `Metric`.
struct Metric<'a> {
    kind: Kind,
    series: Series<'a>,
}

impl Message for Metric<'_> {
    fn fields(&self, to: &mut impl Sink) {
        for (name, value) in self.series.labels() {
            to.message(Field(1, "label"), &LabelPair { name, value });
        }
        match self.series.point() {
            Point::Value(value) => {
                let field = match self.kind {
                    Kind::Gauge => Field(2, "gauge"),
                    Kind::Counter => Field(3, "counter"),
                    _ => Field(5, "untyped"),
                };
                to.message(field, value);
            }
            Point::Counter(counter) => to.message(Field(3, "counter"), &**counter),
            Point::Summary(summary) => to.message(Field(4, "summary"), &**summary),
            Point::Histogram(histogram) => to.message(Field(7, "histogram"), &**histogram),
        }
    }
}

struct LabelPair<'a> {
    name: &'a str,
    value: &'a str,
}

impl Message for LabelPair<'_> {
    fn fields(&self, to: &mut impl Sink) {
        to.text(Field(1, "name"), self.name);
        to.text(Field(2, "value"), self.value);
    }
}

/// Messages `Gauge`, `Untyped`, and `Counter` with nothing but a value.
impl Message for f64 {
    fn fields(&self, to: &mut impl Sink) {
        to.double(Field(1, "value"), *self);
    }
}

impl Message for Counter {
    fn fields(&self, to: &mut impl Sink) {
        to.double(Field(1, "value"), self.value);
        if let Some(exemplar) = &self.exemplar {
            to.message(Field(2, "exemplar"), exemplar);
        }
        time(to, Field(3, "created_timestamp"), self.created);
    }
}

impl Message for Exemplar {
    fn fields(&self, to: &mut impl Sink) {
        for (name, value) in &self.labels {
            to.message(Field(1, "label"), &LabelPair { name, value });
        }
        to.double(Field(2, "value"), self.value);
        time(to, Field(3, "timestamp"), self.timestamp);
    }
}

/// Passes on a time, if there is one.
fn time(to: &mut impl Sink, field: Field, seconds: Option<f64>) {
    if let Some(seconds) = seconds {
        to.message(field, &Timestamp::at(seconds));
    }
}

/// Message `google.protobuf.Timestamp`. Its schema is proto3, where a number that is 0 is not written.
struct Timestamp {
    seconds: u64,
    nanos: u32,
}

impl Timestamp {
    /// The time so many seconds after 1970-01-01 UTC. Valid times are not negative.
    fn at(seconds: f64) -> Self {
        let whole = seconds.trunc();
        // The fraction of a double is exact, and its product rounds up to a second at most.
        let nanos = ((seconds - whole) * 1e9).round() as u32;
        let carry = nanos / 1_000_000_000;
        Self {
            seconds: (whole as u64).saturating_add(carry.into()),
            nanos: nanos % 1_000_000_000,
        }
    }
}

impl Message for Timestamp {
    fn fields(&self, to: &mut impl Sink) {
        let fields = [
            (Field(1, "seconds"), self.seconds),
            (Field(2, "nanos"), self.nanos.into()),
        ];
        for (field, number) in fields.into_iter().filter(|(_, number)| *number > 0) {
            to.unsigned(field, number);
        }
    }
}

impl Message for Summary {
    fn fields(&self, to: &mut impl Sink) {
        to.unsigned(Field(1, "sample_count"), self.count);
        to.double(Field(2, "sample_sum"), self.sum);
        for quantile in &self.quantiles {
            to.message(Field(3, "quantile"), quantile);
        }
        time(to, Field(4, "created_timestamp"), self.created);
    }
}

impl Message for Quantile {
    fn fields(&self, to: &mut impl Sink) {
        to.double(Field(1, "quantile"), self.quantile);
        to.double(Field(2, "value"), self.value);
    }
}

impl Message for Histogram {
    fn fields(&self, to: &mut impl Sink) {
        const CREATED: Field = Field(15, "created_timestamp");

        to.unsigned(Field(1, "sample_count"), self.count);
        to.double(Field(2, "sample_sum"), self.sum);
        self.classic(to);
        let native = self.native.as_deref();
        if is_as_declared(to) {
            time(to, CREATED, self.created);
        }
        if let Some(native) = native {
            buckets(native, to);
        }
        if !is_as_declared(to) {
            time(to, CREATED, self.created);
        }
        // Those without a time must not be listed here.
        let listed = self.exemplars.iter().filter(|it| it.timestamp.is_some());
        for exemplar in listed.filter(|_| native.is_some()) {
            to.message(Field(16, "exemplars"), exemplar);
        }
    }
}

fn is_as_declared<S: Sink>(_: &S) -> bool {
    S::AS_DECLARED
}

impl Histogram {
    /// Passes on the classic buckets. The schema makes `+Inf` optional: it is written if it was given or
    /// has an exemplar. A native histogram without classic buckets has none at all.
    fn classic(&self, to: &mut impl Sink) {
        if self.native.is_some() && self.buckets.is_empty() {
            return;
        }
        let given = self.buckets.len();
        for (place, (bucket, exemplar)) in self.all_buckets().enumerate() {
            if place < given || exemplar.is_some() {
                to.message(Field(3, "bucket"), &Classic { bucket, exemplar });
            }
        }
    }
}

/// Message `Bucket`.
struct Classic<'a> {
    bucket: Bucket,
    exemplar: Option<&'a Exemplar>,
}

impl Message for Classic<'_> {
    fn fields(&self, to: &mut impl Sink) {
        to.unsigned(Field(1, "cumulative_count"), self.bucket.cumulative_count);
        to.double(Field(2, "upper_bound"), self.bucket.upper_bound);
        if let Some(exemplar) = self.exemplar {
            to.message(Field(3, "exemplar"), exemplar);
        }
    }
}

/// Passes on the native buckets of a histogram.
fn buckets(native: &Native, to: &mut impl Sink) {
    to.signed(Field(5, "schema"), native.schema.into());
    to.double(Field(6, "zero_threshold"), native.zero_threshold);
    to.unsigned(Field(7, "zero_count"), native.zero_count);
    for span in Native::spans(&native.negative) {
        to.message(Field(9, "negative_span"), &span);
    }
    for delta in Native::deltas(&native.negative) {
        to.signed(Field(10, "negative_delta"), delta);
    }
    for span in Native::spans(&native.positive) {
        to.message(Field(12, "positive_span"), &span);
    }
    let has_buckets = !native.positive.is_empty() || !native.negative.is_empty();
    if !has_buckets && native.zero_count == 0 && native.zero_threshold == 0.0 {
        // Without this, it would look like a classic histogram.
        let (offset, length) = (0, 0);
        to.message(Field(12, "positive_span"), &Span { offset, length });
    }
    for delta in Native::deltas(&native.positive) {
        to.signed(Field(13, "positive_delta"), delta);
    }
}

/// Message `BucketSpan`.
impl Message for Span {
    fn fields(&self, to: &mut impl Sink) {
        to.signed(Field(1, "offset"), self.offset.into());
        to.unsigned(Field(2, "length"), self.length.into());
    }
}
