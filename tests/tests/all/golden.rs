//! Whole pages over the host in `fixtures/`, line by line as they are kept in `fixtures/expected/`.
//!
//! `BLESS=1 cargo xtask test golden` writes what comes out now; what that changes is to be judged
//! line by line, see `fixtures/README.md`.

use firepit_tests::{Firepit, Page, assert_golden};

/// Families about this run, this build or the host that the test runs on.
const OF_THIS_RUN: [&str; 5] = [
    "firepit_",
    "node_exporter_build_info",
    "node_uname_info",
    "process_",
    "promhttp_",
];

/// Families of which only the values are about this run.
const VALUES_OF_THIS_RUN: [&str; 2] = [
    "node_scrape_collector_duration_seconds",
    "node_textfile_mtime_seconds",
];

/// Keeps to the fixtures what would ask the kernel of the machine, or read below `/rootfs`.
const NOT_OF_THIS_MACHINE: [&str; 7] = [
    "--no-collector.arp.netlink",
    "--no-collector.netdev.netlink",
    "--no-collector.filesystem",
    "--no-collector.os",
    "--no-collector.selinux",
    "--no-collector.time",
    "--no-collector.timex",
];

/// Runs `firepit scrape` over a host, and holds the page against the one of this name. Paths count
/// from this package's directory, where cargo runs its tests.
fn check(name: &str, host: &str, flags: &[&str]) {
    let roots = [("procfs", "proc"), ("sysfs", "sys"), ("udev.data", "udev")];
    let firepit = roots.iter().fold(Firepit::new(), |firepit, (root, path)| {
        firepit.flag(format!("--path.{root}={host}/{path}"))
    });
    let firepit = (NOT_OF_THIS_MACHINE.iter().chain(flags))
        .fold(firepit, |firepit, flag| firepit.flag(*flag));
    let ended = firepit.run(&["scrape"]);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    Page::parse(&ended.stdout).unwrap();
    assert_golden(name, &without_this_run(&ended.stdout));
}

/// The page with what differs from run to run left out.
fn without_this_run(page: &str) -> String {
    let kept = page.lines().filter(|line| {
        let family = family(line);
        !OF_THIS_RUN.iter().any(|prefix| family.starts_with(prefix))
    });
    kept.map(|line| match line.rsplit_once(' ') {
        Some((labels, _)) if !line.starts_with('#') && has_value_of_this_run(line) => {
            format!("{labels} *\n")
        }
        _ => format!("{line}\n"),
    })
    .collect()
}

fn has_value_of_this_run(line: &str) -> bool {
    VALUES_OF_THIS_RUN.contains(&family(line))
}

/// The metric name in a line, be it of a comment or of a sample.
fn family(line: &str) -> &str {
    let rest = (line.strip_prefix("# HELP ")).or_else(|| line.strip_prefix("# TYPE "));
    let rest = rest.unwrap_or(line);
    rest.split(['{', ' ']).next().unwrap()
}

#[test]
fn the_page_by_default() {
    check("defaults", "fixtures", &[]);
}

/// All that is off by default, and filters that let through what the defaults keep back.
#[test]
fn the_page_with_every_option() {
    let flags = [
        "--collector.cpu.info",
        "--collector.cpu.info.flags-include=^(aes|avx.?|constant_tsc)$",
        "--collector.cpu.info.bugs-include=^spec",
        "--collector.diskstats.device-exclude=^$",
        "--collector.netclass.ignore-invalid-speed",
        "--collector.netdev.enable-detailed-metrics",
        "--collector.netdev.label-ifalias",
        "--collector.netstat.fields=^(Tcp|Ip6|UdpLite|IcmpMsg)_",
        "--collector.stat.softirq",
        "--collector.textfile.directory=fixtures/textfile/sound",
        "--collector.textfile.directory=fixtures/textfile/broken",
        "--collector.vmstat.fields=^(nr_dirty|pswp)",
    ];
    check("options", "fixtures", &flags);
}

/// All that is on by default switched off, and filters that keep back what the defaults let through.
#[test]
fn the_page_with_few_things() {
    let flags = [
        "--no-collector.cpu.guest",
        "--no-collector.meminfo",
        "--collector.diskstats.device-include=^(sd|dm)",
        "--collector.netclass.ignored-devices=^(lo|eth1)$",
        "--collector.netdev.device-exclude=^(lo|bond)",
        "--collector.netdev.enable-detailed-metrics",
        "--collector.netstat.fields=^Ip_Forwarding$",
        "--collector.textfile.directory=fixtures/textfile/s*",
        "--collector.vmstat.fields=^oom",
    ];
    check("few", "fixtures", &flags);
}

#[test]
fn the_page_of_one_collector() {
    let flags = ["--collector.disable-defaults", "--collector.loadavg"];
    check("alone", "fixtures", &flags);
}

/// Text files that contradict each other, and one that contradicts a collector.
#[test]
fn the_page_of_files_in_conflict() {
    let flags = [
        "--collector.disable-defaults",
        "--collector.loadavg",
        "--collector.textfile",
        "--collector.textfile.directory=fixtures/textfile/conflict",
    ];
    check("conflict", "fixtures", &flags);
}

/// Files that no kernel writes cost the families that they are about.
#[test]
fn the_page_of_a_garbled_host() {
    check("garbled", "fixtures/garbled", &[]);
}
