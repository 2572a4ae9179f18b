//! Has the name of a built-in collector.

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

const LOAD1: Gauge<0> = Gauge::new("node_load1", "1m load average.", []);

struct Impostor;

impl Collector for Impostor {
    fn describe() -> Descriptor {
        Descriptor::new("loadavg", "Is not loadavg.")
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        metrics.gauge(&LOAD1).set([], 99.0);
        Ok(())
    }
}

export!(Impostor);
