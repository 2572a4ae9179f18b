//! Hands over metrics in `describe`.

use firepit_sdk::__private::bindings::firepit::collector::metrics::emit;
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

struct Early;

impl Collector for Early {
    fn describe() -> Descriptor {
        emit(&[]);
        Descriptor::new("describe_emits", "Emits in describe.")
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        Ok(())
    }
}

export!(Early);
