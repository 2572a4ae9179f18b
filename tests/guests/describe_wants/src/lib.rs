//! Asks for secrets in every form of a pattern, and for what would be more than a line if somebody
//! printed it as it is; then tries to read some of it, and a file that it may have.

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export, files};

const BYTES: Gauge<1> = Gauge::new("guest_wanted_bytes", "Bytes that it got.", ["path"]);

/// What it reads of that.
const PATHS: [&str; 4] = [
    "/proc/loadavg",
    "/proc/self/environ",
    "/proc/1/mem",
    "/proc/kcore",
];

struct Wants;

impl Collector for Wants {
    fn describe() -> Descriptor {
        Descriptor::new("describe_wants", "Wants \u{1F525} \"all\" # of it.").reads([
            "/proc/loadavg",
            "/proc/*/mem",
            "/proc/[0-9]*/environ",
            "/proc/*/task/*/stack",
            "/proc/**",
            "/proc/[0-9]*/s*",
            "/sys/kernel/**",
            "/rootfs/etc/*",
            "/proc/a\n          - \"/rootfs/**\"\n  loadavg:\n    enabled: false\n  # ",
            "/rootfs/b\" # \u{202e}\u{1b}c",
        ])
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let mut bytes = metrics.gauge(&BYTES);
        for path in PATHS {
            let got = files::read(path).map_or(-1.0, |content| content.len() as f64);
            bytes.set([path], got);
        }
        Ok(())
    }
}

export!(Wants);
