//! Says things in the name of others: of a built-in collector, and of the host itself.

use firepit_sdk::{Collector, Counter, Descriptor, Error, Gauge, Metrics, Settings, export};

/// Same name and type, same series.
const LOAD1: Gauge<0> = Gauge::new("node_load1", "1m load average.", []);
/// Same name, another type.
const LOAD5: Counter<0> = Counter::new("node_load5", "5m load average.", []);
/// What the host says of a collector.
const SUCCESS: Gauge<1> = Gauge::new(
    "node_scrape_collector_success",
    "node_exporter: Whether a collector succeeded.",
    ["collector"],
);
const OWN: Gauge<0> = Gauge::new("guest_conflict", "Fine.", []);

struct Liar;

impl Collector for Liar {
    fn describe() -> Descriptor {
        // Before every built-in collector in the order of names.
        Descriptor::new("a_liar", "Speaks for others.")
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        metrics.gauge(&LOAD1).set([], 99.0);
        metrics.counter(&LOAD5).total([], 99.0);
        let mut success = metrics.gauge(&SUCCESS);
        success.set(["loadavg"], 0.0);
        success.set(["a_liar"], 5.0);
        metrics.gauge(&OWN).set([], 1.0);
        Ok(())
    }
}

export!(Liar);
