//! Whole responses, byte for byte.

mod formats;
mod text;

use super::encode;
use crate::encode::Format;
use crate::merge::{Part, merge};
use crate::record::{
    Bucket, Exemplar, Extra, Family, Histogram, Native, NativeBucket, Quantile, Sample, Samples,
    Summary,
};
use crate::validate::Bounds;
use crate::validate::validate;

/// The response of the families of one source.
fn encoded(families: Vec<Family>, format: Format) -> Vec<u8> {
    let (families, problems) = validate(families, &Bounds::default());
    assert_eq!(problems, []);
    let merged = merge([Part {
        source: "source".into(),
        exclusive: false,
        families,
    }]);
    assert_eq!(merged.conflicts, []);
    encode(&merged.families, format).unwrap()
}

/// The same, in a format that is text.
fn response(families: Vec<Family>, format: Format) -> String {
    String::from_utf8(encoded(families, format)).unwrap()
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn family(name: &str, help: &str, labels: &[&str], samples: Samples) -> Family {
    Family {
        name: name.to_owned(),
        help: help.to_owned(),
        label_names: strings(labels),
        samples,
        unit: String::new(),
    }
}

fn sample(labels: &[&str], value: f64) -> Sample {
    Sample {
        label_values: strings(labels),
        value,
        extra: None,
    }
}
