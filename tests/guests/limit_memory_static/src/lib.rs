//! Wants 128 MiB of memory before a single instruction of it runs.

use std::hint::black_box;
use std::sync::atomic::AtomicU8;

use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

static HOARD: [AtomicU8; 128 << 20] = [const { AtomicU8::new(0) }; 128 << 20];

struct Bomb;

impl Collector for Bomb {
    fn describe() -> Descriptor {
        black_box(&HOARD);
        Descriptor::new("limit_memory_static", "Declares too much memory.")
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        Ok(())
    }
}

export!(Bomb);
