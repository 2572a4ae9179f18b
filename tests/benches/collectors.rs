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
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up shall end"
)]

use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use firepit::web::Selection;
use firepit_sdk::Collector;
use firepit_sdk::testing::Host;

use cpu_time::CpuTime;
use program::Program;

mod cpu_time;
mod program;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
const TEXTFILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/textfile/sound");

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

fn sandboxed(criterion: &mut Criterion<CpuTime>) {
    let textfiles = format!("--collector.textfile.directory={TEXTFILES}");
    let live = Program::new(&["--web.disable-exporter-metrics", &textfiles]);
    for name in [
        "cpu",
        "diskstats",
        "filefd",
        "loadavg",
        "meminfo",
        "netclass",
        "netdev",
        "netstat",
        "stat",
        "textfile",
        "uname",
        "vmstat",
    ] {
        scrape(criterion, &live, name, &[name]);
    }
    scrape(criterion, &live, "nothing", &[]);
    let sysfs = format!("--path.sysfs={FIXTURES}/sys");
    let bonded = Program::new(&["--web.disable-exporter-metrics", &sysfs]);
    scrape(criterion, &bonded, "bonding", &["bonding"]);
}

fn scrape(criterion: &mut Criterion<CpuTime>, program: &Program, name: &str, collectors: &[&str]) {
    let collectors: Vec<String> = collectors.iter().map(|&name| name.to_owned()).collect();
    let selection = Selection(Some(collectors));
    criterion.bench_function(&format!("{name}/sandboxed"), |bencher| {
        bencher.iter(|| program.scrape(selection.clone()));
    });
}

fn native(criterion: &mut Criterion<CpuTime>) {
    use firepit_collector_cpu::Cpu;
    use firepit_collector_diskstats::DiskStats;
    use firepit_collector_filefd::FileFd;
    use firepit_collector_loadavg::LoadAvg;
    use firepit_collector_meminfo::MemInfo;
    use firepit_collector_netclass::NetClass;
    use firepit_collector_netdev::NetDev;
    use firepit_collector_netstat::NetStat;
    use firepit_collector_stat::Stat;
    use firepit_collector_textfile::TextFile;
    use firepit_collector_uname::UnameInfo;
    use firepit_collector_vmstat::VmStat;

    let live = Host::at("/");
    collect::<Cpu>(criterion, &live, "cpu", &[]);
    collect::<DiskStats>(criterion, &live, "diskstats", &[]);
    collect::<FileFd>(criterion, &live, "filefd", &[]);
    collect::<LoadAvg>(criterion, &live, "loadavg", &[]);
    collect::<MemInfo>(criterion, &live, "meminfo", &[]);
    collect::<NetClass>(criterion, &live, "netclass", &[]);
    collect::<NetDev>(criterion, &live, "netdev", &[]);
    collect::<NetStat>(criterion, &live, "netstat", &[]);
    collect::<Stat>(criterion, &live, "stat", &[]);
    collect::<TextFile>(criterion, &live, "textfile", &[("directory", TEXTFILES)]);
    collect::<UnameInfo>(criterion, &live, "uname", &[]);
    collect::<VmStat>(criterion, &live, "vmstat", &[]);
    let bonded = Host::at(FIXTURES);
    collect::<firepit_collector_bonding::Bonding>(criterion, &bonded, "bonding", &[]);
}

fn collect<C: Collector>(
    criterion: &mut Criterion<CpuTime>,
    host: &Host,
    name: &str,
    options: &[(&'static str, &'static str)],
) {
    let mut collector: C = host.configure(options.iter().copied()).unwrap();
    criterion.bench_function(&format!("{name}/native"), |bencher| {
        bencher.iter(|| black_box(host.collect(&mut collector)));
    });
}
