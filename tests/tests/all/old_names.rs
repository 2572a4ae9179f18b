//! `--metrics.compat=0.8`: the names of node_exporter 0.8 beside today's, over the kernel files in
//! `fixtures/`. The expected lines follow from these files by node_exporter 0.8's own arithmetic.

use firepit_tests::{Directory, Firepit, Page, Request};

use crate::baseline::procfs;

/// The collectors that have old names, over the fixtures.
fn over_fixtures() -> Firepit {
    let flags = [
        "--path.procfs=fixtures/proc",
        "--path.sysfs=fixtures/sys",
        "--path.rootfs=fixtures/rootfs",
        "--no-collector.netdev.netlink",
        "--collector.bonding",
        "--collector.cpu",
        "--collector.diskstats",
        "--collector.filesystem",
        "--collector.interrupts",
        "--collector.netdev",
        "--collector.netstat",
        "--collector.stat",
        "--collector.textfile",
        "--collector.textfile.directory=fixtures/textfile/sound",
        "--collector.time",
    ];
    flags
        .into_iter()
        .fold(Firepit::new(), |firepit, flag| firepit.flag(flag))
}

/// All lines of some old families.
const WHOLE: &str = r#"
# HELP node_boot_time Node boot time, in unixtime.
# TYPE node_boot_time gauge
node_boot_time 1.795361033e+09
# HELP node_context_switches Total number of context switches.
# TYPE node_context_switches counter
node_context_switches 1.7318383e+07
# HELP node_cpu Seconds the cpus spent in each mode.
# TYPE node_cpu counter
node_cpu{cpu="cpu0",mode="guest"} 1.5
node_cpu{cpu="cpu0",mode="idle"} 3459.69
node_cpu{cpu="cpu0",mode="iowait"} 13.29
node_cpu{cpu="cpu0",mode="irq"} 0.3
node_cpu{cpu="cpu0",mode="nice"} 12.5
node_cpu{cpu="cpu0",mode="softirq"} 4.32
node_cpu{cpu="cpu0",mode="steal"} 1.05
node_cpu{cpu="cpu0",mode="system"} 278.26
node_cpu{cpu="cpu0",mode="user"} 1587.95
node_cpu{cpu="cpu1",mode="guest"} 0
node_cpu{cpu="cpu1",mode="idle"} 3223.74
node_cpu{cpu="cpu1",mode="iowait"} 55.41
node_cpu{cpu="cpu1",mode="irq"} 0
node_cpu{cpu="cpu1",mode="nice"} 0
node_cpu{cpu="cpu1",mode="softirq"} 8.06
node_cpu{cpu="cpu1",mode="steal"} 1.01
node_cpu{cpu="cpu1",mode="system"} 332.01
node_cpu{cpu="cpu1",mode="user"} 1431.26
node_cpu{cpu="cpu10",mode="guest"} 0
node_cpu{cpu="cpu10",mode="idle"} 0
node_cpu{cpu="cpu10",mode="iowait"} 1.01
node_cpu{cpu="cpu10",mode="irq"} 0
node_cpu{cpu="cpu10",mode="nice"} 0
node_cpu{cpu="cpu10",mode="softirq"} 0.02
node_cpu{cpu="cpu10",mode="steal"} 0.01
node_cpu{cpu="cpu10",mode="system"} 0
node_cpu{cpu="cpu10",mode="user"} 0
# HELP node_forks Total number of forks.
# TYPE node_forks counter
node_forks 110628
# HELP node_intr Total number of interrupts serviced.
# TYPE node_intr counter
node_intr 6.54645e+06
# HELP node_memory_MemFree MemFree from /proc/meminfo.
# TYPE node_memory_MemFree gauge
node_memory_MemFree 2.3069335552e+10
# HELP node_net_bonding_slaves Number of configured slaves per bonding interface.
# TYPE node_net_bonding_slaves gauge
node_net_bonding_slaves{master="bond0"} 2
# HELP node_net_bonding_slaves_active Number of active slaves per bonding interface.
# TYPE node_net_bonding_slaves_active gauge
node_net_bonding_slaves_active{master="bond0"} 1
"#;

