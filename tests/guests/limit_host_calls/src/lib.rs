//! Makes few calls of the host, each of which is a lot of work: very many names in one, names that
//! are costly to refuse, a directory of names that nobody wants, many things waited for at once.

use firepit_sdk::files::{self, Directory};
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::io::poll::{Pollable, poll};

const DONE: Gauge<0> = Gauge::new("guest_host_calls", "Answers that it got.", []);

/// Characters beside wildcards of each costly pattern. A name of twice as many is compared from
/// each of its beginnings almost to the end of the pattern. All together have no more than 512.
const COSTLY: usize = 123;

/// Each of them is a handle for as long as the call takes.
const TIMERS: usize = 200;

struct Caller {
    what: String,
    count: usize,
}

impl Collector for Caller {
    fn describe() -> Descriptor {
        let costly = ["b", "c", "d", "e"];
        let costly = costly.map(|end| format!("/proc/denied/*{}{end}", "a".repeat(COSTLY)));
        Descriptor::new("limit_host_calls", "Has the host work.")
            .reads(["/proc/slow", "/proc/crowd/*.none"])
            .reads(costly)
            .text("what", "slow", "slow, denied, crowd or poll.")
            .number("count", 50_000.0, "How much of it.")
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            what: settings.text("what").to_owned(),
            count: settings.number("count").unwrap_or_default() as usize,
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let done = match self.what.as_str() {
            "slow" => self.read("/proc", "slow"),
            "denied" => self.read("/proc/denied", &"a".repeat(250)),
            "crowd" => files::list("/proc/crowd").map_or(0, |entries| entries.len()),
            _ => self.wait(),
        };
        metrics.gauge(&DONE).set([], done as f64);
        Ok(())
    }
}

impl Caller {
    /// The same name again and again, in one call.
    fn read(&self, directory: &str, name: &str) -> usize {
        let names = vec![name.to_owned(); self.count];
        let contents = Directory::new(directory).read_all(&names);
        contents.map_or(0, |contents| contents.len())
    }

    /// As many timers as one call can name, again and again.
    fn wait(&self) -> usize {
        let timer = subscribe_duration(0);
        let timers: [&Pollable; TIMERS] = [&timer; TIMERS];
        (0..self.count).map(|_| poll(&timers).len()).sum()
    }
}

export!(Caller);
