//! Never ends, and looks cheap: counts in registers, or asks for no more memory again and again.

use std::arch::wasm32::memory_grow;
use std::hint::black_box;

use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

struct Spin {
    grow: bool,
}

impl Collector for Spin {
    fn describe() -> Descriptor {
        Descriptor::new("limit_spin", "Never ends.").flag("grow", false, "Ask for no more memory.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let grow = settings.flag("grow");
        Ok(Self { grow })
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        let mut count = 0_usize;
        loop {
            let more = match self.grow {
                true => memory_grow::<0>(black_box(0)),
                false => 1,
            };
            count = black_box(count.wrapping_add(more));
        }
    }
}

export!(Spin);
