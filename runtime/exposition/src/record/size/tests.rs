//! Compares sizes with the encoder's output and with actual memory.

use super::*;
use crate::encode::{Format, encode, encoded_len, max_bytes};
use crate::escaping::Escaping;
use crate::merge::escape_names;
use crate::merge::{Part, merge};
use crate::record::{Bucket, NativeBucket, Quantile};
use crate::validate::Bounds;
use crate::validate::validate;

/// A deterministic generator (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 8
    }

    fn below(&mut self, end: u64) -> usize {
        (self.next() % end) as usize
    }

    /// A text of up to `max` characters, many of which have to be escaped.
    fn text(&mut self, most: u64) -> String {
        let length = self.below(most + 1);
        let char =
            |random: &mut Self| ['\\', '"', '\n', 'a', '\u{e9}', '\u{2028}'][random.below(6)];
        (0..length).map(|_| char(self)).collect()
    }

    /// A double of any kind, often one of the longest.
    fn value(&mut self) -> f64 {
        match self.below(5) {
            0 => f64::NAN,
            1 => f64::NEG_INFINITY,
            2 => -f64::MIN_POSITIVE,
            3 => self.below(1000) as f64,
            _ => f64::from_bits(self.next() << 8 | 0x5a),
        }
    }

    fn values(&mut self, labels: usize, number: usize) -> Vec<String> {
        // The first label value makes label sets distinct.
        (0..labels)
            .map(|label| match label {
                0 => format!("{number}{}", self.text(40)),
                _ => self.text(20),
            })
            .collect()
    }

    fn family(&mut self, name: String) -> Family {
        let labels = 1 + self.below(6);
        let number = 1 + self.below(8);
        let samples = match self.below(5) {
            0 => Samples::Histogram((0..number).map(|n| self.histogram(labels, n)).collect()),
            1 => Samples::Summary((0..number).map(|n| self.summary(labels, n)).collect()),
            2 => Samples::Counter((0..number).map(|n| self.counter(labels, n)).collect()),
            3 => Samples::Untyped((0..number).map(|n| self.sample(labels, n)).collect()),
            _ => Samples::Gauge((0..number).map(|n| self.sample(labels, n)).collect()),
        };
        // One in three has names that need quotes or escaping.
        let mark = ["", "", "._\"\u{10ffff}"][self.below(3)];
        let label = |n| format!("label_{n}_{mark}_of_these");
        Family {
            name: format!("{name}{mark}_unit"),
            help: self.text(60),
            unit: ["", "unit"][self.below(2)].to_owned(),
            label_names: (0..labels).map(label).collect(),
            samples,
        }
    }

    fn sample(&mut self, labels: usize, number: usize) -> Sample {
        Sample::new(self.values(labels, number), self.value())
    }

    fn counter(&mut self, labels: usize, number: usize) -> Sample {
        let extra = Extra {
            created: self.time(),
            exemplar: (self.below(2) == 0).then(|| self.exemplar()),
        };
        Sample {
            extra: (self.below(2) == 0).then(|| Box::new(extra)),
            ..self.sample(labels, number)
        }
    }

    fn time(&mut self) -> Option<f64> {
        (self.below(2) == 0).then(|| self.below(1 << 40) as f64 / 1e3)
    }

    fn exemplar(&mut self) -> Exemplar {
        let label = |random: &mut Self, n: usize| (format!("l{n}"), random.text(20));
        Exemplar {
            labels: (0..self.below(4)).map(|n| label(self, n)).collect(),
            value: -f64::MIN_POSITIVE,
            timestamp: self.time(),
        }
    }

    fn native(&mut self) -> Native {
        let mut count = u64::MAX;
        let mut side = |random: &mut Self| -> Vec<NativeBucket> {
            let step = 1 + random.below(2) as i32;
            let bucket = |index: i32| {
                let share = count / 4;
                count -= share;
                NativeBucket {
                    index: index * step,
                    count: share,
                }
            };
            (0..random.below(20) as i32).map(bucket).collect()
        };
        let (positive, negative) = (side(self), side(self));
        Native {
            schema: 8,
            zero_threshold: f64::MIN_POSITIVE,
            zero_count: count,
            positive,
            negative,
        }
    }

    fn histogram(&mut self, labels: usize, number: usize) -> Histogram {
        let bounds = self.below(20);
        let bucket = |bound: usize| Bucket {
            upper_bound: -1.234_567_890_123_456_7e-300 / (bound + 1) as f64,
            cumulative_count: u64::MAX,
        };
        Histogram {
            label_values: self.values(labels, number),
            buckets: (0..bounds).map(bucket).collect(),
            sum: self.value(),
            count: u64::MAX,
            created: self.time(),
            exemplars: (0..self.below(4)).map(|_| self.exemplar()).collect(),
            native: (self.below(2) == 0).then(|| Box::new(self.native())),
        }
    }

    fn summary(&mut self, labels: usize, number: usize) -> Summary {
        let quantile = |number: usize| Quantile {
            quantile: 0.012_345_678_901_234_567 * number as f64,
            value: -f64::MIN_POSITIVE,
        };
        Summary {
            label_values: self.values(labels, number),
            quantiles: (0..self.below(20)).map(quantile).collect(),
            sum: self.value(),
            count: u64::MAX,
            created: self.time(),
        }
    }
}

