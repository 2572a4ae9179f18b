//! Crashes at once.

use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

struct Trap;

impl Collector for Trap {
    fn describe() -> Descriptor {
        Descriptor::new("trap_unreachable", "Crashes.")
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        core::arch::wasm32::unreachable()
    }
}

export!(Trap);
