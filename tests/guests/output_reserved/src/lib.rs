//! Shows families under any names, those of others among them: of built-in collectors, of the
//! exporter, and of Prometheus.

use firepit_sdk::__private::bindings::firepit::collector::metrics::{
    Bucket, Family, HistogramFamily, HistogramSample, Kind, Quantile, Sample, SummaryFamily,
    SummarySample, emit, emit_histograms, emit_summaries,
};
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

/// As node_exporter has it, so that nothing but the name speaks against it.
const HELP: &str = "1m load average.";
/// No others than what a plain sample has.
const NO_LABELS: [&str; 0] = [];

struct Taker {
    gauges: Vec<String>,
    histograms: Vec<String>,
    summaries: Vec<String>,
}

impl Collector for Taker {
    fn describe() -> Descriptor {
        Descriptor::new("output_reserved", "Takes the names of others.")
            .repeated("gauge", "Name of a gauge.")
            .repeated("histogram", "Name of a histogram.")
            .repeated("summary", "Name of a summary.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            gauges: settings.texts("gauge").to_vec(),
            histograms: settings.texts("histogram").to_vec(),
            summaries: settings.texts("summary").to_vec(),
        })
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        for name in &self.gauges {
            gauge(name);
        }
        for name in &self.histograms {
            histogram(name);
        }
        for name in &self.summaries {
            summary(name);
        }
        gauge("guest_reserved_own");
        Ok(())
    }
}

fn gauge(name: &str) {
    let sample = Sample {
        label_values: &NO_LABELS,
        value: 99.0,
    };
    emit(&[Family {
        name,
        help: HELP,
        kind: Kind::Gauge,
        label_names: &NO_LABELS,
        samples: &[sample],
    }]);
}

fn histogram(name: &str) {
    let bucket = Bucket {
        upper_bound: 1.0,
        cumulative_count: 99,
    };
    let sample = HistogramSample {
        label_values: &NO_LABELS,
        buckets: &[bucket],
        sum: 99.0,
        count: 99,
    };
    emit_histograms(&[HistogramFamily {
        name,
        help: HELP,
        label_names: &NO_LABELS,
        samples: &[sample],
    }]);
}

fn summary(name: &str) {
    let quantile = Quantile {
        quantile: 0.5,
        value: 99.0,
    };
    let sample = SummarySample {
        label_values: &NO_LABELS,
        quantiles: &[quantile],
        sum: 99.0,
        count: 99,
    };
    emit_summaries(&[SummaryFamily {
        name,
        help: HELP,
        label_names: &NO_LABELS,
        samples: &[sample],
    }]);
}

export!(Taker);
