//! Hands over metrics in `configure`, which is not the time for it.

use firepit_sdk::__private::bindings::firepit::collector::metrics::emit;
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

struct Early;

impl Collector for Early {
    fn describe() -> Descriptor {
        Descriptor::new("output_outside", "Emits in configure.")
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        emit(&[]);
        Ok(Self)
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        Ok(())
    }
}

export!(Early);
