//! Emits all that the contract can express: units, times of creation, exemplars, native histograms and
//! names with other characters.

use firepit_sdk::detailed::{CounterSample, Exemplar, HistogramSample, Native, SummarySample};
use firepit_sdk::{
    Bucket, Counter, Descriptor, Error, Gauge, Histogram, Metrics, Quantile, Summary, export,
};

const REQUESTS: Counter<1> =
    Counter::new("guest_waited_seconds_total", "Seconds waited.", ["path"]);
const TEMPERATURE: Gauge<1> = Gauge::new(
    "guest.room.temperature_celsius",
    "Temperature of \"rooms\".",
    ["room.name"],
);
const LATENCY: Histogram<0> = Histogram::new("guest_latency_seconds", "Latency.", []);
const NATIVE: Histogram<0> = Histogram::new("guest_native_bytes", "Sizes.", []);
const PAUSES: Summary<0> = Summary::new("guest_pause_seconds", "Pauses.", []);

export!(
    Detailed,
    collect,
    Descriptor::new("output_detailed", "Emits families with details.")
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let trace = |value: f64| Exemplar::new(value).label("trace_id", "4bf92f3577b34da6");

    let mut waited = REQUESTS.detailed().unit("seconds");
    let exemplar = trace(0.25).at(1_750_000_000.5);
    let sample = CounterSample::new(12.5).created(1_700_000_000.0);
    waited.push(["/"], sample.exemplar(exemplar));
    waited.push(["/idle"], 0.0);
    metrics.detailed(waited);

    let rooms = TEMPERATURE.detailed().unit("celsius");
    metrics.detailed(rooms.with(["hall"], 21.5));

    let mut native = Native::new(0);
    for seconds in [0.0, 0.5, 3.0, 3.5] {
        native.observe(seconds);
    }
    let buckets = [
        Bucket {
            upper_bound: 1.0,
            cumulative_count: 2,
        },
        Bucket {
            upper_bound: 4.0,
            cumulative_count: 4,
        },
    ];
    let latency = HistogramSample::new(&buckets, 7.0, 4)
        .created(1_700_000_000.25)
        .exemplar(trace(3.5))
        .native(native.clone());
    metrics.detailed(LATENCY.detailed().unit("seconds").with([], latency));

    native.observe(-2.0);
    let sizes = HistogramSample::of_native(native, 5.0);
    metrics.detailed(NATIVE.detailed().with([], sizes));

    let quantiles = [Quantile {
        quantile: 0.5,
        value: 0.125,
    }];
    let pauses = SummarySample::new(&quantiles, 1.5, 12).created(1_700_000_000.0);
    metrics.detailed(PAUSES.detailed().unit("seconds").with([], pauses));
    Ok(())
}
