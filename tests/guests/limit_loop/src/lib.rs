//! Never ends: in `collect`, or in `configure` where the option says so.

use std::hint::black_box;

use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

struct Loop;

fn forever() -> ! {
    let mut count = 0_u64;
    loop {
        count = black_box(count.wrapping_add(1));
    }
}

impl Collector for Loop {
    fn describe() -> Descriptor {
        Descriptor::new("limit_loop", "Never ends.").flag("early", false, "Loop in configure.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        match settings.flag("early") {
            true => forever(),
            false => Ok(Self),
        }
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        forever()
    }
}

export!(Loop);
