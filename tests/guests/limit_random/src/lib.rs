//! Asks for so many random bytes at once.

use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};
use wasip2::random::insecure::get_insecure_random_bytes;
use wasip2::random::random::get_random_bytes;

const BYTES: Gauge<0> = Gauge::new("guest_random_bytes", "Random bytes that were got.", []);

struct Greedy {
    bytes: u64,
    insecure: bool,
}

impl Collector for Greedy {
    fn describe() -> Descriptor {
        Descriptor::new("limit_random", "Wants random bytes.")
            .number("bytes", 32.0, "How many.")
            .flag("insecure", false, "The cheap ones.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let bytes = settings.number("bytes").unwrap_or_default() as u64;
        let insecure = settings.flag("insecure");
        Ok(Self { bytes, insecure })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let get = match self.insecure {
            true => get_insecure_random_bytes,
            false => get_random_bytes,
        };
        let got = get(self.bytes).len();
        metrics.gauge(&BYTES).set([], got as f64);
        Ok(())
    }
}

export!(Greedy);