/// Lines of one device or of one interrupt, with the help text of their family.
const PARTS: &[(&str, &str, &str)] = &[
    (
        "counter",
        "The total number of reads completed successfully.",
        r#"node_disk_reads_completed{device="sda"} 25353"#,
    ),
    (
        "counter",
        "The number of reads merged. See https://www.kernel.org/doc/Documentation/iostats.txt.",
        r#"node_disk_reads_merged{device="sda"} 34367"#,
    ),
    (
        "counter",
        "The total number of sectors read successfully.",
        r#"node_disk_sectors_read{device="sda"} 1.003337e+06"#,
    ),
    (
        "counter",
        "The total number of milliseconds spent by all reads.",
        r#"node_disk_read_time_ms{device="sda"} 64003"#,
    ),
    (
        "counter",
        "The total number of writes completed successfully.",
        r#"node_disk_writes_completed{device="sda"} 28444"#,
    ),
    (
        "counter",
        "The number of writes merged. See https://www.kernel.org/doc/Documentation/iostats.txt.",
        r#"node_disk_writes_merged{device="sda"} 11134"#,
    ),
    (
        "counter",
        "The total number of sectors written successfully.",
        r#"node_disk_sectors_written{device="sda"} 505697"#,
    ),
    (
        "counter",
        "This is the total number of milliseconds spent by all writes.",
        r#"node_disk_write_time_ms{device="sda"} 63561"#,
    ),
    (
        "counter",
        "Milliseconds spent doing I/Os.",
        r#"node_disk_io_time_ms{device="sda"} 47293"#,
    ),
    (
        "counter",
        "The weighted # of milliseconds spent doing I/Os. See https://www.kernel.org/doc/Documentation/iostats.txt.",
        r#"node_disk_io_time_weighted{device="sda"} 127565"#,
    ),
    (
        "gauge",
        "bytes receive from /proc/net/dev.",
        r#"node_network_receive_bytes{device="eth0"} 4.33373386e+08"#,
    ),
    (
        "gauge",
        "packets receive from /proc/net/dev.",
        r#"node_network_receive_packets{device="eth0"} 17651"#,
    ),
    (
        "gauge",
        "errs receive from /proc/net/dev.",
        r#"node_network_receive_errs{device="eth0"} 1"#,
    ),
    (
        "gauge",
        "drop receive from /proc/net/dev.",
        r#"node_network_receive_drop{device="eth0"} 42"#,
    ),
    (
        "gauge",
        "fifo receive from /proc/net/dev.",
        r#"node_network_receive_fifo{device="eth0"} 3"#,
    ),
    (
        "gauge",
        "frame receive from /proc/net/dev.",
        r#"node_network_receive_frame{device="eth0"} 4"#,
    ),
    (
        "gauge",
        "compressed receive from /proc/net/dev.",
        r#"node_network_receive_compressed{device="eth0"} 5"#,
    ),
    (
        "gauge",
        "multicast receive from /proc/net/dev.",
        r#"node_network_receive_multicast{device="eth0"} 6"#,
    ),
    (
        "gauge",
        "bytes transmit from /proc/net/dev.",
        r#"node_network_transmit_bytes{device="eth0"} 1.053282e+06"#,
    ),
    (
        "gauge",
        "packets transmit from /proc/net/dev.",
        r#"node_network_transmit_packets{device="eth0"} 11743"#,
    ),
    (
        "gauge",
        "errs transmit from /proc/net/dev.",
        r#"node_network_transmit_errs{device="eth0"} 7"#,
    ),
    (
        "gauge",
        "drop transmit from /proc/net/dev.",
        r#"node_network_transmit_drop{device="eth0"} 8"#,
    ),
    (
        "gauge",
        "fifo transmit from /proc/net/dev.",
        r#"node_network_transmit_fifo{device="eth0"} 9"#,
    ),
    (
        "gauge",
        "frame transmit from /proc/net/dev.",
        r#"node_network_transmit_frame{device="eth0"} 10"#,
    ),
    (
        "gauge",
        "compressed transmit from /proc/net/dev.",
        r#"node_network_transmit_compressed{device="eth0"} 11"#,
    ),
    (
        "gauge",
        "multicast transmit from /proc/net/dev.",
        r#"node_network_transmit_multicast{device="eth0"} 12"#,
    ),
    (
        "gauge",
        "MemTotal from /proc/meminfo.",
        "node_memory_MemTotal 2.5276502016e+10",
    ),
    (
        "counter",
        "Interrupt details from /proc/interrupts.",
        r#"node_interrupts{CPU="1",devices="9-fasteoi acpi",info="IO-APIC",type="9"} 4"#,
    ),
];

