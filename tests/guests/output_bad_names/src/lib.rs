//! Breaks each rule about names, labels, series and shapes once, between families that keep them.

use firepit_sdk::__private::bindings::firepit::collector::metrics::{
    Bucket, Family, HistogramFamily, HistogramSample, Kind, Quantile, Sample, SummaryFamily,
    SummarySample, emit, emit_histograms, emit_summaries,
};
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

struct Breaker;

impl Collector for Breaker {
    fn describe() -> Descriptor {
        Descriptor::new("output_bad_names", "Breaks the rules of the data model.")
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        let long = "x".repeat(5000);
        let many: Vec<String> = (0..65).map(|n| format!("l{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        plain("guest_good_first", "Good.", &["a"], &[&["1"], &["2"]]);
        for name in ["", "a\0", "a\tb", "a\nb 1", "a\u{1b}[2J", "\u{202e}", "a\r"] {
            plain(name, "Bad name.", &[], &[&[]]);
        }
        plain(&long, "Long name.", &[], &[&[]]);
        plain("guest_long_help", &long, &[], &[&[]]);
        plain("guest_long_label_name", "", &[&long], &[&["1"]]);
        plain("guest_long_value", "", &["a"], &[&[&long]]);
        for label in ["", "a\0b", "\u{85}", "a\nb", "a\u{2028}=\"1\",b"] {
            plain("guest_bad_label", "", &[label], &[&["1"]]);
        }
        plain(
            "guest_reserved_label",
            "",
            &["__name__"],
            &[&["node_load1"]],
        );
        plain("guest_label_twice", "", &["a", "a"], &[&["1", "2"]]);
        plain("guest_many_labels", "", &many, &[&many]);
        plain("guest_label_count", "", &["a"], &[&["1"], &["1", "2"], &[]]);
        plain("guest_series_twice", "", &["a"], &[&["1"], &["2"], &["1"]]);
        histogram("guest_le", &["le"], &[(1.0, 1)], 1);
        histogram("guest_unsorted", &[""; 0], &[(2.0, 1), (1.0, 2)], 2);
        histogram("guest_falling", &[""; 0], &[(1.0, 2), (2.0, 1)], 2);
        histogram("guest_nan", &[""; 0], &[(f64::NAN, 1)], 1);
        histogram("guest_overfull", &[""; 0], &[(1.0, 3)], 2);
        histogram("guest_infinite", &[""; 0], &[(f64::INFINITY, 1)], 2);
        summary("guest_quantile", &["quantile"], &[0.5]);
        summary("guest_outside", &[""; 0], &[0.5, 1.5]);
        summary("guest_descending", &[""; 0], &[0.9, 0.5]);
        histogram("guest_good_histogram", &[""; 0], &[(1.0, 1), (2.0, 3)], 4);
        summary("guest_good_summary", &[""; 0], &[0.5, 0.9]);
        plain("guest_good_last", "Good.", &[], &[&[]]);
        Ok(())
    }
}

fn plain(name: &str, help: &str, label_names: &[&str], rows: &[&[&str]]) {
    let samples: Vec<Sample<'_>> = (rows.iter())
        .map(|label_values| Sample {
            label_values,
            value: 1.0,
        })
        .collect();
    emit(&[Family {
        name,
        help,
        kind: Kind::Gauge,
        label_names,
        samples: &samples,
    }]);
}

fn histogram(name: &str, label_names: &[&str], buckets: &[(f64, u64)], count: u64) {
    let buckets: Vec<Bucket> = (buckets.iter())
        .map(|&(upper_bound, cumulative_count)| Bucket {
            upper_bound,
            cumulative_count,
        })
        .collect();
    let sample = HistogramSample {
        label_values: label_names,
        buckets: &buckets,
        sum: 1.0,
        count,
    };
    emit_histograms(&[HistogramFamily {
        name,
        help: "Shape.",
        label_names,
        samples: &[sample],
    }]);
}

fn summary(name: &str, label_names: &[&str], quantiles: &[f64]) {
    let quantiles: Vec<Quantile> = (quantiles.iter())
        .map(|&quantile| Quantile {
            quantile,
            value: 1.0,
        })
        .collect();
    let sample = SummarySample {
        label_values: label_names,
        quantiles: &quantiles,
        sum: 1.0,
        count: 1,
    };
    emit_summaries(&[SummaryFamily {
        name,
        help: "Shape.",
        label_names,
        samples: &[sample],
    }]);
}

export!(Breaker);
