//! Looks for what a process usually inherits: environment, arguments, standard input.

use std::io::Read as _;

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

const FOUND: Gauge<1> = Gauge::new("guest_found", "How much there was.", ["what"]);

struct Looker;

impl Collector for Looker {
    fn describe() -> Descriptor {
        Descriptor::new("escape_environment", "Looks around.")
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let mut input = Vec::new();
        // No input is an end or an error; both are nothing.
        let _ = std::io::stdin().read_to_end(&mut input);
        let mut found = metrics.gauge(&FOUND);
        found.set(["variables"], std::env::vars_os().count() as f64);
        found.set(["arguments"], std::env::args_os().count() as f64);
        found.set(["input"], input.len() as f64);
        Ok(())
    }
}

export!(Looker);
