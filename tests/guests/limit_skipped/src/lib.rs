//! Tells that it left values out: a few, other ones in each scrape, or a million times with texts of a
//! megabyte that would forge lines and steer a terminal.

use std::sync::atomic::{AtomicU32, Ordering};

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

struct Skipper {
    how: String,
}

const FORGED: &str = "a\ntime=2020-01-01T00:00:00.000Z level=ERROR msg=forged\r\x1b[2J\u{202e}\0";

const CALLED: Gauge<0> = Gauge::new("guest_skipper_calls", "Calls before this one.", []);

/// Calls of this instance so far.
static CALLS: AtomicU32 = AtomicU32::new(0);

fn skipped(file: &str, line: u32, problem: &str) {
    firepit_sdk::__private::bindings::firepit::collector::metrics::skipped(file, line, problem);
}

impl Collector for Skipper {
    fn describe() -> Descriptor {
        Descriptor::new("limit_skipped", "Leaves values out.")
            .reads(["/proc/odd*"])
            .text(
                "how",
                "few",
                "few, none, changing, flapping, many, long, flood, configure.",
            )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let how = settings.text("how").to_owned();
        if how == "configure" {
            skipped("/proc/odd", 1, "too early");
        }
        Ok(Self { how })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let call = CALLS.fetch_add(1, Ordering::Relaxed);
        match self.how.as_str() {
            "none" => {}
            "changing" => skipped("/proc/odd", 3, &format!("expected a number, found {call}")),
            "flapping" if call % 2 == 1 => {}
            "many" => (1..=1000).for_each(|line| skipped("/proc/odd", line, "expected a number")),
            "long" => skipped(&"/é".repeat(1 << 19), 7, &FORGED.repeat(1 << 14)),
            "flood" => {
                let long = FORGED.repeat((1 << 20) / FORGED.len());
                for number in 0..1_000_000 {
                    skipped(&format!("{number}{long}"), number, &long);
                }
            }
            _ => {
                skipped("/proc/odd", 3, "expected a number, found \"x y\"");
                skipped("/proc/odder", 0, "expected a line");
                skipped("/proc/odd", 3, "expected a number, found \"x y\"");
            }
        }
        metrics.gauge(&CALLED).set([], f64::from(call));
        Ok(())
    }
}

export!(Skipper);