#[test]
fn old_families_follow_from_recorded_kernel_files() {
    let running = over_fixtures().flag("--metrics.compat=0.8").start();
    let answer = running.ask(&Request::get("/metrics"));
    let text = answer.text();
    for family in WHOLE.trim().split("\n# HELP ") {
        let family = family.strip_prefix("# HELP ").unwrap_or(family);
        let family = format!("# HELP {family}\n");
        assert!(text.contains(&family), "{family}");
        // Nothing else follows in the family.
        let (_, rest) = text.split_once(&family).unwrap();
        assert!(rest.is_empty() || rest.starts_with("# HELP "), "{family}");
    }
    for (kind, help, line) in PARTS {
        let name = line.split(['{', ' ']).next().unwrap();
        let head = format!("# HELP {name} {help}\n# TYPE {name} {kind}\n");
        assert!(text.contains(&head), "{head}");
        assert!(text.lines().any(|it| it == *line), "{line}");
    }
    let page = Page::parse(text).unwrap();
    assert_todays_are_there(&page);

    // What changes while the test runs follows from today's families.
    let seconds = page.value("node_time_seconds", &[]).unwrap();
    assert_eq!(page.value("node_time", &[]), Some(seconds.floor()));
    assert_eq!(page.families["node_time"].kind, "counter");
    for sample in page.samples("node_filesystem_size_bytes") {
        let mountpoint = sample.labels["mountpoint"].as_str();
        let old = page.value("node_filesystem_size", &[("filesystem", mountpoint)]);
        assert_eq!(old, Some(sample.value), "{mountpoint}");
        let old = [("filesystem", mountpoint)];
        assert!(page.value("node_filesystem_files", &old).is_some());
    }
    let name = "fixtures/textfile/sound/backup.prom";
    let modified = page.value("node_textfile_mtime_seconds", &[("file", name)]);
    let old = page.value("node_textfile_mtime", &[("file", "backup.prom")]);
    assert!(old.is_some() && old == modified);
}

/// Today's families stay as they are, and those that kept their name are there once.
fn assert_todays_are_there(page: &Page) {
    for name in [
        "node_cpu_seconds_total",
        "node_memory_MemFree_bytes",
        "node_disk_read_bytes_total",
    ] {
        assert!(page.families.contains_key(name), "{name}");
    }
    for (name, kind, samples) in [
        ("node_load1", "gauge", 1),
        ("node_procs_running", "gauge", 1),
    ] {
        let family = &page.families[name];
        assert_eq!((&*family.kind, family.samples.len()), (kind, samples));
    }
    let netstat = &page.families["node_netstat_TcpExt_ListenDrops"];
    assert_eq!(netstat.kind, "untyped");
}

