//! Opens files and directories through std and never gives them back.

use std::fs::{self, File};
use std::io::Read as _;
use std::mem::forget;

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

const OPEN: Gauge<0> = Gauge::new("guest_handles", "Handles that were got.", []);

/// Far more than any limit.
const MANY: usize = 100_000;
/// Few enough for every limit but that on bytes.
const FEW: usize = 10;

struct Hoarder {
    what: String,
}

impl Collector for Hoarder {
    fn describe() -> Descriptor {
        Descriptor::new("limit_handles", "Hoards handles.")
            .reads(["/proc/loadavg", "/proc/large", "/proc/*"])
            .text(
                "what",
                "files",
                "What is hoarded: files, directories or contents.",
            )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            what: settings.text("what").to_owned(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let got = match self.what.as_str() {
            "directories" => (0..MANY)
                .filter(|_| fs::read_dir("/proc").map(forget).is_ok())
                .count(),
            "contents" => (0..FEW).filter(|_| content().map(forget).is_ok()).count(),
            _ => (0..MANY)
                .filter(|_| File::open("/proc/loadavg").map(forget).is_ok())
                .count(),
        };
        metrics.gauge(&OPEN).set([], got as f64);
        Ok(())
    }
}

/// An open file of which the host holds the content, because a part of it was read.
fn content() -> std::io::Result<File> {
    let mut file = File::open("/proc/large")?;
    file.read_exact(&mut [0])?;
    Ok(file)
}

export!(Hoarder);
