//! The measuring.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use firepit::collector::Setup;
use firepit::files::{RootPaths, Roots};
use firepit::rehearsal::{Plan, Rehearsal, Report};
use firepit::start;
use firepit::web::Selection;
use firepit_sdk::testing::Host;

use crate::live::{cpu_time, live_flags, live_native};
use crate::{COLLECTORS, Page, Program, Standard, load};

/// What one collector costs.
#[derive(Debug)]
pub(super) struct Cost {
    pub(super) name: &'static str,
    pub(super) enabled: bool,
    /// CPU time of one run in microseconds, where native code can do the same.
    pub(super) native: Option<f64>,
    /// CPU time of one scrape without what every scrape costs, in microseconds.
    pub(super) sandboxed: f64,
    pub(super) fuel: u64,
    pub(super) memory_bytes: u64,
    pub(super) host_calls: u64,
    pub(super) files_opened: u64,
    /// How many families it showed, or the reason that it failed for.
    pub(super) ended: Result<usize, &'static str>,
}

/// What all of them cost.
#[derive(Debug)]
pub struct Costs {
    /// Each by itself.
    pub(super) collectors: Vec<Cost>,
    /// CPU time of one scrape of those that are on by default, in microseconds.
    pub(super) together: f64,
}

/// Batches of runs that a time is the median of.
const BATCHES: usize = 15;
/// Runs of the shortest batch.
const FEWEST: u32 = 20;
/// CPU time that a batch is to take at least.
const ENOUGH: Duration = Duration::from_millis(10);
/// Runs that fuel, calls and files are the median of.
const REHEARSED: u64 = 20;

/// Measures all of them.
///
/// # Panics
/// Where one is not built in or cannot be set up.
#[must_use]
pub fn measure() -> Costs {
    let flags = live_flags();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let scraped = Program::new(&flags);
    let (_runtime, rehearsed) = load(&flags);
    let host = Host::at("/");
    let costs = COLLECTORS.iter().map(|collector| {
        eprintln!("costs: {}", collector.name);
        cost(collector, &scraped, &rehearsed, &host)
    });
    let collectors: Vec<Cost> = costs.collect();
    let defaults = collectors.iter().filter(|cost| cost.enabled);
    let defaults: Vec<&str> = defaults.map(|cost| cost.name).collect();
    Costs {
        together: scrape(&scraped, &defaults),
        collectors,
    }
}

/// CPU time of a scrape of these.
fn scrape(program: &Program, names: &[&str]) -> f64 {
    let these = || drop(black_box(program.scrape(only(names))));
    let nothing = || drop(black_box(program.scrape(only(&[]))));
    per_run(these, nothing)
}

fn cost(collector: &Standard, scraped: &Program, rehearsed: &start::Program, host: &Host) -> Cost {
    let name = collector.name;
    let (report, enabled) = rehearse(name, rehearsed);
    let page = Page::parse(&String::from_utf8_lossy(&report.page)).unwrap_or_default();
    let families = page.families.keys().cloned().collect();
    Cost {
        name,
        enabled,
        native: native(collector, host, &families),
        sandboxed: scrape(scraped, &[name]),
        fuel: report.spent.fuel.median(),
        memory_bytes: report.spent.memory.max(),
        host_calls: report.spent.host_calls.median(),
        files_opened: report.spent.files_opened.median(),
        ended: match report.last {
            Ok(()) => Ok(families.len()),
            Err(failure) => Err(failure.reason()),
        },
    }
}

fn only(names: &[&str]) -> Selection {
    Selection(Some(names.iter().map(|&name| name.to_owned()).collect()))
}

/// Runs a collector by itself, and says whether it is on by default.
fn rehearse(name: &str, program: &start::Program) -> (Report, bool) {
    let loaded = program.builtin(name).unwrap();
    let decision = program.decide(&loaded).unwrap();
    let paths = &program.config.paths;
    let roots = Roots::open(&RootPaths {
        procfs: paths.procfs.clone(),
        sysfs: paths.sysfs.clone(),
        rootfs: paths.rootfs.clone(),
        udev_data: paths.udev_data.clone(),
    });
    let plan = Plan {
        module: &loaded.module,
        descriptor: &loaded.descriptor,
        setup: Setup::new(
            decision.settings,
            decision.policy,
            Arc::new(roots.unwrap()),
            decision.limits,
        ),
    };
    let rehearsal = Rehearsal::new(plan, None, &program.loader, &program.crew);
    let report = rehearsal.unwrap().run(REHEARSED);
    (report, loaded.descriptor.enabled_by_default)
}

/// The time of a native run, if that shows the same families.
fn native(collector: &Standard, host: &Host, families: &BTreeSet<String>) -> Option<f64> {
    let mut native = live_native(collector, host)?;
    let shown = native.run(host).families;
    let shown: BTreeSet<String> = shown.into_iter().map(|family| family.name).collect();
    let run = || drop(black_box(native.run(host)));
    (shown == *families).then(|| per_run(run, || ()))
}

/// CPU time of one thing less that of another, in microseconds. The two take turns, so that what
/// else the machine does meanwhile tells on both.
fn per_run(mut this: impl FnMut(), mut less: impl FnMut()) -> f64 {
    let runs = enough(&mut this);
    let mut batches: Vec<f64> = (0..BATCHES)
        .map(|_| batch(runs, &mut this) - batch(runs, &mut less))
        .collect();
    batches.sort_by(f64::total_cmp);
    batches[BATCHES / 2]
}

/// How many runs make a batch.
fn enough(run: &mut impl FnMut()) -> u32 {
    let mut runs = FEWEST;
    while batch(runs, run) * f64::from(runs) < ENOUGH.as_secs_f64() * 1e6 {
        runs *= 2;
    }
    runs
}

/// CPU time of one run, in microseconds.
fn batch(runs: u32, run: &mut impl FnMut()) -> f64 {
    let start = cpu_time();
    for _ in 0..runs {
        run();
    }
    (cpu_time() - start).as_secs_f64() * 1e6 / f64::from(runs)
}
