//! Measures costs.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use firepit::app;
use firepit::collectors::Setup;
use firepit::dry_run::{DryRun, Plan, Report};
use firepit_sandbox::files::Roots;
use firepit_sandbox::session::SessionConfig;
use firepit_sdk::testing::Host;

use firepit_tests::{COLLECTORS, Page, Program, Standard, load};
use firepit_tests::{cpu_time, live_flags, live_native};

/// Costs of one collector.
#[derive(Debug)]
pub(super) struct Cost {
    pub(super) name: &'static str,
    pub(super) enabled: bool,
    /// CPU time of one native run in microseconds, if native code emits the same.
    pub(super) native: Option<f64>,
    /// CPU time of one scrape without the costs of an empty scrape, in microseconds.
    pub(super) sandboxed: f64,
    pub(super) fuel: u64,
    pub(super) memory_bytes: u64,
    pub(super) host_calls: u64,
    pub(super) files_opened: u64,
    /// Number of families, or the reason for a failure.
    pub(super) ended: Result<usize, &'static str>,
}

/// Costs of all collectors.
#[derive(Debug)]
pub struct Costs {
    /// Each by itself.
    pub(super) collectors: Vec<Cost>,
    /// CPU time of one scrape of the default collectors, in microseconds.
    pub(super) together: f64,
}

/// Number of batches; times are medians of these.
const BATCHES: usize = 15;
/// Minimum runs per batch.
const MIN_RUNS: u32 = 20;
/// Minimum CPU time per batch.
const MIN_BATCH_TIME: Duration = Duration::from_millis(10);
/// Number of dry runs; fuel, calls and files are medians of these.
const DRY_RUNS: u64 = 20;

/// Measures all collectors.
///
/// # Panics
/// A collector is not built in or cannot be set up.
#[must_use]
pub fn measure() -> Costs {
    let flags = live_flags();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let server = Program::new(&flags);
    let (_runtime, program) = load(&flags);
    let host = Host::at("/");
    let costs = COLLECTORS.iter().map(|collector| {
        eprintln!("costs: {}", collector.name);
        cost(collector, &server, &program, &host)
    });
    let collectors: Vec<Cost> = costs.collect();
    let defaults = collectors.iter().filter(|cost| cost.enabled);
    let defaults: Vec<&str> = defaults.map(|cost| cost.name).collect();
    Costs {
        together: scrape(&server, &defaults),
        collectors,
    }
}

/// CPU time of a scrape of these collectors.
fn scrape(program: &Program, names: &[&str]) -> f64 {
    let these = || drop(black_box(program.scrape(only(names))));
    let nothing = || drop(black_box(program.scrape(only(&[]))));
    per_run(these, nothing)
}

fn cost(collector: &Standard, server: &Program, program: &app::Program, host: &Host) -> Cost {
    let name = collector.name;
    let (report, enabled) = dry_run(name, program);
    let page = Page::parse(&String::from_utf8_lossy(&report.page)).unwrap_or_default();
    let families = page.families.keys().cloned().collect();
    Cost {
        name,
        enabled,
        native: native(collector, host, &families),
        sandboxed: scrape(server, &[name]),
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

fn only(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().map(|&name| name.to_owned()).collect())
}

/// Runs a collector by itself; also returns whether it is on by default.
fn dry_run(name: &str, program: &app::Program) -> (Report, bool) {
    let loaded = program.builtin(name).unwrap();
    let decision = program.decide(&loaded).unwrap();
    let roots = Roots::open(&program.config.paths);
    let plan = Plan::new(&loaded.module, &loaded.descriptor);
    let setup = Setup::new(SessionConfig::new(
        decision.settings,
        decision.policy,
        Arc::new(roots.unwrap()),
        decision.limits,
    ));
    let run = DryRun::new(plan, setup, &program.loader, &program.executor);
    let report = run.unwrap().run(DRY_RUNS);
    (report, loaded.descriptor.enabled_by_default)
}

/// CPU time of a native run, if it emits the same families.
fn native(collector: &Standard, host: &Host, families: &BTreeSet<String>) -> Option<f64> {
    let mut native = live_native(collector, host)?;
    let emitted = native.run(host).families;
    let emitted: BTreeSet<String> = emitted.into_iter().map(|family| family.name).collect();
    let run = || drop(black_box(native.run(host)));
    (emitted == *families).then(|| per_run(run, || ()))
}

/// CPU time of one function minus that of another, in microseconds. Batches of the two alternate,
/// so that other load on the machine affects both.
fn per_run(mut this: impl FnMut(), mut baseline: impl FnMut()) -> f64 {
    let runs = batch_size(&mut this);
    let mut batches: Vec<f64> = (0..BATCHES)
        .map(|_| batch(runs, &mut this) - batch(runs, &mut baseline))
        .collect();
    batches.sort_by(f64::total_cmp);
    batches[BATCHES / 2]
}

/// Number of runs per batch.
fn batch_size(run: &mut impl FnMut()) -> u32 {
    let mut runs = MIN_RUNS;
    while batch(runs, run) * f64::from(runs) < MIN_BATCH_TIME.as_secs_f64() * 1e6 {
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
