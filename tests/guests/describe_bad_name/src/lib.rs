//! Has a name that would write a line of its own into every list of collectors.

use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

struct BadName;

impl Collector for BadName {
    fn describe() -> Descriptor {
        Descriptor::new("x\n--web.listen-address", "Has no name for a flag.")
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        Ok(())
    }
}

export!(BadName);
