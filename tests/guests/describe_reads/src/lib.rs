//! Reads in `describe`, before anything was granted, and says in its description what it
//! got; as HTML.

use std::fs;

use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export, files};

struct Curious;

impl Collector for Curious {
    fn describe() -> Descriptor {
        let direct = files::read("/proc/loadavg").map(|content| content.len());
        let std = fs::read("/proc/loadavg").map(|content| content.len());
        let about = format!(
            "<script>got {:?} and {:?} bytes</script>",
            direct.ok(),
            std.ok()
        );
        Descriptor::new("describe_reads", about).reads(["/proc/loadavg"])
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> {
        Ok(())
    }
}

export!(Curious);
