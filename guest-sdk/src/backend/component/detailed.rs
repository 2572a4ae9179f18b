//! Emits detailed families to the host.

use super::{Sink, borrow, metrics};
use crate::detailed::SummarySample;
use crate::detailed::{CounterSample, Exemplar, Family, HistogramSample, Native, Samples};

/// The lists of a sample, which the contract's types borrow.
struct Lists<'a> {
    label_values: Vec<&'a str>,
    exemplars: Vec<Vec<metrics::ExemplarLabel<'a>>>,
}

impl Sink {
    pub(crate) fn emit_detailed(&mut self, family: Family) {
        match &family.samples {
            Samples::Counter(samples) => counters(&family, samples),
            Samples::Gauge(samples) => {
                let values = samples.iter().map(|(labels, sample)| (labels, sample.0));
                plain(&family, values, |samples| {
                    metrics::DetailedSamples::Gauges(samples)
                });
            }
            Samples::Untyped(samples) => {
                let values = samples.iter().map(|(labels, sample)| (labels, sample.0));
                plain(&family, values, |samples| {
                    metrics::DetailedSamples::Untyped(samples)
                });
            }
            Samples::Histogram(samples) => histograms(&family, samples),
            Samples::Summary(samples) => summaries(&family, samples),
        }
    }
}

fn emit(family: &Family, samples: metrics::DetailedSamples<'_>) {
    metrics::emit_detailed(&[metrics::DetailedFamily {
        name: &family.name,
        help: &family.help,
        unit: &family.unit,
        label_names: &borrow(&family.label_names),
        samples,
    }]);
}

fn plain<'a>(
    family: &Family,
    values: impl Iterator<Item = (&'a Vec<String>, f64)>,
    of_kind: impl for<'b> FnOnce(&'b [metrics::Sample<'b>]) -> metrics::DetailedSamples<'b>,
) {
    let rows: Vec<(Vec<&str>, f64)> = values
        .map(|(labels, value)| (borrow(labels), value))
        .collect();
    let samples: Vec<metrics::Sample<'_>> = rows
        .iter()
        .map(|(label_values, value)| metrics::Sample {
            label_values,
            value: *value,
        })
        .collect();
    emit(family, of_kind(&samples));
}

fn counters(family: &Family, samples: &[(Vec<String>, CounterSample)]) {
    let lists: Vec<Lists<'_>> = samples
        .iter()
        .map(|(labels, sample)| lists(labels, sample.exemplar.as_slice()))
        .collect();
    let samples: Vec<metrics::CounterSample<'_>> = samples
        .iter()
        .zip(&lists)
        .map(|((_, sample), lists)| metrics::CounterSample {
            label_values: &lists.label_values,
            value: sample.value,
            created: sample.created,
            exemplar: exemplars(sample.exemplar.as_slice(), lists).next(),
        })
        .collect();
    emit(family, metrics::DetailedSamples::Counters(&samples));
}

/// The lists of one distribution.
struct Distribution<'a> {
    buckets: Vec<metrics::Bucket>,
    exemplars: Vec<metrics::Exemplar<'a>>,
    positive: Vec<metrics::NativeBucket>,
    negative: Vec<metrics::NativeBucket>,
}

fn histograms(family: &Family, samples: &[(Vec<String>, HistogramSample)]) {
    let lists: Vec<Lists<'_>> = samples
        .iter()
        .map(|(labels, sample)| lists(labels, &sample.exemplars))
        .collect();
    let parts: Vec<Distribution<'_>> = samples
        .iter()
        .zip(&lists)
        .map(|((_, sample), lists)| distribution(sample, lists))
        .collect();
    let samples: Vec<metrics::DetailedHistogramSample<'_>> = samples
        .iter()
        .zip(lists.iter().zip(&parts))
        .map(
            |((_, sample), (lists, parts))| metrics::DetailedHistogramSample {
                label_values: &lists.label_values,
                buckets: &parts.buckets,
                sum: sample.sum,
                count: sample.count,
                created: sample.created,
                exemplars: &parts.exemplars,
                native: sample
                    .native
                    .as_ref()
                    .map(|native| metrics::NativeHistogram {
                        schema: native.schema,
                        zero_threshold: native.zero_threshold,
                        zero_count: native.zero_count,
                        positive: &parts.positive,
                        negative: &parts.negative,
                    }),
            },
        )
        .collect();
    emit(family, metrics::DetailedSamples::Histograms(&samples));
}

fn summaries(family: &Family, samples: &[(Vec<String>, SummarySample)]) {
    let lists: Vec<(Vec<&str>, Vec<metrics::Quantile>)> = samples
        .iter()
        .map(|(labels, sample)| {
            let quantiles = sample.quantiles.iter().map(|quantile| metrics::Quantile {
                quantile: quantile.quantile,
                value: quantile.value,
            });
            (borrow(labels), quantiles.collect())
        })
        .collect();
    let samples: Vec<metrics::DetailedSummarySample<'_>> = samples
        .iter()
        .zip(&lists)
        .map(
            |((_, sample), (label_values, quantiles))| metrics::DetailedSummarySample {
                label_values,
                quantiles,
                sum: sample.sum,
                count: sample.count,
                created: sample.created,
            },
        )
        .collect();
    emit(family, metrics::DetailedSamples::Summaries(&samples));
}

fn lists<'a>(label_values: &'a [String], exemplars: &'a [Exemplar]) -> Lists<'a> {
    let labels = |exemplar: &'a Exemplar| {
        let labels = exemplar.labels.iter();
        let labels = labels.map(|(name, value)| metrics::ExemplarLabel { name, value });
        labels.collect()
    };
    Lists {
        label_values: borrow(label_values),
        exemplars: exemplars.iter().map(labels).collect(),
    }
}

fn exemplars<'a>(
    exemplars: &'a [Exemplar],
    lists: &'a Lists<'a>,
) -> impl Iterator<Item = metrics::Exemplar<'a>> {
    let exemplars = exemplars.iter().zip(&lists.exemplars);
    exemplars.map(|(exemplar, labels)| metrics::Exemplar {
        labels,
        value: exemplar.value,
        timestamp: exemplar.timestamp,
    })
}

fn distribution<'a>(sample: &'a HistogramSample, lists: &'a Lists<'a>) -> Distribution<'a> {
    let buckets = sample.buckets.iter().map(|bucket| metrics::Bucket {
        upper_bound: bucket.upper_bound,
        cumulative_count: bucket.cumulative_count,
    });
    let side = |of: fn(&Native) -> &std::collections::BTreeMap<i32, u64>| {
        let buckets = sample.native.iter().flat_map(of);
        buckets
            .map(|(&index, &count)| metrics::NativeBucket { index, count })
            .collect()
    };
    Distribution {
        buckets: buckets.collect(),
        exemplars: exemplars(&sample.exemplars, lists).collect(),
        positive: side(|native| &native.positive),
        negative: side(|native| &native.negative),
    }
}
