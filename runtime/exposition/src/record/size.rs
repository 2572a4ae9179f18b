//! Worst-case size of a family: its bytes in the response, and its memory until the response is
//! encoded.
//!
//! Both are computed before anything is stored. A text that a guest passes once can occur many
//! times in the response: the labels of a histogram occur in each line of its buckets. All sums
//! saturate, so no size is too large to be rejected.
//!
//! No family takes more in the text formats or in protobuf's wire format. The readable forms of
//! protobuf, which no Prometheus requests, are measured when a response is built.

use super::{Exemplar, Extra, Family, Histogram, Native, Sample, Samples, Summary};
use crate::escaping::{is_plain_label, is_plain_metric, max_escaped};
use crate::varint::label_overhead;

/// Longest formatted value: `-2.2250738585072014e-308`.
const NUMBER: usize = 24;
/// After the labels of a line: a space, the value, the line end.
const TAIL: usize = 1 + NUMBER + 1;
/// `,le="`, the value and `"`.
const LE: usize = 1 + "le=\"\"".len() + NUMBER;
/// `,quantile="`, the value and `"`.
const QUANTILE: usize = 1 + "quantile=\"\"".len() + NUMBER;
/// Longest suffix that a sample name has over its family's name: `_bucket`.
const SUFFIX: usize = "_bucket".len();
/// Punctuation of one label: `,`, `="`, `"`.
const LABEL: usize = 4;
/// A sample in protobuf without its labels: tag and length of two messages, tag and value.
const MESSAGE: usize = 2 * (1 + 5) + 1 + 8;
/// The two header lines without name and help text, with the longest type.
const HEAD: usize = "# HELP  \n# TYPE  histogram\n".len();
/// The header line of a unit without name and unit.
const UNIT: usize = "# UNIT  \n".len();
/// Suffix of the line with the time of creation.
const CREATED: usize = "_created".len();
/// Punctuation of an exemplar, with its value and timestamp.
const EXEMPLAR: usize = " # {}  ".len() + 2 * NUMBER;
/// A native bucket in the protobuf format: its delta, and a span of its own.
const NATIVE_BUCKET: usize = 32;
/// The other fields of a native histogram in the protobuf format.
const NATIVE: usize = 64;

/// Allocator overhead per allocation, rounding included.
const ALLOCATION: usize = 24;
/// Cost of a family without its texts and samples: its header in each stage, and the problem
/// reported if it is rejected.
const FAMILY: usize = 512;
/// Cost of a label set in later stages: a row with its point, and its index while families of one
/// name are merged.
const ROW: usize = 40 + 96;
/// Additional cost of a distribution, whose point is an allocation of its own.
const POINT: usize = 48 + ALLOCATION;
/// Cost of a text's offset in later stages.
const TEXT: usize = 8;

/// Size of a family.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Label sets; each bucket and quantile counts as one.
    pub series: usize,
    /// Maximum bytes in the response, in all formats but the readable forms of protobuf.
    pub text: usize,
    /// Maximum bytes of memory.
    pub memory: usize,
}

/// Total size of the label values of one sample.
struct Values {
    bytes: usize,
    /// Bytes, with each quote, backslash and line break counted twice.
    escaped: usize,
    memory: usize,
}

impl Values {
    /// Maximum bytes in protobuf: the two lengths of a long value take more than a byte each.
    fn in_messages(&self) -> usize {
        self.bytes + self.bytes / 32
    }
}

impl Size {
    /// The size of a family.
    pub fn of(family: &Family) -> Self {
        let name_is_plain = is_plain_metric(&family.name);
        let name = max_escaped(&family.name, name_is_plain);
        let mut plain = name_is_plain;
        // The names of a message's labels.
        let mut labels = 0_usize;
        let names = family.label_names.iter().map(|name| {
            let is_plain = is_plain_label(name);
            plain &= is_plain;
            let name = max_escaped(name, is_plain);
            labels = labels.saturating_add(name.saturating_add(label_overhead(name)));
            name.saturating_add(LABEL)
        });
        let names = sum(names);
        // A family that is escaped is copied.
        let copies = if plain { 1 } else { 2 };
        let mut size = Self::of_head(family, name, copies);
        // A line without its label values, but with the closing brace.
        let line = names.saturating_add(name).saturating_add(1 + TAIL);
        let values = |texts: &[String]| values(texts, copies);
        match &family.samples {
            Samples::Counter(samples) | Samples::Gauge(samples) | Samples::Untyped(samples) => {
                for sample in samples {
                    let values = values(&sample.label_values);
                    // With many labels the message is longer. Distributions repeat their labels in
                    // each line, so their lines are longer.
                    let line = line.saturating_add(values.escaped);
                    let message = labels.saturating_add(MESSAGE + values.in_messages());
                    let memory = values.memory + size_of::<Sample>();
                    size.add(1, line.max(message), memory);
                    if let Some(extra) = &sample.extra {
                        size.add_extra(extra, line);
                    }
                }
            }
            Samples::Histogram(samples) => {
                for sample in samples {
                    let values = values(&sample.label_values);
                    let line = line.saturating_add(values.escaped + SUFFIX);
                    let buckets = allocation(size_of_val(sample.buckets.as_slice()));
                    let memory = values.memory + size_of::<Histogram>() + buckets + POINT;
                    // One line more than given, because the `+Inf` bucket may be omitted.
                    let lines = line.saturating_add(LE);
                    let lines = lines.saturating_mul(sample.buckets.len() + 1);
                    let text = lines.saturating_add(line.saturating_mul(2));
                    size.add(sample.buckets.len() + 2, text, memory);
                    size.add_created(sample.created, line);
                    size.add_exemplars(&sample.exemplars);
                    if let Some(native) = &sample.native {
                        size.add_native(native);
                    }
                }
            }
            Samples::Summary(samples) => {
                for sample in samples {
                    let values = values(&sample.label_values);
                    let line = line.saturating_add(values.escaped + SUFFIX);
                    let quantiles = allocation(size_of_val(sample.quantiles.as_slice()));
                    let memory = values.memory + size_of::<Summary>() + quantiles + POINT;
                    let lines = line.saturating_add(QUANTILE);
                    let lines = lines.saturating_mul(sample.quantiles.len());
                    let text = lines.saturating_add(line.saturating_mul(2));
                    size.add(sample.quantiles.len() + 2, text, memory);
                    size.add_created(sample.created, line);
                }
            }
        }
        size
    }

