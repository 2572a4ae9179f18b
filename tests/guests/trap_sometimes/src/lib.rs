//! Counts its collections, and crashes in the third.

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

const COLLECTIONS: Gauge<0> = Gauge::new("guest_collections", "Collections of this instance.", []);

struct Sometimes {
    collections: u32,
}

impl Collector for Sometimes {
    fn describe() -> Descriptor {
        Descriptor::new("trap_sometimes", "Crashes in its third collection.")
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self { collections: 0 })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        self.collections += 1;
        if self.collections == 3 {
            core::arch::wasm32::unreachable();
        }
        metrics
            .gauge(&COLLECTIONS)
            .set([], f64::from(self.collections));
        Ok(())
    }
}

export!(Sometimes);
