//! Opens performance counters again and again, and keeps them or gives them back.

use std::collections::BTreeMap;

use firepit_sdk::perf::{Counters, Event, Software};
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

const OPEN: Gauge<0> = Gauge::new("guest_counters", "Counters that count.", []);
const REFUSED: Gauge<1> = Gauge::new("guest_refused", "Counters that were refused.", ["reason"]);
const READ: Gauge<0> = Gauge::new("guest_read", "Counts that were read.", []);

struct Opener {
    each: u32,
    times: u32,
    reads: u32,
    drop: bool,
    cpus: Vec<u32>,
    kept: Vec<Counters>,
}

impl Collector for Opener {
    fn describe() -> Descriptor {
        Descriptor::new("limit_counters", "Opens performance counters.")
            .number("each", 1.0, "How many counters are opened in one call.")
            .number("times", 1.0, "How many such calls are made.")
            .number("reads", 0.0, "How often all of them are read.")
            .flag("drop", false, "Give them back at once.")
            .repeated("cpu", "CPUs on which they count, 0 by default.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let number = |name| settings.number(name).unwrap_or_default() as u32;
        let named = settings.texts("cpu");
        // Other texts are no CPUs.
        let cpus = named.iter().flat_map(|text| text.parse());
        let cpus = match named {
            [] => vec![0],
            _ => cpus.collect(),
        };
        Ok(Self {
            each: number("each"),
            times: number("times"),
            reads: number("reads"),
            drop: settings.flag("drop"),
            cpus,
            kept: Vec::new(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let events = vec![Event::Software(Software::ContextSwitches); self.each as usize];
        let mut refused = BTreeMap::new();
        for _ in 0..self.times {
            let counters = Counters::open(&events, &self.cpus);
            for refusal in counters.refusals() {
                *refused.entry(refusal.reason).or_insert(0) += 1;
            }
            if !self.drop {
                self.kept.push(counters);
            }
        }
        let mut family = metrics.gauge(&REFUSED);
        for (reason, number) in refused {
            family.set([&reason.to_string()], number);
        }
        let counts = |counters: &Counters| counters.read().iter().flatten().count();
        let open = || self.kept.iter().map(counts).sum::<usize>();
        metrics.gauge(&OPEN).set([], open() as f64);
        let read: usize = (0..self.reads).map(|_| open()).sum();
        metrics.gauge(&READ).set([], read as f64);
        Ok(())
    }
}

export!(Opener);