    /// The size without samples; `in_lines` is the maximum size of the name in a line.
    fn of_head(family: &Family, in_lines: usize, copies: usize) -> Self {
        let Family {
            name,
            help,
            unit,
            label_names,
            ..
        } = family;
        let texts = [name, help, unit].map(|text| 2 * allocation(text.len()));
        let unit = match unit.len() {
            0 => 0,
            bytes => (UNIT + bytes).saturating_add(in_lines),
        };
        let head = HEAD + escaped(help);
        Self {
            series: 0,
            text: head
                .saturating_add(in_lines.saturating_mul(2))
                .saturating_add(unit),
            memory: FAMILY + sum(texts.into_iter()) + values(label_names, copies).memory,
        }
    }

    fn add(&mut self, series: usize, text: usize, memory: usize) {
        self.series = self.series.saturating_add(series);
        self.text = self.text.saturating_add(text);
        self.memory = self.memory.saturating_add(memory + ROW);
    }

    /// Adds what a counter has beside its value; `line` is the size of its line.
    fn add_extra(&mut self, extra: &Extra, line: usize) {
        let held = size_of::<Extra>() + POINT;
        self.memory = self.memory.saturating_add(held);
        self.add_created(extra.created, line);
        self.add_exemplars(extra.exemplar.as_slice());
    }

    fn add_created(&mut self, created: Option<f64>, line: usize) {
        if created.is_some() {
            self.text = self.text.saturating_add(line + CREATED);
        }
    }

    fn add_exemplars(&mut self, exemplars: &[Exemplar]) {
        self.memory = (self.memory).saturating_add(allocation(size_of_val(exemplars)));
        for exemplar in exemplars {
            let labels = allocation(size_of_val(exemplar.labels.as_slice()));
            // In protobuf, an exemplar can be one of a classic bucket and of the native buckets.
            self.text = self.text.saturating_add(2 * EXEMPLAR);
            self.memory = self.memory.saturating_add(labels);
            for (name, value) in &exemplar.labels {
                let texts = allocation(name.len()) + allocation(value.len());
                let overhead = label_overhead(name.len()) + value.len() / 32;
                let written = name.len() + overhead + escaped(value);
                self.text = self.text.saturating_add(2 * written);
                self.memory = self.memory.saturating_add(texts);
            }
        }
    }

    fn add_native(&mut self, native: &Native) {
        let sides = [&native.positive, &native.negative];
        let buckets = sum(sides.iter().map(|side| side.len()));
        let held = sum((sides.iter()).map(|side| allocation(size_of_val(side.as_slice()))));
        let written = NATIVE_BUCKET.saturating_mul(buckets);
        self.text = self.text.saturating_add(written + NATIVE);
        self.memory = self
            .memory
            .saturating_add(held + size_of::<Native>() + ALLOCATION);
    }
}

/// Size of the texts in one list of a guest, of which later stages hold `copies`.
fn values(texts: &[String], copies: usize) -> Values {
    let list = allocation(size_of_val(texts));
    let each = texts
        .iter()
        .map(|text| allocation(text.len()) + copies * (text.len() + TEXT));
    Values {
        bytes: sum(texts.iter().map(String::len)),
        escaped: sum(texts.iter().map(|text| escaped(text))),
        memory: list + sum(each),
    }
}

/// Memory of one allocation; an empty value has none.
fn allocation(bytes: usize) -> usize {
    match bytes {
        0 => 0,
        bytes => bytes.saturating_add(ALLOCATION),
    }
}

/// Maximum length of a text after escaping.
fn escaped(text: &str) -> usize {
    let special = |byte: &&u8| matches!(byte, b'\\' | b'\n' | b'"');
    text.len() + text.as_bytes().iter().filter(special).count()
}

fn sum(sizes: impl Iterator<Item = usize>) -> usize {
    sizes.fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests;
