//! Reads protobuf with `prost`, by the schema of client_model's `metrics.proto`.

use std::collections::BTreeMap;

use prost::Message;

use crate::{Example, Facts, Labels, Number, in_label, micros};

#[derive(Clone, PartialEq, Message)]
struct LabelPair {
    #[prost(string, optional, tag = "1")]
    name: Option<String>,
    #[prost(string, optional, tag = "2")]
    value: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(double, optional, tag = "1")]
    value: Option<f64>,
}

#[derive(Clone, PartialEq, Message)]
struct Counter {
    #[prost(double, optional, tag = "1")]
    value: Option<f64>,
    #[prost(message, optional, tag = "2")]
    exemplar: Option<Exemplar>,
    #[prost(message, optional, tag = "3")]
    created: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
struct Exemplar {
    #[prost(message, repeated, tag = "1")]
    label: Vec<LabelPair>,
    #[prost(double, optional, tag = "2")]
    value: Option<f64>,
    #[prost(message, optional, tag = "3")]
    timestamp: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
struct Timestamp {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Quantile {
    #[prost(double, optional, tag = "1")]
    quantile: Option<f64>,
    #[prost(double, optional, tag = "2")]
    value: Option<f64>,
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(uint64, optional, tag = "1")]
    count: Option<u64>,
    #[prost(double, optional, tag = "2")]
    sum: Option<f64>,
    #[prost(message, repeated, tag = "3")]
    quantile: Vec<Quantile>,
    #[prost(message, optional, tag = "4")]
    created: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
struct Bucket {
    #[prost(uint64, optional, tag = "1")]
    count: Option<u64>,
    #[prost(double, optional, tag = "2")]
    upper_bound: Option<f64>,
    #[prost(message, optional, tag = "3")]
    exemplar: Option<Exemplar>,
}

#[derive(Clone, PartialEq, Message)]
struct Span {
    #[prost(sint32, optional, tag = "1")]
    offset: Option<i32>,
    #[prost(uint32, optional, tag = "2")]
    length: Option<u32>,
}

#[derive(Clone, PartialEq, Message)]
struct Histogram {
    #[prost(uint64, optional, tag = "1")]
    count: Option<u64>,
    #[prost(double, optional, tag = "2")]
    sum: Option<f64>,
    #[prost(message, repeated, tag = "3")]
    bucket: Vec<Bucket>,
    #[prost(sint32, optional, tag = "5")]
    schema: Option<i32>,
    #[prost(double, optional, tag = "6")]
    zero_threshold: Option<f64>,
    #[prost(uint64, optional, tag = "7")]
    zero_count: Option<u64>,
    #[prost(message, repeated, tag = "9")]
    negative_span: Vec<Span>,
    #[prost(sint64, repeated, packed = "false", tag = "10")]
    negative_delta: Vec<i64>,
    #[prost(message, repeated, tag = "12")]
    positive_span: Vec<Span>,
    #[prost(sint64, repeated, packed = "false", tag = "13")]
    positive_delta: Vec<i64>,
    #[prost(message, optional, tag = "15")]
    created: Option<Timestamp>,
    #[prost(message, repeated, tag = "16")]
    exemplars: Vec<Exemplar>,
}

#[derive(Clone, PartialEq, Message)]
struct Metric {
    #[prost(message, repeated, tag = "1")]
    label: Vec<LabelPair>,
    #[prost(message, optional, tag = "2")]
    gauge: Option<Value>,
    #[prost(message, optional, tag = "3")]
    counter: Option<Counter>,
    #[prost(message, optional, tag = "4")]
    summary: Option<Summary>,
    #[prost(message, optional, tag = "5")]
    untyped: Option<Value>,
    #[prost(message, optional, tag = "7")]
    histogram: Option<Histogram>,
}

#[derive(Clone, PartialEq, Message)]
struct MetricFamily {
    #[prost(string, optional, tag = "1")]
    name: Option<String>,
    #[prost(string, optional, tag = "2")]
    help: Option<String>,
    #[prost(int32, optional, tag = "3")]
    kind: Option<i32>,
    #[prost(message, repeated, tag = "4")]
    metric: Vec<Metric>,
    #[prost(string, optional, tag = "5")]
    unit: Option<String>,
}

/// The facts of all families. Every byte must be one that the schema knows.
pub(crate) fn facts(mut page: &[u8]) -> BTreeMap<String, Facts> {
    let mut all = BTreeMap::new();
    while !page.is_empty() {
        let before = page;
        let family = MetricFamily::decode_length_delimited(&mut page).unwrap();
        let length = before.len() - page.len();
        // Fields without a place in the schema would be lost here.
        assert_eq!(family.encode_length_delimited_to_vec(), before[..length]);
        let name = family.name.clone().unwrap();
        assert!(all.insert(name, of_family(family)).is_none());
    }
    all
}

fn of_family(family: MetricFamily) -> Facts {
    let name = family.name.unwrap();
    let kinds = ["counter", "gauge", "summary", "untyped", "histogram"];
    let mut facts = Facts {
        kind: kinds[usize::try_from(family.kind.unwrap()).unwrap()].to_owned(),
        help: family.help.unwrap(),
        unit: family.unit.unwrap_or_default(),
        ..Facts::default()
    };
    for metric in family.metric {
        let labels = labels(metric.label);
        let mut told = Told {
            facts: &mut facts,
            name: &name,
            labels,
        };
        for value in [metric.gauge, metric.untyped].into_iter().flatten() {
            told.sample("", None, value.value.unwrap());
        }
        if let Some(counter) = metric.counter {
            told.sample("", None, counter.value.unwrap());
            told.exemplar("", None, counter.exemplar);
            // A name without suffix is of no counter in OpenMetrics.
            told.created(counter.created.filter(|_| name.ends_with("_total")));
        }
        if let Some(summary) = metric.summary {
            for quantile in summary.quantile {
                let label = ("quantile", quantile.quantile.unwrap());
                told.sample("", Some(label), quantile.value.unwrap());
            }
            told.sample("_sum", None, summary.sum.unwrap());
            told.sample("_count", None, summary.count.unwrap() as f64);
            told.created(summary.created);
        }
        if let Some(histogram) = metric.histogram {
            told.histogram(histogram);
        }
    }
    facts
}

struct Told<'a> {
    facts: &'a mut Facts,
    name: &'a str,
    labels: Labels,
}

impl Told<'_> {
    fn key(&self, suffix: &str, own: Option<(&str, f64)>) -> (String, Labels) {
        let mut labels = self.labels.clone();
        labels.extend(own.map(|(name, value)| (name.to_owned(), in_label(value))));
        (format!("{}{suffix}", self.name), labels)
    }

