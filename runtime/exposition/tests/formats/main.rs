//! 10,000 random families tell the same numbers in every format, each read back by a reader of its own:
//! the text formats by a small one, protobuf by `prost`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod lines;
mod messages;
mod random;

use std::collections::BTreeMap;

use firepit_exposition::encode::{Format, encode};
use firepit_exposition::escaping::Escaping;
use firepit_exposition::merge::{Family, Part, escape_names, merge};
use firepit_exposition::record;
use firepit_exposition::validate::{Bounds, validate};

use random::Random;

/// Families in one response.
const TOGETHER: usize = 50;

/// The facts of one family.
#[derive(Debug, Default, PartialEq)]
struct Facts {
    kind: String,
    help: String,
    unit: String,
    samples: BTreeMap<Key, Number>,
    exemplars: BTreeMap<Key, Example>,
    /// By their labels, in microseconds.
    created: BTreeMap<Labels, i64>,
}

type Labels = BTreeMap<String, String>;

/// Name and labels of a sample.
type Key = (String, Labels);

/// Labels, value and microseconds of an exemplar.
type Example = (Labels, Number, Option<i64>);

/// A number as a text format can tell it: all NaNs are one, and both zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Number(u64);

impl Number {
    fn new(value: f64) -> Self {
        if value.is_nan() {
            return Self(f64::NAN.to_bits());
        }
        Self((value + 0.0).to_bits())
    }
}

/// The text of a number in a label, in one form for all formats.
fn in_label(value: f64) -> String {
    format!("{:?}", value + 0.0)
}

fn micros(seconds: f64) -> i64 {
    (seconds * 1e6).round() as i64
}

fn families(random: &mut Random, number: usize, scheme: Escaping) -> Vec<Family> {
    let records: Vec<record::Family> = (0..TOGETHER)
        .map(|place| random.family(number * TOGETHER + place))
        .collect();
    let (families, problems) = validate(records, &Bounds::default());
    assert_eq!(problems, []);
    let mut parts = [Part {
        source: "random".into(),
        exclusive: false,
        families,
    }];
    assert_eq!(escape_names(&mut parts, scheme), []);
    let merged = merge(parts);
    assert_eq!(merged.conflicts, []);
    merged.families
}

#[test]
fn all_formats_carry_the_same_facts() {
    let mut random = Random::new();
    let schemes = [Escaping::AllowUtf8, Escaping::Values];
    let mut told = [0; 3];
    for number in 0..10_000 / TOGETHER {
        let families = families(&mut random, number, schemes[number % 2]);
        let page = |format| encode(&families, format).unwrap();
        let text = lines::facts(&page(Format::Text004), lines::Dialect::Text);
        let openmetrics = lines::facts(&page(Format::OpenMetrics), lines::Dialect::OpenMetrics);
        let protobuf = messages::facts(&page(Format::Protobuf));
        assert_eq!(protobuf.len(), families.len());
        for (name, facts) in &protobuf {
            assert_eq!(Some(facts), openmetrics.get(name), "{name}");
            told[0] += facts.samples.len();
            told[1] += facts.exemplars.len();
            told[2] += facts.created.len();
        }
        // Only samples, types and help texts have a place in the text format.
        let plain = |facts: Facts| Facts {
            unit: String::new(),
            exemplars: BTreeMap::new(),
            created: BTreeMap::new(),
            ..facts
        };
        let protobuf = protobuf.into_iter().map(|(name, it)| (name, plain(it)));
        assert_eq!(protobuf.collect::<BTreeMap<_, _>>(), text);
    }
    // What was compared is worth it.
    let [samples, exemplars, created] = told;
    assert!(samples > 100_000, "{samples} samples");
    assert!(exemplars > 5_000, "{exemplars} exemplars");
    assert!(created > 5_000, "{created} times");
}
