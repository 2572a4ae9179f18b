//! What becomes of families on their way to the page: validate, merge, encode.
//!
//! ```text
//! cargo bench -p firepit-tests --bench encode
//! ```
//!
//! Two pages: 600 series as a small host has them, and 100,000 as a large one may. Times are CPU time.

use criterion::{BatchSize, Criterion, Throughput};
use firepit_exposition::encode::{Format, encode};
use firepit_exposition::merge::{Part, merge};
use firepit_exposition::record::{Family, Sample, Samples};
use firepit_exposition::validate::Bounds;
use firepit_exposition::validate::{self, validate};

use cpu_time::CpuTime;

mod cpu_time;

fn main() {
    let mut criterion = Criterion::default()
        .with_measurement(CpuTime)
        .sample_size(30)
        .configure_from_args();
    page(&mut criterion, 120, 5);
    page(&mut criterion, 100, 1000);
    criterion.final_summary();
}

/// Measures the stages over so many families of so many series each.
fn page(criterion: &mut Criterion<CpuTime>, families: usize, series: usize) {
    let bounds = Bounds::default();
    let recorded: Vec<Family> = (0..families).map(|number| family(number, series)).collect();
    let (valid, _) = validate(recorded.clone(), &bounds);
    let merged = merge([source(valid)]).families;

    let total = families * series;
    let mut group = criterion.benchmark_group(format!("{total} series"));
    group.throughput(Throughput::Elements(total as u64));
    group.bench_function("validate", |bencher| {
        let families = || recorded.clone();
        let run = |families| validate(families, &bounds);
        bencher.iter_batched(families, run, BatchSize::LargeInput);
    });
    group.bench_function("merge", |bencher| {
        let valid = || [source(validate(recorded.clone(), &bounds).0)];
        bencher.iter_batched(valid, merge, BatchSize::LargeInput);
    });
    group.bench_function("encode", |bencher| {
        bencher.iter(|| encode(&merged, Format::Text004))
    });
    group.finish();
}

fn source(families: Vec<validate::Family>) -> Part {
    Part {
        source: "collector".into(),
        exclusive: false,
        families,
    }
}

/// A family with two labels, in the order of a kernel's table: not that of the page.
fn family(number: usize, series: usize) -> Family {
    let sample = |index: usize| Sample {
        label_values: vec![format!("device{index}"), "receive".to_owned()],
        value: (number * 1000 + index) as f64 * 1.25,
        extra: None,
    };
    Family {
        name: format!("node_example_{}_total", number * 7919 % 1000),
        help: "The total number of bytes received successfully.".to_owned(),
        unit: String::new(),
        label_names: vec!["device".to_owned(), "direction".to_owned()],
        samples: Samples::Counter((0..series).map(sample).collect()),
    }
}