    fn sample(&mut self, suffix: &str, own: Option<(&str, f64)>, value: f64) {
        let key = self.key(suffix, own);
        let before = self.facts.samples.insert(key, Number::new(value));
        assert_eq!(before, None);
    }

    fn exemplar(&mut self, suffix: &str, own: Option<(&str, f64)>, exemplar: Option<Exemplar>) {
        let key = self.key(suffix, own);
        let exemplar = exemplar.map(|it| (key, example(it)));
        self.facts.exemplars.extend(exemplar);
    }

    fn created(&mut self, created: Option<Timestamp>) {
        let created = created.map(|it| (self.labels.clone(), it.micros()));
        self.facts.created.extend(created);
    }

    fn histogram(&mut self, histogram: Histogram) {
        let count = histogram.count.unwrap();
        if let Some(schema) = histogram.schema {
            assert_eq!((schema, histogram.zero_count), (3, Some(count)));
            assert_eq!(histogram.zero_threshold, Some(1e-3));
            let spans = |spans: &[Span]| {
                spans
                    .iter()
                    .map(|s| (s.offset.unwrap(), s.length.unwrap()))
                    .collect::<Vec<_>>()
            };
            assert_eq!(spans(&histogram.positive_span), [(-4, 1), (10, 1)]);
            assert_eq!(spans(&histogram.negative_span), [(1, 1)]);
            assert_eq!(
                (histogram.positive_delta, histogram.negative_delta),
                (vec![0, 0], vec![0])
            );
        }
        let mut is_infinite = false;
        for bucket in histogram.bucket {
            let bound = bucket.upper_bound.unwrap();
            is_infinite |= bound == f64::INFINITY;
            self.sample("_bucket", Some(("le", bound)), bucket.count.unwrap() as f64);
            self.exemplar("_bucket", Some(("le", bound)), bucket.exemplar);
        }
        if !is_infinite {
            self.sample("_bucket", Some(("le", f64::INFINITY)), count as f64);
        }
        self.sample("_sum", None, histogram.sum.unwrap());
        self.sample("_count", None, count as f64);
        self.created(histogram.created);
    }
}

impl Timestamp {
    fn micros(&self) -> i64 {
        assert!((0..1_000_000_000).contains(&self.nanos));
        micros(self.seconds as f64 + f64::from(self.nanos) / 1e9)
    }
}

fn example(exemplar: Exemplar) -> Example {
    let timestamp = exemplar.timestamp.map(|it| it.micros());
    let value = Number::new(exemplar.value.unwrap());
    (labels(exemplar.label), value, timestamp)
}

fn labels(pairs: Vec<LabelPair>) -> Labels {
    let pairs = pairs.into_iter();
    pairs
        .map(|pair| (pair.name.unwrap(), pair.value.unwrap()))
        .collect()
}
