//! Whole pages over the host in `fixtures/`, line by line as they are kept in `fixtures/expected/`.
//!
//! `BLESS=1 cargo xtask test golden` writes what comes out now; what that changes is to be judged
//! line by line, see `fixtures/README.md`.

use firepit_tests::{COLLECTORS, Ended, Firepit, Page, Request, assert_golden};

/// Families about this run, this build or the host that the test runs on.
const OF_THIS_RUN: [&str; 5] = [
    "firepit_",
    "node_exporter_build_info",
    "node_uname_info",
    "process_",
    "promhttp_",
];

/// Families of which only the values are about this run, or the machine that it is on: sizes of the
/// file system that the fixtures lie on, and what is counted in pages of memory.
const VALUES_OF_THIS_RUN: [&str; 10] = [
    "node_filesystem_avail_bytes",
    "node_filesystem_files",
    "node_filesystem_files_free",
    "node_filesystem_free_bytes",
    "node_filesystem_size_bytes",
    "node_scrape_collector_duration_seconds",
    "node_sockstat_TCP_mem_bytes",
    "node_sockstat_UDP_mem_bytes",
    "node_textfile_mtime_seconds",
    "node_time_seconds",
];

/// Keeps to the fixtures what would ask the kernel of the machine.
const NOT_OF_THIS_MACHINE: [&str; 6] = [
    "--path.rootfs=fixtures/rootfs",
    "--no-collector.arp.netlink",
    "--no-collector.netdev.netlink",
    "--collector.qdisc.fixtures=fixtures/qdisc",
    "--collector.runit.servicedir=fixtures/rootfs/etc/service",
    "--collector.wifi.fixtures=fixtures/wifi",
];

/// Collectors that no file tells enough, and where they are tested.
const WITHOUT_FILES: [(&str, &str); 13] = [
    ("ethtool", "asks the drivers: ethtool.rs"),
    ("gmond", "asks a service: services/gmond.rs"),
    ("lastlogin", "its file depends on the machine: lastlogin.rs"),
    ("logind", "asks a service: logind.rs"),
    ("network_route", "asks by netlink: namespaces.rs"),
    ("ntp", "asks a service: services/ntp.rs"),
    ("perf", "counts events of CPUs: perf.rs"),
    ("selinux", "asks what file system there is: its own tests"),
    ("supervisord", "asks a service: services/supervisord.rs"),
    ("systemd", "asks a service: systemd.rs"),
    (
        "tcpstat",
        "asks by netlink: netlink/tests.rs, its own tests",
    ),
    ("timex", "a system call: kernel.rs"),
    ("uname", "a system call: kernel.rs"),
];

/// The collectors that the pages about options are about.
const WITH_OPTIONS: [&str; 11] = [
    "--collector.bonding",
    "--collector.cpu",
    "--collector.diskstats",
    "--collector.filefd",
    "--collector.loadavg",
    "--collector.netclass",
    "--collector.netdev",
    "--collector.netstat",
    "--collector.stat",
    "--collector.textfile",
    "--collector.vmstat",
];

/// A firepit over a host. Paths count from this package's directory, where cargo runs its tests.
fn over(host: &str, flags: &[&str]) -> Firepit {
    let roots = [("procfs", "proc"), ("sysfs", "sys"), ("udev.data", "udev")];
    let firepit = roots.iter().fold(Firepit::new(), |firepit, (root, path)| {
        firepit.flag(format!("--path.{root}={host}/{path}"))
    });
    (NOT_OF_THIS_MACHINE.iter().chain(flags))
        .fold(firepit, |firepit, flag| firepit.flag(*flag))
        .env("TZ", "")
}

/// Runs `firepit scrape` over a host, and holds the page against the one of this name.
fn check(name: &str, host: &str, flags: &[&str]) {
    let no_kernel = WITHOUT_FILES.map(|(collector, _)| format!("--no-collector.{collector}"));
    let firepit = no_kernel.into_iter().fold(over(host, flags), Firepit::flag);
    let ended = firepit.run(&["scrape"]);
    let _ = page(&ended);
    assert_golden(name, &without_this_run(&ended.stdout));
}

