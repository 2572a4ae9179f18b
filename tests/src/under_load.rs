//! Swaps a module every second while firepit is scraped continuously, by this program and by a real
//! Prometheus: the proof that no scrape is lost or inconsistent.

mod judge;
mod report;

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::firepit::{Firepit, Running};
use crate::http::Request;
use crate::page::Page;
use crate::prometheus::Prometheus;
use crate::swap_guest::{GuestOnPage, SWAP_GUEST, swap_guest};
use crate::wait::until;
use crate::writers::Writer;

pub use report::UnderLoad;

/// Minimum time between two steps.
const STEP_TIME: Duration = Duration::from_secs(1);

/// The steps of a round. After each bad version, the previous one must continue to run.
const STEPS: [Step; 12] = [
    Step::Good,
    Step::Good,
    Step::Garbage,
    Step::Good,
    Step::Truncated,
    Step::Good,
    Step::Behavior("trap"),
    Step::Good,
    Step::Behavior("loop"),
    Step::Behavior("hoard"),
    Step::Late,
    Step::Deleted,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// A version that works.
    Good,
    /// Not WebAssembly.
    Garbage,
    /// The first half of a version.
    Truncated,
    /// A version that fails its trial.
    Behavior(&'static str),
    /// A version that passes its trial, and fails in its first scrape.
    Late,
    /// No file.
    Deleted,
}

/// One executed step.
#[derive(Debug, Clone)]
struct Done {
    step: Step,
    version: usize,
    /// The file may be missing for a moment.
    gap: bool,
    began: Instant,
    ended: Instant,
}

/// Resource use of firepit.
#[derive(Debug, Clone, Copy)]
struct Size {
    resident_kib: u64,
    threads: u64,
    files: usize,
    mappings: usize,
}

/// One page, as seen by the scraper.
struct Seen {
    asked: Instant,
    latency: Duration,
    guest: Result<GuestOnPage, String>,
}

/// Runs for about this long; a fifth of it without swaps.
///
/// # Panics
/// firepit or Prometheus cannot be started, or a file cannot be written.
#[must_use]
pub fn under_load(length: Duration) -> UnderLoad {
    let firepit = Firepit::new()
        .all_collectors()
        .bytes(SWAP_GUEST, &swap_guest("0", "good"));
    let path = firepit.module_path(SWAP_GUEST);
    let running = firepit.start();
    let prometheus = Prometheus::start(running.address());
    prometheus.wait_for("the first scrape", |prometheus| prometheus.query("up"));
    let stop = Arc::new(AtomicBool::new(false));
    let scraper = scraper(running.address(), Arc::clone(&stop));

    thread::sleep(length / 10);
    let began = Instant::now();
    let mut swaps = Swaps::default();
    // The last step of a round deletes the file: sizes are measured while a version runs.
    swaps.round(&running, &path);
    swaps.step(Step::Good, &running, &path);
    let before = size(&running);
    while began.elapsed() < length * 8 / 10 {
        swaps.round(&running, &path);
    }
    swaps.step(Step::Good, &running, &path);
    let ended = Instant::now();
    thread::sleep(length / 10);
    stop.store(true, Ordering::Relaxed);
    let seen = scraper.join().unwrap();
    let sizes = (before, size(&running));
    judge::judge(&seen, &swaps.done, began..ended, &prometheus, sizes)
}

/// Scrapes continuously, one request at a time.
fn scraper(address: SocketAddr, stop: Arc<AtomicBool>) -> thread::JoinHandle<Vec<Seen>> {
    thread::spawn(move || {
        let mut seen = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let asked = Instant::now();
            let answer = Request::get("/metrics").send(address);
            let latency = asked.elapsed();
            let guest = match answer {
                Err(error) => Err(format!("no answer: {error}")),
                Ok(answer) if answer.status != 200 => Err(format!("status {}", answer.status)),
                Ok(answer) => Page::parse(answer.text()).and_then(|page| GuestOnPage::on(&page)),
            };
            seen.push(Seen {
                asked,
                latency,
                guest,
            });
        }
        seen
    })
}

/// Writes the versions.
#[derive(Default)]
struct Swaps {
    version: usize,
    done: Vec<Done>,
}

impl Swaps {
    fn round(&mut self, running: &Running, path: &Path) {
        for step in STEPS {
            self.step(step, running, path);
        }
    }

    fn step(&mut self, step: Step, running: &Running, path: &Path) {
        let rollbacks = rollbacks(running);
        self.write(step, path);
        thread::sleep(STEP_TIME);
        let version = self.version.to_string();
        match step {
            Step::Good => until("the version that was written", || {
                let guest = GuestOnPage::on(&running.scrape()).ok()?;
                (guest.lines.as_ref() == Some(&version)).then_some(())
            }),
            // It must not be deleted before it ran.
            Step::Late => until("the version before", || {
                (self::rollbacks(running) > rollbacks).then_some(())
            }),
            _ => {}
        }
    }

    fn write(&mut self, step: Step, path: &Path) {
        self.version += 1;
        let version = self.version.to_string();
        let behavior = match step {
            Step::Behavior(behavior) => behavior,
            Step::Late => "late-trap",
            _ => "good",
        };
        let mut content = swap_guest(&version, behavior);
        match step {
            Step::Garbage => content = b"no WebAssembly at all".to_vec(),
            Step::Truncated => content.truncate(content.len() / 2),
            _ => {}
        }
        // Each step uses a different writer in each round.
        let writer = Writer::ALL[self.version % Writer::ALL.len()];
        let began = Instant::now();
        match step {
            Step::Deleted => fs::remove_file(path).unwrap(),
            _ => writer.write(path, &content),
        }
        self.done.push(Done {
            step,
            version: self.version,
            gap: step == Step::Deleted || writer.leaves_a_gap(),
            began,
            ended: Instant::now(),
        });
    }
}

fn rollbacks(running: &Running) -> f64 {
    let of = [("collector", SWAP_GUEST)];
    let page = running.scrape();
    page.value("firepit_collector_rollbacks_total", &of)
        .unwrap_or_default()
}

fn size(running: &Running) -> Size {
    let maps = fs::read_to_string(format!("/proc/{}/maps", running.pid())).unwrap();
    Size {
        resident_kib: running.resident_kib(),
        threads: running.threads(),
        files: running.open_files(),
        mappings: maps.lines().count(),
    }
}
