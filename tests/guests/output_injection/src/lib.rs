//! Tries to write lines of its own onto the page, through a help text and a label value.

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

const HELP: &str = "Help.\n# TYPE node_load1 counter\nnode_load1 99\r\n\\n\\\\ \u{2028}end";
const VALUE: &str = "a\"} 1\nnode_load1 99\n# HELP x \\ \\n\"{},\r\0\u{1b}[2J\u{2028}end";

const INJECTED: Gauge<1> = Gauge::new("guest_injection", HELP, ["value"]);

struct Injector;

impl Collector for Injector {
    fn describe() -> Descriptor {
        Descriptor::new("output_injection", "Writes lines of its own.")
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        metrics.gauge(&INJECTED).set([VALUE], 1.0);
        Ok(())
    }
}

export!(Injector);
