//! What a family will take: bytes of the page, and memory until the page is made.
//!
//! Both are worst cases, worked out before anything is kept. What a guest hands over once can stand on
//! the page many times: the labels of a histogram stand in each line of its buckets. All sums
//! saturate, so no size is too large to be refused.

use super::{Family, Histogram, Sample, Samples, Summary};

/// Longest form of a value: `-2.2250738585072014e-308`.
const NUMBER: usize = 24;
/// Behind the labels of a line: a space, the value, the line's end.
const TAIL: usize = 1 + NUMBER + 1;
/// `,le="` and its value and `"`.
const LE: usize = 1 + "le=\"\"".len() + NUMBER;
/// `,quantile="` and its value and `"`.
const QUANTILE: usize = 1 + "quantile=\"\"".len() + NUMBER;
/// Most that the name of a sample has more than that of its family: `_bucket`.
const SUFFIX: usize = "_bucket".len();
/// Around a label's name and value: `,`, `="`, `"`.
const LABEL: usize = 4;
/// Around names, help text and type in both lines of a head, with the longest type.
const HEAD: usize = "# HELP  \n# TYPE  histogram\n".len();

/// What the allocator adds to a piece of memory, rounding included.
const PIECE: usize = 24;
/// What a family costs beside its texts and samples: its head in each stage, and what is said of it
/// where it is refused.
const FAMILY: usize = 512;
/// What a label set costs in the stages behind this one: a row with its point, and its place while
/// families of one name are brought together.
const ROW: usize = 40 + 96;
/// The same for a distribution, whose point is a piece of memory of its own.
const POINT: usize = 48 + PIECE;
/// What the place of a text costs in the stages behind this one.
const TEXT: usize = 8;

/// What a family will take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Size {
    /// Label sets, with each bucket and quantile counted.
    pub(crate) series: usize,
    /// Bytes on the page, at most.
    pub(crate) text: usize,
    /// Bytes of memory, at most.
    pub(crate) memory: usize,
}

/// What all label values of one sample take together.
struct Values {
    /// With each quote, backslash and line break counted twice.
    escaped: usize,
    memory: usize,
}

impl Size {
    /// The size of a family.
    pub(crate) fn of(family: &Family) -> Self {
        let mut size = Self::of_head(family);
        let names: usize = sum(family.label_names.iter().map(|name| name.len() + LABEL));
        // A line without its label values, and with the brace that ends them.
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
                    let buckets = piece(size_of_val(sample.buckets.as_slice()));
                    let memory = values.memory + size_of::<Histogram>() + buckets + POINT;
                    // One more than is told, where the one for +Inf is left out.
                    let lines = (line + LE).saturating_mul(sample.buckets.len() + 1);
                    let text = lines.saturating_add(2 * line);
                    size.add(sample.buckets.len() + 2, text, memory);
                }
            }
            Samples::Summary(samples) => {
                for sample in samples {
                    let values = values(&sample.label_values);
                    let line = line + values.escaped + SUFFIX;
                    let quantiles = piece(size_of_val(sample.quantiles.as_slice()));
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
        let texts = 2 * (piece(name.len()) + piece(help.len()));
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

/// Texts that a guest gave in one list.
fn values(texts: &[String]) -> Values {
    let list = piece(size_of_val(texts));
    let each = texts
        .iter()
        .map(|text| piece(text.len()) + text.len() + TEXT);
    Values {
        escaped: sum(texts.iter().map(|text| escaped(text))),
        memory: list + sum(each),
    }
}

/// A piece of the allocator's memory; none where nothing is in it.
fn piece(bytes: usize) -> usize {
    match bytes {
        0 => 0,
        bytes => bytes.saturating_add(PIECE),
    }
}

/// Length of a text at most once it is escaped.
fn escaped(text: &str) -> usize {
    let special = |byte: &&u8| matches!(byte, b'\\' | b'\n' | b'"');
    text.len() + text.as_bytes().iter().filter(special).count()
}

fn sum(sizes: impl Iterator<Item = usize>) -> usize {
    sizes.fold(0, usize::saturating_add)
}

#[cfg(test)]
mod tests;
