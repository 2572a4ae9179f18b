//! From the `prometheus` crate's model to [`record`](crate::record): what its registry holds, as
//! families for the page.

use prometheus::Registry;
use prometheus::proto::{self, MetricType};

use crate::record::{Bucket, Family, Histogram, Quantile, Sample, Samples, Summary};

/// All families of the registry.
///
/// Label sets with differing names, which one record cannot hold, become several records of the
/// same name. Untyped metrics, which the crate has a type for but never makes, are left out.
pub(super) fn gather(registry: &Registry) -> Vec<Family> {
    (registry.gather().into_iter())
        .flat_map(|family| records(&family))
        .collect()
}

/// One record for each list of label names in the family.
fn records(family: &proto::MetricFamily) -> Vec<Family> {
    let mut groups: Vec<Vec<&proto::Metric>> = Vec::with_capacity(1);
    for metric in family.get_metric() {
        let group = (groups.iter_mut())
            .find(|group| group.first().is_some_and(|first| same_names(first, metric)));
        match group {
            Some(group) => group.push(metric),
            None => groups.push(vec![metric]),
        }
    }
    (groups.iter())
        .filter_map(|group| {
            Some(Family {
                name: family.name().to_owned(),
                help: family.help().to_owned(),
                label_names: (group.first()?.get_label().iter())
                    .map(|label| label.name().to_owned())
                    .collect(),
                samples: samples(family.get_field_type(), group)?,
            })
        })
        .collect()
}

fn same_names(a: &proto::Metric, b: &proto::Metric) -> bool {
    (a.get_label().iter().map(proto::LabelPair::name))
        .eq(b.get_label().iter().map(proto::LabelPair::name))
}

fn samples(kind: MetricType, metrics: &[&proto::Metric]) -> Option<Samples> {
    let values = |value: fn(&proto::Metric) -> f64| {
        (metrics.iter())
            .map(|metric| Sample {
                label_values: label_values(metric),
                value: value(metric),
            })
            .collect()
    };
    Some(match kind {
        MetricType::COUNTER => Samples::Counter(values(|metric| metric.get_counter().get_value())),
        MetricType::GAUGE => Samples::Gauge(values(|metric| metric.get_gauge().get_value())),
        MetricType::HISTOGRAM => {
            Samples::Histogram(metrics.iter().map(|metric| histogram(metric)).collect())
        }
        MetricType::SUMMARY => {
            Samples::Summary(metrics.iter().map(|metric| summary(metric)).collect())
        }
        MetricType::UNTYPED => return None,
    })
}

fn label_values(metric: &proto::Metric) -> Vec<String> {
    (metric.get_label().iter())
        .map(|label| label.value().to_owned())
        .collect()
}

fn histogram(metric: &proto::Metric) -> Histogram {
    let histogram = metric.get_histogram();
    Histogram {
        label_values: label_values(metric),
        buckets: (histogram.get_bucket().iter())
            .map(|bucket| Bucket {
                upper_bound: bucket.upper_bound(),
                cumulative_count: bucket.cumulative_count(),
            })
            .collect(),
        sum: histogram.get_sample_sum(),
        count: histogram.get_sample_count(),
    }
}

fn summary(metric: &proto::Metric) -> Summary {
    let summary = metric.get_summary();
    Summary {
        label_values: label_values(metric),
        quantiles: (summary.get_quantile().iter())
            .map(|quantile| Quantile {
                quantile: quantile.quantile(),
                value: quantile.value(),
            })
            .collect(),
        sum: summary.sample_sum(),
        count: summary.sample_count(),
    }
}