/// Whether a collector shows what files tell.
fn reads_files(collector: &str) -> bool {
    !WITHOUT_FILES.iter().any(|(other, _)| *other == collector)
}

fn page(ended: &Ended) -> Page {
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    Page::parse(&ended.stdout).unwrap()
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
fn response_by_default() {
    check("defaults", "fixtures", &[]);
}

/// The collectors that are off by default.
#[test]
fn response_of_collectors_that_are_off_by_default() {
    let by_default = page(&over("fixtures", &[]).run(&["scrape"]));
    let is_on = |collector: &str| {
        let mut all = by_default.samples("node_scrape_collector_success");
        all.any(|sample| sample.labels["collector"] == collector)
    };
    let flags: Vec<String> = (COLLECTORS.iter())
        .filter(|collector| reads_files(collector.name))
        .map(|collector| match is_on(collector.name) {
            true => format!("--no-collector.{}", collector.name),
            false => format!("--collector.{}", collector.name),
        })
        .chain(SYSCTL.map(str::to_owned))
        .collect();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    check("others", "fixtures", &flags);
}

const SYSCTL: [&str; 3] = [
    "--collector.sysctl.include=kernel.threads-max",
    "--collector.sysctl.include=fs.file-nr:total,current,max",
    "--collector.sysctl.include-info=kernel.seccomp.actions_avail",
];

/// Whoever adds a collector has to add a host to it: each shows something over the fixtures, in its
/// sandbox, but those that ask the kernel.
#[test]
fn every_collector_has_a_fixture() {
    for (name, _) in WITHOUT_FILES {
        assert!(COLLECTORS.iter().any(|it| it.name == name), "{name}");
    }
    let names = COLLECTORS.iter().map(|collector| collector.name);
    let names: Vec<&str> = names.filter(|name| reads_files(name)).collect();
    let texts = ["--collector.textfile.directory=fixtures/textfile/sound"];
    let flags = [&texts[..], &SYSCTL].concat();
    let running = (names.iter())
        .fold(over("fixtures", &flags), |firepit, name| {
            firepit.flag(format!("--collector.{name}"))
        })
        .all_collectors()
        .start();
    for name in names {
        let page = running.page(&Request::get(&format!("/metrics?collect[]={name}")));
        let of = [("collector", name)];
        let success = page.value("node_scrape_collector_success", &of);
        assert_eq!(success, Some(1.0), "{name}: {:#?}", running.logs.raw());
        let own = page.families.iter().filter(|(family, _)| {
            let of_every_page = ["node_scrape_collector_", "node_textfile_scrape_error"];
            let not_own = OF_THIS_RUN.iter().chain(&of_every_page);
            !not_own.into_iter().any(|prefix| family.starts_with(prefix))
        });
        let samples: usize = own.map(|(_, family)| family.samples.len()).sum();
        assert!(samples > 0, "{name} shows nothing: see fixtures/README.md");
    }
}

/// What is not shown by default, and filters that let through what the defaults keep back.
#[test]
fn response_with_every_option() {
    let flags = [
        "--collector.disable-defaults",
        "--collector.meminfo",
        "--collector.cpu.info",
        "--collector.cpu.info.frequency",
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
    check("options", "fixtures", &[&WITH_OPTIONS[..], &flags].concat());
}

/// All that is on by default switched off, and filters that keep back what the defaults let through.
#[test]
fn response_with_restrictive_filters() {
    let flags = [
        "--collector.disable-defaults",
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
    check("few", "fixtures", &[&WITH_OPTIONS[..], &flags].concat());
}

#[test]
fn response_of_one_collector() {
    let flags = ["--collector.disable-defaults", "--collector.loadavg"];
    check("alone", "fixtures", &flags);
}

/// Text files that contradict each other, and one that contradicts a collector.
#[test]
fn response_of_conflicting_text_files() {
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
fn response_of_a_malformed_host() {
    check("garbled", "fixtures/garbled", &[]);
}
