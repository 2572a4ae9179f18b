//! Is never done with saying what it is.

use std::hint::black_box;

use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

struct Endless;

impl Collector for Endless {
    fn describe() -> Descriptor {
        let mut count = 0_u64;
        while black_box(count) < u64::MAX {
            count += 1;
        }
        Descriptor::new("describe_endless", "Never said.")
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        Ok(())
    }
}

export!(Endless);
