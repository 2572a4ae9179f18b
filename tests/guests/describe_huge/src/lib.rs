//! Describes itself with more bytes than a call may move.

use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

struct Huge;

impl Collector for Huge {
    fn describe() -> Descriptor {
        Descriptor::new("describe_huge", "x".repeat(20 << 20))
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        Ok(())
    }
}

export!(Huge);