/// The summary counts the present scrape.
#[test]
fn durations_are_a_summary() {
    let running = over_fixtures().flag("--metrics.compat=0.8").start();
    for scrape in 1..=3 {
        let page = running.scrape();
        let family = &page.families["node_exporter_scrape_duration_seconds"];
        assert_eq!(family.kind, "summary");
        assert_eq!(family.help, "node_exporter: Duration of a scrape job.");
        let labels = [("collector", "cpu"), ("result", "success")];
        let of = |name: &str, more: &[(&str, &str)]| {
            let labels = [&labels[..], more].concat();
            page.value(name, &labels)
        };
        let count = of("node_exporter_scrape_duration_seconds_count", &[]);
        assert_eq!(count, Some(f64::from(scrape)));
        let sum = of("node_exporter_scrape_duration_seconds_sum", &[]).unwrap();
        let quantiles = ["0.5", "0.9", "0.99"].map(|quantile| {
            let label = [("quantile", quantile)];
            of("node_exporter_scrape_duration_seconds", &label).unwrap()
        });
        assert!(quantiles.is_sorted() && quantiles[0] > 0.0 && sum >= quantiles[2]);
        let present = [("collector", "cpu")];
        let present = page.value("node_scrape_collector_duration_seconds", &present);
        assert!(quantiles[0] <= sum && present.unwrap() <= sum);
    }
    // A collector that fails has a series of its own.
    let broken = Directory::new().file("loadavg", "garbage\n");
    let failing = Firepit::new()
        .flag("--metrics.compat=0.8")
        .procfs(broken.path())
        .keep(broken)
        .start();
    let labels = [("collector", "loadavg"), ("result", "error")];
    let name = "node_exporter_scrape_duration_seconds_count";
    assert_eq!(failing.scrape().value(name, &labels), Some(1.0));
}

/// A built-in collector comes before textfile, so the old names are its own.
#[test]
fn text_file_cannot_use_an_old_name() {
    let text = "# HELP node_boot_time Mine.\n# TYPE node_boot_time gauge\nnode_boot_time 1\n";
    let start = |flags: &[&str]| {
        let texts = Directory::new().file("x.prom", text);
        let procfs = procfs().file("stat", "cpu0 1 2 3\nbtime 1795361033\n");
        let firepit = Firepit::new()
            .flag("--collector.stat")
            .flag("--collector.textfile")
            .flag(format!(
                "--collector.textfile.directory={}",
                texts.path().display()
            ))
            .procfs(procfs.path())
            .keep(procfs)
            .keep(texts);
        flags
            .iter()
            .fold(firepit, |firepit, flag| firepit.flag(*flag))
            .start()
    };
    let page = start(&[]).scrape();
    assert_eq!(page.value("node_boot_time", &[]), Some(1.0));
    let running = start(&["--metrics.compat=0.8"]);
    let page = running.scrape();
    assert_eq!(page.value("node_boot_time", &[]), Some(1795361033.0));
    // A response has the counts before it.
    let page = running.scrape();
    let labels = [("collector", "textfile"), ("reason", "help")];
    let dropped = page.value("firepit_series_conflicts_total", &labels);
    assert_eq!(dropped, Some(1.0));
}

/// The old names begin with `node_` in every namespace, and are reserved there.
#[test]
fn old_names_are_kept_in_another_namespace() {
    let procfs = procfs();
    let page = Firepit::with_guest("output_reserved")
        .flag("--collector.output_reserved.gauge=node_cpu")
        .flag("--metrics.namespace=host")
        .flag("--metrics.compat=0.8")
        .config("attributes: {rack: a1}")
        .procfs(procfs.path())
        .keep(procfs)
        .start()
        .scrape();
    for name in ["host_memory_MemFree_bytes", "node_memory_MemFree"] {
        assert_eq!(page.value(name, &[]), Some(1024.0), "{name}");
    }
    for name in ["host_attributes", "node_attributes"] {
        assert_eq!(page.value(name, &[("rack", "a1")]), Some(1.0), "{name}");
    }
    assert!(!page.families.contains_key("node_cpu"));
    let labels = [
        ("collector", "output_reserved"),
        ("reason", "reserved-name"),
    ];
    let refused = page.value("firepit_families_refused_total", &labels);
    assert_eq!(refused, Some(1.0));
}

#[test]
fn old_names_need_the_flag() {
    let page = over_fixtures().start().scrape();
    for name in [
        "node_cpu",
        "node_time",
        "node_exporter_scrape_duration_seconds",
        "node_memory_MemFree",
    ] {
        assert!(!page.families.contains_key(name), "{name}");
    }
    let ended = Firepit::new()
        .flag("--metrics.compat=0.9")
        .run(&["--web.listen-address=127.0.0.1:0"]);
    assert_eq!(ended.status.code(), Some(2), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("[possible values: none, 0.8]"),
        "{}",
        ended.stderr
    );
}
