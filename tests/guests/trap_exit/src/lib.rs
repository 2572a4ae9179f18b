//! Ends its process, as it believes.

use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

struct Exit {
    code: i32,
}

impl Collector for Exit {
    fn describe() -> Descriptor {
        Descriptor::new("trap_exit", "Exits.").number("code", 0.0, "Exit code.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let code = settings.number("code").unwrap_or_default() as i32;
        Ok(Self { code })
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        std::process::exit(self.code)
    }
}

export!(Exit);
