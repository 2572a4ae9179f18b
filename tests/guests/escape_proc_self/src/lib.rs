//! Wants the secrets of the process that runs it: everything below `/proc` and `/sys` that no
//! collector may have, on every way and detour, with grants as wide as can be asked for.

mod attempt;
mod paths;

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export, files};

const BYTES: Gauge<3> = Gauge::new(
    "guest_bytes",
    "Bytes or entries that were got, -1 for none.",
    ["path", "way", "error"],
);

struct Thief {
    extra: Vec<String>,
}

impl Collector for Thief {
    fn describe() -> Descriptor {
        Descriptor::new("escape_proc_self", "Steals.")
            .reads([
                "/proc/**",
                "/sys/**",
                "/rootfs/**",
                "/udev/**",
                "{directory}/**",
            ])
            .text("directory", "", "A directory that is granted as a whole.")
            .repeated("path", "A further path to try.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            extra: settings.texts("path").to_vec(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let mut bytes = metrics.gauge(&BYTES);
        let process = number_of("self");
        let thread = number_of("thread-self");
        let mut paths = paths::all(&process, &thread);
        paths.extend(self.extra.iter().cloned());
        for path in paths {
            for (way, result) in attempt::each_way(&path) {
                match result {
                    Ok(got) => bytes.set([&path, way, ""], got as f64),
                    Err(error) => bytes.set([&path, way, &error], -1.0),
                }
            }
        }
        Ok(())
    }
}

/// The number of the host's own process or thread: no secret, it stands in a harmless file.
fn number_of(which: &str) -> String {
    let stat = files::read(&format!("/proc/{which}/stat")).unwrap_or_default();
    let stat = String::from_utf8_lossy(&stat);
    stat.split(' ')
        .next()
        .filter(|number| !number.is_empty())
        .unwrap_or(which)
        .to_owned()
}

export!(Thief);
