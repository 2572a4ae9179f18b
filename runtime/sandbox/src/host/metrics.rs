//! `metrics`: receives emitted families and enforces the output limits.

mod detailed;

use super::{State, stop};
use crate::budget::{Budget, Hold};
use crate::contract::firepit::collector::metrics as wit;
use crate::failure::Failure;
use crate::fuel;
use crate::limits::Limits;
use firepit_exposition::record::{
    Bucket, Family, Histogram, Quantile, Sample, Samples, Size, Summary,
};

/// Output of one call so far.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub(super) families: Vec<Family>,
    /// Memory held for the families.
    pub(super) held: Hold,
    series: usize,
    bytes: usize,
}

impl Output {
    /// Empty output, whose memory is counted in a budget.
    pub(super) fn new(memory: &Budget) -> Self {
        Self {
            held: memory.hold(),
            ..Self::default()
        }
    }

    /// Adds a family if it is within the limits; returns its cost in fuel. Its size in the response
    /// and in memory is computed before it is stored.
    fn add(&mut self, family: Family, limits: &Limits) -> Result<u64, Failure> {
        let size = Size::of(&family);
        self.series = self.series.saturating_add(size.series);
        self.bytes = self.bytes.saturating_add(size.text);
        if self.families.len() >= limits.families {
            return Err(Failure::Output("families"));
        }
        if self.series > limits.series {
            return Err(Failure::Output("series"));
        }
        if self.bytes > limits.output_bytes {
            return Err(Failure::Output("text"));
        }
        let held = self.held.grow(size.memory);
        held.map_err(|_| Failure::TotalMemory)?;
        self.families.push(family);
        let series = (size.series as u64).saturating_mul(fuel::SERIES);
        Ok(series.saturating_add((size.text as u64).saturating_mul(fuel::BYTE_TEXT)))
    }
}

impl State {
    fn only_while_collecting(&self, what: &str) -> wasmtime::Result<()> {
        if self.collecting {
            return Ok(());
        }
        let message = format!("{what} outside of collect");
        Err(stop(Failure::Contract(message)))
    }

    fn take(&mut self, families: impl Iterator<Item = Family>) -> wasmtime::Result<()> {
        self.only_while_collecting("metrics were emitted")?;
        self.charge(fuel::CALL);
        for family in families {
            let cost = self.output.add(family, &self.limits).map_err(stop)?;
            self.charge(cost);
            self.check()?;
        }
        Ok(())
    }
}

impl wit::Host for State {
    fn emit(&mut self, families: Vec<wit::Family>) -> wasmtime::Result<()> {
        self.take(families.into_iter().map(plain))
    }

    fn emit_histograms(&mut self, families: Vec<wit::HistogramFamily>) -> wasmtime::Result<()> {
        self.take(families.into_iter().map(histogram))
    }

    fn emit_summaries(&mut self, families: Vec<wit::SummaryFamily>) -> wasmtime::Result<()> {
        self.take(families.into_iter().map(summary))
    }

    fn emit_detailed(&mut self, families: Vec<wit::DetailedFamily>) -> wasmtime::Result<()> {
        self.take(families.into_iter().map(detailed::detailed))
    }

    fn skipped(&mut self, file: String, line: u32, problem: String) -> wasmtime::Result<()> {
        self.only_while_collecting("a value was reported as skipped")?;
        self.skip(file, line, problem)
    }
}

fn plain(family: wit::Family) -> Family {
    let samples = family.samples.into_iter().map(sample).collect();
    Family {
        name: family.name,
        help: family.help,
        unit: String::new(),
        label_names: family.label_names,
        samples: match family.kind {
            wit::Kind::Counter => Samples::Counter(samples),
            wit::Kind::Gauge => Samples::Gauge(samples),
            wit::Kind::Untyped => Samples::Untyped(samples),
        },
    }
}

fn sample(sample: wit::Sample) -> Sample {
    Sample::new(sample.label_values, sample.value)
}

fn histogram(family: wit::HistogramFamily) -> Family {
    let samples = family.samples.into_iter().map(|sample| Histogram {
        label_values: sample.label_values,
        buckets: sample.buckets.into_iter().map(bucket).collect(),
        sum: sample.sum,
        count: sample.count,
        created: None,
        exemplars: Vec::new(),
        native: None,
    });
    Family {
        name: family.name,
        help: family.help,
        unit: String::new(),
        label_names: family.label_names,
        samples: Samples::Histogram(samples.collect()),
    }
}

fn bucket(bucket: wit::Bucket) -> Bucket {
    Bucket {
        upper_bound: bucket.upper_bound,
        cumulative_count: bucket.cumulative_count,
    }
}

fn summary(family: wit::SummaryFamily) -> Family {
    let samples = family.samples.into_iter().map(|sample| Summary {
        label_values: sample.label_values,
        quantiles: sample.quantiles.into_iter().map(quantile).collect(),
        sum: sample.sum,
        count: sample.count,
        created: None,
    });
    Family {
        name: family.name,
        help: family.help,
        unit: String::new(),
        label_names: family.label_names,
        samples: Samples::Summary(samples.collect()),
    }
}

fn quantile(quantile: wit::Quantile) -> Quantile {
    Quantile {
        quantile: quantile.quantile,
        value: quantile.value,
    }
}
