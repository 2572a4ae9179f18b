//! What the sandbox costs: each collector in it, beside the same code run natively.
//!
//! ```text
//! cargo xtask guests
//! cargo bench -p firepit-tests --bench collectors [-- NAME]
//! ```
//!
//! Times are CPU time of all threads. `native` is the collector alone, from the files to the families
//! in memory. `sandboxed` is a whole scrape of that one collector: the way to a worker thread and
//! back, the collector, and the making of the page with what the exporter tells of itself.
//! `nothing/sandboxed` is a scrape that asks for no collector; take it off before comparing.
//!
//! All read this machine, except for bonding, which few machines have, and textfile, which has no
//! files by default: they read the tests' fixtures. In a plain directory the sandbox looks at each
//! file before it opens it and at each link every time, so these two cost more than on a real `/sys`.
//! Those that ask the kernel for more than files do not run natively.
//!
//! A table of all, in less time: `cargo xtask costs`.
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up shall end"
)]

use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use firepit_sdk::testing::Host;
use firepit_tests::{COLLECTORS, Native, Program, Standard, live_flags, live_native};

use cpu_time::CpuTime;

mod cpu_time;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
/// The one that reads the fixtures instead of this machine.
const BONDING: &str = "bonding";

fn main() {
    let mut criterion = Criterion::default()
        .with_measurement(CpuTime)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    sandboxed(&mut criterion);
    native(&mut criterion);
    criterion.final_summary();
}

fn live() -> impl Iterator<Item = &'static Standard> {
    COLLECTORS
        .iter()
        .filter(|collector| collector.name != BONDING)
}

fn sandboxed(criterion: &mut Criterion<CpuTime>) {
    let flags = live_flags();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let program = Program::new(&flags);
    for collector in live() {
        scrape(criterion, &program, collector.name, &[collector.name]);
    }
    scrape(criterion, &program, "nothing", &[]);
    let sysfs = format!("--path.sysfs={FIXTURES}/sys");
    let bonded = Program::new(&["--web.disable-exporter-metrics", &sysfs]);
    scrape(criterion, &bonded, BONDING, &[BONDING]);
}

fn scrape(criterion: &mut Criterion<CpuTime>, program: &Program, name: &str, collectors: &[&str]) {
    let collectors: Vec<String> = collectors.iter().map(|&name| name.to_owned()).collect();
    let selection = Some(collectors);
    criterion.bench_function(&format!("{name}/sandboxed"), |bencher| {
        bencher.iter(|| program.scrape(selection.clone()));
    });
}

fn native(criterion: &mut Criterion<CpuTime>) {
    let machine = Host::at("/");
    for collector in live() {
        if let Some(native) = live_native(collector, &machine) {
            collect(criterion, &machine, collector.name, native);
        }
    }
    let bonded = Host::at(FIXTURES);
    let bonding = Standard::find(BONDING).unwrap().configure(&bonded, &[]);
    collect(criterion, &bonded, BONDING, bonding.unwrap());
}

fn collect(
    criterion: &mut Criterion<CpuTime>,
    host: &Host,
    name: &str,
    mut collector: Box<dyn Native>,
) {
    criterion.bench_function(&format!("{name}/native"), |bencher| {
        bencher.iter(|| black_box(collector.run(host)));
    });
}
