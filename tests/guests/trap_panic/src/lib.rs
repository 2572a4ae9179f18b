//! Panics, as a collector with a bug does.

use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

struct Panic;

impl Collector for Panic {
    fn describe() -> Descriptor {
        Descriptor::new("trap_panic", "Panics.")
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    #[expect(clippy::panic, reason = "it is what this guest is for")]
    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        panic!("the flux capacitor is empty")
    }
}

export!(Panic);
