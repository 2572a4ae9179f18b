//! Opens directories through std, reads one name of each and never gives them back; or asks for many
//! files in one call.

use std::fs;
use std::mem::forget;

use firepit_sdk::__private::bindings::firepit::collector::files::read_many;
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

const OPEN: Gauge<0> = Gauge::new("guest_listings", "Listings that were got.", []);

struct Hoarder {
    count: u32,
    at_once: bool,
}

impl Collector for Hoarder {
    fn describe() -> Descriptor {
        Descriptor::new("limit_listings", "Hoards listings of directories.")
            .reads(["/proc/many/*"])
            .number(
                "count",
                30.0,
                "How many listings are hoarded, or files read.",
            )
            .flag("at-once", false, "Read one file so often in one call.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            count: settings.number("count").unwrap_or_default() as u32,
            at_once: settings.flag("at-once"),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let got = match self.at_once {
            true => {
                let names = vec!["large"; self.count as usize];
                read_many("/proc/many", &names).map_or(0, |contents| contents.len())
            }
            false => (0..self.count).filter(|_| listing().is_some()).count(),
        };
        metrics.gauge(&OPEN).set([], got as f64);
        Ok(())
    }
}

fn listing() -> Option<()> {
    let mut names = fs::read_dir("/proc/many").ok()?;
    let _ = names.next()?;
    forget(names);
    Some(())
}

export!(Hoarder);
