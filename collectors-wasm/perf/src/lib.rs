//! Performance counters of the CPUs: what they, the kernel and its tracepoints count.
//!
//! Opens counters by
//! [perf_event_open(2)](https://man7.org/linux/man-pages/man2/perf_event_open.2.html) at the first
//! scrape, for all processes on each CPU, and keeps them open; each scrape reads them. Emits 30
//! families `node_perf_*_total`, and `node_perf_<subsystem>_<event>` for each tracepoint of the option
//! `tracepoint`. Values begin at 0 when the counters are opened, and are not scaled up where a CPU
//! takes turns between more events than it can count at a time.
//!
//! Without the option `cpus` the CPUs are those of `/sys/devices/system/cpu/online`; a CPU that comes
//! online later is not counted. node_exporter counts on the first CPUs, as many as it may run on.
//!
//! A counter that cannot be opened is left out, and one line of the log says why. If none can be
//! opened, and the reason is not that the CPU or the kernel lacks the events, a scrape fails and the
//! next one tries again; node_exporter does not start then. As in node_exporter, an option with
//! profilers of which none is known selects all of its kind.

mod cpus;
mod profilers;
mod refused;
mod tracepoint;

use firepit_sdk::perf::{Counters, Event};
use firepit_sdk::{Collector, Counter, Descriptor, Error, Metrics, Settings, export, files};

use profilers::{CACHE, HARDWARE, Profiler, SOFTWARE};
use tracepoint::Tracepoint;

const ONLINE: &str = "/sys/devices/system/cpu/online";

/// The collector.
#[derive(Debug)]
pub struct Perf {
    /// The CPUs of the option; `None` for those that are online.
    cpus: Option<Vec<u32>>,
    profilers: Vec<&'static Profiler>,
    tracepoints: Vec<Tracepoint>,
    open: Option<Open>,
}

/// Open counters, and the CPUs that they are of.
#[derive(Debug)]
struct Open {
    counters: Counters,
    cpus: Vec<String>,
}

impl Collector for Perf {
    fn describe() -> Descriptor {
        let descriptor = Descriptor::new("perf", "Shows performance counters of the CPUs.")
            .disabled_by_default()
            .reads([ONLINE])
            .text(
                "cpus",
                "",
                "List of CPUs from which perf metrics should be collected",
            )
            .repeated("tracepoint", "perf tracepoint that should be collected");
        [&HARDWARE, &SOFTWARE, &CACHE]
            .into_iter()
            .fold(descriptor, |descriptor, kind| {
                descriptor.repeated(kind.select, kind.select_help).flag(
                    kind.disable,
                    false,
                    kind.disable_help,
                )
            })
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let cpus = match settings.text("cpus") {
            "" => None,
            list => Some(cpus::parse(list)?),
        };
        let kinds = [&HARDWARE, &SOFTWARE, &CACHE].into_iter();
        Ok(Self {
            cpus,
            profilers: kinds.flat_map(|kind| kind.selected(settings)).collect(),
            tracepoints: tracepoint::parse_all(settings.texts("tracepoint"))?,
            open: None,
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let open = match self.open.take() {
            Some(open) => open,
            None => self.open()?,
        };
        self.emit(&open, metrics);
        self.open = Some(open);
        Ok(())
    }
}

impl Perf {
    /// All events, in the order of the families.
    fn events(&self) -> impl Iterator<Item = Event<'_>> {
        let tracepoints = self.tracepoints.iter().map(Tracepoint::event);
        let profilers = self.profilers.iter().map(|profiler| profiler.event);
        profilers.chain(tracepoints)
    }

    /// Names of the events, for the log.
    fn names(&self) -> Vec<&str> {
        let tracepoints = self.tracepoints.iter().map(|it| it.name.as_str());
        let profilers = self.profilers.iter().map(|profiler| profiler.name);
        profilers.chain(tracepoints).collect()
    }

    fn open(&self) -> Result<Open, Error> {
        let cpus = match &self.cpus {
            Some(cpus) => cpus.clone(),
            None => files::read_text(ONLINE)?.number_list()?,
        };
        let events: Vec<Event<'_>> = self.events().collect();
        let counters = Counters::open(&events, &cpus);
        let all = events.len() * cpus.len();
        refused::check(counters.refusals(), &self.names(), all)?;
        Ok(Open {
            counters,
            cpus: cpus.iter().map(u32::to_string).collect(),
        })
    }

    fn emit(&self, open: &Open, metrics: &mut Metrics) {
        let counts = open.counters.read();
        let events = self.profilers.len() + self.tracepoints.len();
        let mut emit = |place: usize, name: &str, help: &str| {
            let family = Counter::new(name, help, ["cpu"]);
            let mut family = metrics.counter(&family);
            for (cpu, counts) in open.cpus.iter().zip(counts.chunks(events.max(1))) {
                if let Some(Some(count)) = counts.get(place) {
                    family.total([cpu], count.value);
                }
            }
        };
        for (place, profiler) in self.profilers.iter().enumerate() {
            emit(place, profiler.family, profiler.help);
        }
        for (place, tracepoint) in self.tracepoints.iter().enumerate() {
            let place = self.profilers.len() + place;
            emit(place, &tracepoint.family, &tracepoint.help);
        }
    }
}

export!(Perf);

#[cfg(test)]
mod tests;
