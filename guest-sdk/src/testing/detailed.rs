//! Detailed families as text, for tests.

use std::fmt::Write as _;

use super::{write_labels, write_row};
use crate::detailed::{Exemplar, Family, Samples};

/// Writes plain samples as lines with their exemplars, and distributions as Rust prints them.
pub(super) fn write(text: &mut String, families: &[Family]) {
    for family in families {
        let row = |text: &mut String, values: &[String], value, exemplar: Option<&Exemplar>| {
            write_row(
                text,
                &family.name,
                (family.label_names.as_slice(), values),
                value,
            );
            if let Some(exemplar) = exemplar {
                write_exemplar(text, exemplar);
            }
            text.push('\n');
        };
        match &family.samples {
            Samples::Counter(samples) => {
                for (labels, sample) in samples {
                    row(text, labels, sample.value, sample.exemplar.as_ref());
                }
            }
            Samples::Gauge(samples) => {
                for (labels, sample) in samples {
                    row(text, labels, sample.0, None);
                }
            }
            Samples::Untyped(samples) => {
                for (labels, sample) in samples {
                    row(text, labels, sample.0, None);
                }
            }
            other => {
                let _ = writeln!(text, "{} {other:?}", family.name);
            }
        }
    }
}

fn write_exemplar(text: &mut String, exemplar: &Exemplar) {
    text.push_str(" # ");
    let labels = exemplar.labels.iter().map(|(name, value)| (name, value));
    write_labels(text, labels, true);
    let _ = write!(text, " {}", exemplar.value);
    if let Some(timestamp) = exemplar.timestamp {
        let _ = write!(text, " {timestamp}");
    }
}
