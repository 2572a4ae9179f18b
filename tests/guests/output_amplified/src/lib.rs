//! Hands over little that would be much on the page, or much that would be little on the page.

use firepit_sdk::__private::bindings::firepit::collector::metrics::{
    Bucket, CounterSample, DetailedFamily, DetailedHistogramSample, DetailedSamples, Exemplar,
    ExemplarLabel, Family, HistogramFamily, HistogramSample, Kind, NativeBucket, NativeHistogram,
    Quantile, Sample, SummaryFamily, SummarySample, emit, emit_detailed, emit_histograms,
    emit_summaries,
};
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

/// Just below the limit on series.
const LINES: u32 = 199_900;

struct Amplifier {
    what: String,
    count: u32,
}

impl Collector for Amplifier {
    fn describe() -> Descriptor {
        Descriptor::new("output_amplified", "Says little that takes much room.")
            .text(
                "what",
                "histogram",
                "histogram, summary, names, escapes, empty, families, native, exemplars or dots.",
            )
            .number("count", f64::from(LINES), "Lines, or families.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            what: settings.text("what").to_owned(),
            count: settings.number("count").unwrap_or_default() as u32,
        })
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        let long = "v".repeat(4096);
        let names: Vec<String> = (0..60).map(|n| format!("l{n:02}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let two = names.get(..2).unwrap_or_default();
        match self.what.as_str() {
            "summary" => summary(&names, &[long.as_str(); 60], self.count),
            "names" => {
                let names: Vec<String> = (0..60).map(|n| format!("l{n:0>249}")).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                series("guest_names", &names, "", self.count.min(20_000));
            }
            "escapes" => series("guest_escapes", two, &"\"\\\n".repeat(1300), self.count),
            "empty" => series("guest_empty", &names, "", self.count),
            "native" => native(self.count),
            "exemplars" => exemplars(self.count),
            // Each dot may become five characters.
            "dots" => series(&".".repeat(256), &[], "", self.count),
            "families" => {
                for number in 0..self.count {
                    series(&format!("guest_family_{number:05}"), two, &long, 50);
                }
            }
            _ => histogram(&names, &[long.as_str(); 60], self.count),
        }
        Ok(())
    }
}

fn histogram(label_names: &[&str], label_values: &[&str], count: u32) {
    let bucket = |number: u32| Bucket {
        upper_bound: f64::from(number),
        cumulative_count: number.into(),
    };
    let buckets: Vec<Bucket> = (0..count).map(bucket).collect();
    emit_histograms(&[HistogramFamily {
        name: "guest_histogram",
        help: "",
        label_names,
        samples: &[HistogramSample {
            label_values,
            buckets: &buckets,
            sum: 1.0,
            count: count.into(),
        }],
    }]);
}

/// As many histograms, whose native buckets take room in one format only.
fn native(count: u32) {
    let buckets: Vec<NativeBucket> = (0..1000)
        .map(|index| NativeBucket { index, count: 0 })
        .collect();
    for number in 0..count {
        let sample = DetailedHistogramSample {
            label_values: &[],
            buckets: &[],
            sum: 0.0,
            count: 0,
            created: None,
            exemplars: &[],
            native: Some(NativeHistogram {
                schema: 0,
                zero_threshold: 0.0,
                zero_count: 0,
                positive: &buckets,
                negative: &[],
            }),
        };
        let name = format!("guest_native_{}", number % 4_000);
        detailed(&name, DetailedSamples::Histograms(&[sample]));
    }
}

/// As many counters, each with an exemplar of a hundred thousand empty labels.
fn exemplars(count: u32) {
    let labels = vec![
        ExemplarLabel {
            name: "",
            value: ""
        };
        100_000
    ];
    for _ in 0..count {
        let sample = CounterSample {
            label_values: &[],
            value: 1.0,
            created: None,
            exemplar: Some(Exemplar {
                labels: &labels,
                value: 1.0,
                timestamp: None,
            }),
        };
        detailed("guest_exemplars", DetailedSamples::Counters(&[sample]));
    }
}

fn detailed(name: &str, samples: DetailedSamples<'_>) {
    emit_detailed(&[DetailedFamily {
        name,
        help: "",
        unit: "",
        label_names: &[],
        samples,
    }]);
}

fn summary(label_names: &[&str], label_values: &[&str], count: u32) {
    let quantile = |number: u32| Quantile {
        quantile: f64::from(number) / f64::from(count),
        value: 1.0,
    };
    let quantiles: Vec<Quantile> = (0..count).map(quantile).collect();
    emit_summaries(&[SummaryFamily {
        name: "guest_summary",
        help: "",
        label_names,
        samples: &[SummarySample {
            label_values,
            quantiles: &quantiles,
            sum: 1.0,
            count: count.into(),
        }],
    }]);
}

/// So many series, a thousand of them in each call. The first label tells them apart, all others
/// have one value.
fn series(name: &str, label_names: &[&str], value: &str, count: u32) {
    for first in (0..count).step_by(1000) {
        let firsts: Vec<String> = (first..count.min(first + 1000))
            .map(|n| n.to_string())
            .collect();
        let values: Vec<Vec<&str>> = (firsts.iter())
            .map(|first| {
                let mut values = vec![value; label_names.len()];
                if let Some(value) = values.first_mut() {
                    *value = first;
                }
                values
            })
            .collect();
        let samples: Vec<Sample<'_>> = (values.iter())
            .map(|label_values| Sample {
                label_values,
                value: 1.0,
            })
            .collect();
        emit(&[Family {
            name,
            help: "",
            kind: Kind::Gauge,
            label_names,
            samples: &samples,
        }]);
    }
}

export!(Amplifier);
