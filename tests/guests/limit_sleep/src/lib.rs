//! Sleeps for an hour.

use std::thread;
use std::time::Duration;

use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

struct Sleeper;

impl Collector for Sleeper {
    fn describe() -> Descriptor {
        Descriptor::new("limit_sleep", "Sleeps.")
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        thread::sleep(Duration::from_secs(3600));
        Ok(())
    }
}

export!(Sleeper);