/// Encoded bytes of one family in the text format, in the scheme with the longest response.
fn written(family: Family) -> usize {
    written_in_all(family)[0]
}

/// Encoded bytes of one family in each format: written in the scheme with the longest response, and
/// counted.
fn written_in_all(family: Family) -> [usize; 5] {
    let schemes = [
        Escaping::AllowUtf8,
        Escaping::Underscores,
        Escaping::Dots,
        Escaping::Values,
    ];
    let mut longest = [0; 5];
    for bytes in schemes.map(|scheme| written_as(family.clone(), scheme)) {
        for (longest, bytes) in longest.iter_mut().zip(bytes) {
            *longest = bytes.max(*longest);
        }
    }
    longest
}

fn written_as(family: Family, scheme: Escaping) -> [usize; 5] {
    let (families, problems) = validate(vec![family], &Bounds::default());
    assert_eq!(problems, []);
    let mut parts = [Part {
        source: "source".into(),
        exclusive: true,
        families,
    }];
    assert_eq!(escape_names(&mut parts, scheme), []);
    let family = &parts[0].families[0];
    let counted = Format::ALL.map(|format| {
        let at_most = max_bytes(family, format);
        let counted = encoded_len(family, format, usize::MAX).unwrap();
        assert!(
            counted <= at_most,
            "{format:?}: {counted} bytes, {at_most} at most"
        );
        assert_eq!(encoded_len(family, format, counted), Some(counted));
        assert_eq!(encoded_len(family, format, counted - 1), None);
        counted
    });
    let merged = merge(parts).families;
    let written = Format::ALL.map(|format| {
        let page = encode(&merged, format).unwrap();
        page.len() - format.end().len()
    });
    assert_eq!(counted, written);
    written
}

/// Bytes in the longest format that a Prometheus requests.
fn longest([text, openmetrics, protobuf, ..]: [usize; 5]) -> usize {
    text.max(openmetrics).max(protobuf)
}

/// Memory of the record itself, without allocator overhead.
fn in_memory(family: &Family) -> usize {
    let list = |texts: &[String]| texts.iter().map(String::len).sum::<usize>() + size_of_val(texts);
    let samples: usize = match &family.samples {
        Samples::Counter(all) | Samples::Gauge(all) | Samples::Untyped(all) => (all.iter())
            .map(|sample| size_of::<Sample>() + list(&sample.label_values))
            .sum(),
        Samples::Histogram(all) => (all.iter())
            .map(|sample| size_of_val(&*sample.buckets) + list(&sample.label_values))
            .sum(),
        Samples::Summary(all) => (all.iter())
            .map(|sample| size_of_val(&*sample.quantiles) + list(&sample.label_values))
            .sum(),
    };
    family.name.len() + family.help.len() + list(&family.label_names) + samples
}

