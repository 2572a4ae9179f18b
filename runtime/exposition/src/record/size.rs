//! Worst-case size of a family: its bytes in the response, and its memory until the response is
//! encoded.
//!
//! Both are computed before anything is stored. A text that a guest passes once can occur many
//! times in the response: the labels of a histogram occur in each line of its buckets. All sums
//! saturate, so no size is too large to be rejected.

use super::{Family, Histogram, Sample, Samples, Summary};

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
/// The two header lines without name and help text, with the longest type.
const HEAD: usize = "# HELP  \n# TYPE  histogram\n".len();

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
    /// Maximum bytes in the response.
    pub text: usize,
    /// Maximum bytes of memory.
    pub memory: usize,
}

/// Total size of the label values of one sample.
struct Values {
    /// Bytes, with each quote, backslash and line break counted twice.
    escaped: usize,
    memory: usize,
}

impl Size {
    /// The size of a family.
    pub fn of(family: &Family) -> Self {
        let mut size = Self::of_head(family);
        let names: usize = sum(family.label_names.iter().map(|name| name.len() + LABEL));
        // A line without its label values, but with the closing brace.
        let line = names + family.name.len() + 1 + TAIL;
        match &family.samples {
            Samples::Counter(samples) | Samples::Gauge(samples) | Samples::Untyped(samples) => {
                for sample in samples {
                    let values = values(&sample.label_values);
                    size.add(
                        1,
                        line + values.escaped,
                        values.memory + size_of::<Sample>(),
                    );
                }
            }
            Samples::Histogram(samples) => {
                for sample in samples {
                    let values = values(&sample.label_values);
                    let line = line + values.escaped + SUFFIX;
                    let buckets = allocation(size_of_val(sample.buckets.as_slice()));
                    let memory = values.memory + size_of::<Histogram>() + buckets + POINT;
                    // One line more than given, because the `+Inf` bucket may be omitted.
                    let lines = (line + LE).saturating_mul(sample.buckets.len() + 1);
                    let text = lines.saturating_add(2 * line);
                    size.add(sample.buckets.len() + 2, text, memory);
                }
            }
            Samples::Summary(samples) => {
                for sample in samples {
                    let values = values(&sample.label_values);
                    let line = line + values.escaped + SUFFIX;
                    let quantiles = allocation(size_of_val(sample.quantiles.as_slice()));
                    let memory = values.memory + size_of::<Summary>() + quantiles + POINT;
                    let lines = (line + QUANTILE).saturating_mul(sample.quantiles.len());
                    let text = lines.saturating_add(2 * line);
                    size.add(sample.quantiles.len() + 2, text, memory);
                }
            }
        }
        size
    }

    fn of_head(family: &Family) -> Self {
        let Family {
            name,
            help,
            label_names,
            ..
        } = family;
        let texts = 2 * (allocation(name.len()) + allocation(help.len()));
        Self {
            series: 0,
            text: HEAD + 2 * name.len() + escaped(help),
            memory: FAMILY + texts + values(label_names).memory,
        }
    }

    fn add(&mut self, series: usize, text: usize, memory: usize) {
        self.series = self.series.saturating_add(series);
        self.text = self.text.saturating_add(text);
        self.memory = self.memory.saturating_add(memory + ROW);
    }
}

/// Size of the texts in one list of a guest.
fn values(texts: &[String]) -> Values {
    let list = allocation(size_of_val(texts));
    let each = texts
        .iter()
        .map(|text| allocation(text.len()) + text.len() + TEXT);
    Values {
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
