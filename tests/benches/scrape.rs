//! A whole scrape of this machine by all collectors that are on by default, without HTTP. Times
//! are CPU time of all threads.
//!
//! ```text
//! cargo xtask guests
//! cargo bench -p firepit-tests --bench scrape
//! ```
//!
//! `kept` runs in instances that stay, as is the default; `fresh` makes all of them anew, as
//! `--sandbox.fresh` does.
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up shall end"
)]

use criterion::Criterion;
use firepit_tests::Program;

use cpu_time::CpuTime;

mod cpu_time;

fn main() {
    let mut criterion = Criterion::default()
        .with_measurement(CpuTime)
        .configure_from_args();
    for (name, flags) in [("kept", &[][..]), ("fresh", &["--sandbox.fresh"])] {
        let program = Program::new(flags);
        criterion.bench_function(&format!("scrape/{name}"), |bencher| {
            bencher.iter(|| program.scrape(None));
        });
    }
    criterion.final_summary();
}