#[test]
fn no_response_exceeds_its_charged_size() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for number in 0..3_000 {
        let name_length = 1 + random.below(60);
        let family = random.family(format!("f{number}_{}", "n".repeat(name_length)));
        let (size, memory) = (Size::of(&family), in_memory(&family));
        let what = format!("{family:?}");
        let bytes = longest(written_in_all(family));
        assert!(
            bytes <= size.text,
            "{bytes} bytes, charged {}: {what}",
            size.text
        );
        assert!(
            memory <= size.memory,
            "{memory} held, {} counted",
            size.memory
        );
    }
}

/// An ordinary family is charged for the longest values, and for nothing that it does not have.
#[test]
fn ordinary_families_are_charged_little_more_than_they_take() {
    let sample = |number: usize| Sample {
        label_values: vec![format!("{number}"), "idle".to_owned()],
        value: 12_345.67,
        extra: None,
    };
    let family = Family {
        name: "node_cpu_seconds_total".to_owned(),
        help: "Seconds the CPUs spent in each mode.".to_owned(),
        label_names: vec!["cpu".to_owned(), "mode".to_owned()],
        samples: Samples::Counter((0..1_000).map(sample).collect()),
        unit: String::new(),
    };
    let size = Size::of(&family);
    let bytes = written(family);
    assert!(
        size.text * 2 <= bytes * 3,
        "{bytes} bytes, charged {}",
        size.text
    );
    assert_eq!(size.series, 1_000);
}

/// A text that occurs once in the record and in each line of the response.
#[test]
fn labels_are_charged_as_often_as_they_are_written() {
    let buckets = (0..1_000).map(|number| Bucket {
        upper_bound: f64::from(number),
        cumulative_count: 1,
    });
    let family = Family {
        name: "h".to_owned(),
        help: String::new(),
        label_names: (0..20).map(|number| format!("l{number}")).collect(),
        samples: Samples::Histogram(vec![Histogram {
            label_values: vec!["v".repeat(4_096); 20],
            buckets: buckets.collect(),
            sum: 1.0,
            count: 1,
            created: None,
            exemplars: Vec::new(),
            native: None,
        }]),
        unit: String::new(),
    };
    let size = Size::of(&family);
    assert!(size.text >= 1_000 * 20 * 4_096, "{size:?}");
    assert!(size.text >= written(family));
}

/// In protobuf a short label takes more than in a line, and long names and values take longer lengths.
#[test]
fn labels_are_charged_as_the_longest_format_writes_them() {
    for (name, value) in [
        (1, 0),
        (1, 200),
        (60, 60),
        (61, 61),
        (100, 20),
        (130, 0),
        (250, 4_000),
    ] {
        let names = (0..64).map(|number| format!("l{number}{}", "n".repeat(name)));
        let family = Family {
            name: "g".to_owned(),
            help: String::new(),
            unit: String::new(),
            label_names: names.collect(),
            samples: Samples::Gauge(vec![Sample {
                label_values: vec!["v".repeat(value); 64],
                value: 0.0,
                extra: None,
            }]),
        };
        let charged = Size::of(&family).text;
        let bytes = longest(written_in_all(family));
        assert!(bytes <= charged, "{name}, {value}: {bytes} of {charged}");
    }
}

/// Control characters grow in the readable forms of protobuf.
#[test]
fn readable_forms_stay_below_their_maximum() {
    let family = Family {
        name: "g".to_owned(),
        help: "\0".repeat(4_096),
        unit: String::new(),
        label_names: vec!["l".to_owned()],
        samples: Samples::Gauge(vec![Sample {
            label_values: vec!["\0".repeat(4_096)],
            value: 0.0,
            extra: None,
        }]),
    };
    assert!(written_in_all(family)[3] > 8 * 4_096);
}

/// Empty labels take much more memory than text.
#[test]
fn empty_labels_count_towards_memory() {
    let samples = (0..100).map(|_| Sample {
        label_values: vec![String::new(); 60],
        value: 0.0,
        extra: None,
    });
    let family = Family {
        name: "g".to_owned(),
        help: String::new(),
        label_names: (0..60).map(|number| format!("l{number}")).collect(),
        samples: Samples::Gauge(samples.collect()),
        unit: String::new(),
    };
    let size = Size::of(&family);
    assert!(size.memory >= 100 * 60 * size_of::<String>(), "{size:?}");
    assert!(size.memory >= in_memory(&family));
}
