//! Takes memory until somebody stops it.

use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

struct Bomb;

impl Collector for Bomb {
    fn describe() -> Descriptor {
        Descriptor::new("limit_memory", "Takes memory without end.")
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        let mut hoard: Vec<Vec<u8>> = Vec::new();
        loop {
            hoard.push(vec![1; 1 << 20]);
        }
    }
}

export!(Bomb);
