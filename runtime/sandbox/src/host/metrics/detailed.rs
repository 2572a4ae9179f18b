//! Converts detailed families of the contract to records. Texts and lists are moved.

use firepit_exposition::record::{
    Exemplar, Extra, Family, Histogram, Native, NativeBucket, Sample, Samples, Summary,
};

use super::{bucket, quantile, sample};
use crate::contract::firepit::collector::metrics as wit;

pub(super) fn detailed(family: wit::DetailedFamily) -> Family {
    let samples = match family.samples {
        wit::DetailedSamples::Counters(samples) => Samples::Counter(each(samples, counter)),
        wit::DetailedSamples::Gauges(samples) => Samples::Gauge(each(samples, sample)),
        wit::DetailedSamples::Untyped(samples) => Samples::Untyped(each(samples, sample)),
        wit::DetailedSamples::Histograms(samples) => Samples::Histogram(each(samples, histogram)),
        wit::DetailedSamples::Summaries(samples) => Samples::Summary(each(samples, summary)),
    };
    Family {
        name: family.name,
        help: family.help,
        unit: family.unit,
        label_names: family.label_names,
        samples,
    }
}

fn each<T, U>(list: Vec<T>, convert: impl FnMut(T) -> U) -> Vec<U> {
    list.into_iter().map(convert).collect()
}

fn counter(sample: wit::CounterSample) -> Sample {
    let wit::CounterSample {
        label_values,
        value,
        created,
        exemplar: example,
    } = sample;
    let extra = (created.is_some() || example.is_some()).then(|| {
        Box::new(Extra {
            created,
            exemplar: example.map(exemplar),
        })
    });
    Sample {
        label_values,
        value,
        extra,
    }
}

fn exemplar(exemplar: wit::Exemplar) -> Exemplar {
    Exemplar {
        labels: each(exemplar.labels, |label| (label.name, label.value)),
        value: exemplar.value,
        timestamp: exemplar.timestamp,
    }
}

fn histogram(sample: wit::DetailedHistogramSample) -> Histogram {
    Histogram {
        label_values: sample.label_values,
        buckets: each(sample.buckets, bucket),
        sum: sample.sum,
        count: sample.count,
        created: sample.created,
        exemplars: each(sample.exemplars, exemplar),
        native: sample.native.map(|histogram| Box::new(native(histogram))),
    }
}

fn native(histogram: wit::NativeHistogram) -> Native {
    let bucket = |bucket: wit::NativeBucket| NativeBucket {
        index: bucket.index,
        count: bucket.count,
    };
    Native {
        schema: histogram.schema,
        zero_threshold: histogram.zero_threshold,
        zero_count: histogram.zero_count,
        positive: each(histogram.positive, bucket),
        negative: each(histogram.negative, bucket),
    }
}

fn summary(sample: wit::DetailedSummarySample) -> Summary {
    Summary {
        label_values: sample.label_values,
        quantiles: each(sample.quantiles, quantile),
        sum: sample.sum,
        count: sample.count,
        created: sample.created,
    }
}
