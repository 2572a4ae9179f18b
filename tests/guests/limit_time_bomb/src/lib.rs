//! Behaves until it is told otherwise: through its trial, its first scrapes, and for as long as
//! `/proc/bomb` says so.
//!
//! What it remembers ends with its instance, so a crash alone would make it good again. The file
//! stands for what a bomb really goes by, such as the date.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export, files};

const TICKS: Gauge<0> = Gauge::new("guest_ticks", "Collections of this instance.", []);

struct Bomb {
    ticks: u32,
}

/// What the file says: a manner, and a number of milliseconds where it needs one.
fn order() -> (String, Duration) {
    let text = files::read("/proc/bomb").unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut words = text.split_whitespace().map(str::to_owned);
    let manner = words.next().unwrap_or_default();
    let milliseconds = words.next().and_then(|word| word.parse().ok());
    (
        manner,
        Duration::from_millis(milliseconds.unwrap_or_default()),
    )
}

fn burn(time: Duration) {
    let began = Instant::now();
    let mut count = 0_u64;
    while began.elapsed() < time {
        for _ in 0..1_000 {
            count = black_box(count.wrapping_add(1));
        }
    }
}

impl Collector for Bomb {
    fn describe() -> Descriptor {
        Descriptor::new("limit_time_bomb", "Behaves until it is told otherwise.")
            .reads(["/proc/bomb"])
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        let (manner, time) = order();
        if manner == "burn-before" {
            burn(time);
        }
        Ok(Self { ticks: 0 })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        self.ticks += 1;
        metrics.gauge(&TICKS).set([], f64::from(self.ticks));
        let (manner, time) = order();
        match manner.as_str() {
            "trap" | "burn-before" => core::arch::wasm32::unreachable(),
            "loop" => loop {
                black_box(&manner);
            },
            "burn" => burn(time),
            "sleep" => thread::sleep(time),
            "error" => return Err(Error::failed("it was told to fail")),
            _ => {}
        }
        Ok(())
    }
}

export!(Bomb);