#[cfg(test)]
mod tests {
    use prometheus::core::{Collector, Desc};
    use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts};

    use super::*;

    fn sample(labels: &[&str], value: f64) -> Sample {
        Sample {
            label_values: labels.iter().map(|&value| value.to_owned()).collect(),
            value,
        }
    }

    fn family(name: &str, label_names: &[&str], samples: Samples) -> Family {
        Family {
            name: name.to_owned(),
            help: "Help.".to_owned(),
            label_names: label_names.iter().map(|&name| name.to_owned()).collect(),
            samples,
        }
    }

    #[test]
    fn an_empty_registry_gives_nothing() {
        assert_eq!(gather(&Registry::new()), []);
    }

    #[test]
    fn counters_keep_names_and_values_of_labels_together() {
        let registry = Registry::new();
        let counters = IntCounterVec::new(Opts::new("c_total", "Help."), &["z", "a"]).unwrap();
        registry.register(Box::new(counters.clone())).unwrap();
        counters.with_label_values(&["of z", "of a"]).inc_by(3);
        counters.with_label_values(&["", "line\nbreak"]).inc();
        let Samples::Counter(mut samples) = gather(&registry).remove(0).samples else {
            panic!("no counter");
        };
        samples.sort_by(|a, b| a.value.total_cmp(&b.value));
        let names = &gather(&registry)[0].label_names;
        assert_eq!(*names, ["a", "z"]);
        assert_eq!(
            samples,
            [
                sample(&["line\nbreak", ""], 1.0),
                sample(&["of a", "of z"], 3.0)
            ]
        );
    }

    #[test]
    fn a_gauge_may_be_negative_and_without_labels() {
        let registry = Registry::new();
        let gauge = IntGauge::new("g", "Help.").unwrap();
        registry.register(Box::new(gauge.clone())).unwrap();
        gauge.set(-5);
        let expected = family("g", &[], Samples::Gauge(vec![sample(&[], -5.0)]));
        assert_eq!(gather(&registry), [expected]);
    }

    #[test]
    fn histograms_keep_their_cumulative_buckets() {
        let registry = Registry::new();
        let options = HistogramOpts::new("h", "Help.").buckets(vec![1.0, 2.0]);
        let histograms = HistogramVec::new(options, &["l"]).unwrap();
        registry.register(Box::new(histograms.clone())).unwrap();
        for value in [0.5, 1.5, 1.5, 9.0] {
            histograms.with_label_values(&["v"]).observe(value);
        }
        let bucket = |upper_bound, cumulative_count| Bucket {
            upper_bound,
            cumulative_count,
        };
        let expected = Histogram {
            label_values: vec!["v".to_owned()],
            buckets: vec![bucket(1.0, 1), bucket(2.0, 3)],
            sum: 12.5,
            count: 4,
        };
        let expected = family("h", &["l"], Samples::Histogram(vec![expected]));
        assert_eq!(gather(&registry), [expected]);
    }

    /// Gives a family that none of the crate's own metrics would give.
    struct Odd(Vec<Desc>, proto::MetricFamily);

    impl Odd {
        fn new(kind: MetricType, metrics: Vec<proto::Metric>) -> Box<Self> {
            let desc = Desc::new("odd".into(), "Help.".into(), vec![], Default::default());
            let mut family = proto::MetricFamily::default();
            family.set_name("odd".to_owned());
            family.set_help("Help.".to_owned());
            family.set_field_type(kind);
            family.set_metric(metrics);
            Box::new(Self(vec![desc.unwrap()], family))
        }
    }

    impl Collector for Odd {
        fn desc(&self) -> Vec<&Desc> {
            self.0.iter().collect()
        }

        fn collect(&self) -> Vec<proto::MetricFamily> {
            vec![self.1.clone()]
        }
    }

    fn metric(labels: &[(&str, &str)]) -> proto::Metric {
        let pair = |&(name, value): &(&str, &str)| {
            let mut pair = proto::LabelPair::default();
            pair.set_name(name.to_owned());
            pair.set_value(value.to_owned());
            pair
        };
        proto::Metric::from_label(labels.iter().map(pair).collect())
    }

    #[test]
    fn differing_label_names_make_several_records() {
        let registry = Registry::new();
        let metrics = vec![
            metric(&[("a", "1")]),
            metric(&[]),
            metric(&[("b", "2")]),
            metric(&[("a", "3")]),
        ];
        (registry.register(Odd::new(MetricType::GAUGE, metrics))).unwrap();
        let gauge = |names: &[&str], samples| family("odd", names, Samples::Gauge(samples));
        let expected = [
            gauge(&[], vec![sample(&[], 0.0)]),
            gauge(&["a"], vec![sample(&["1"], 0.0), sample(&["3"], 0.0)]),
            gauge(&["b"], vec![sample(&["2"], 0.0)]),
        ];
        assert_eq!(gather(&registry), expected);
    }

    #[test]
    fn summaries_are_kept() {
        let registry = Registry::new();
        let mut quantile = proto::Quantile::default();
        quantile.set_quantile(0.5);
        quantile.set_value(7.0);
        let mut summary = proto::Summary::default();
        summary.set_quantile(vec![quantile]);
        summary.set_sample_sum(14.0);
        summary.set_sample_count(2);
        let mut metric = metric(&[("l", "v")]);
        metric.set_summary(summary);
        (registry.register(Odd::new(MetricType::SUMMARY, vec![metric]))).unwrap();
        let expected = Summary {
            label_values: vec!["v".to_owned()],
            quantiles: vec![Quantile {
                quantile: 0.5,
                value: 7.0,
            }],
            sum: 14.0,
            count: 2,
        };
        let expected = family("odd", &["l"], Samples::Summary(vec![expected]));
        assert_eq!(gather(&registry), [expected]);
    }

    #[test]
    fn empty_and_untyped_families_are_left_out() {
        let registry = Registry::new();
        (registry.register(Odd::new(MetricType::COUNTER, Vec::new()))).unwrap();
        assert_eq!(gather(&registry), []);
        let registry = Registry::new();
        (registry.register(Odd::new(MetricType::UNTYPED, vec![metric(&[])]))).unwrap();
        assert_eq!(gather(&registry), []);
    }
}
