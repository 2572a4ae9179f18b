//! A real Prometheus, of Debian's packages, takes the page as it is; so does promtool.

use std::io::Write as _;
use std::process::{Command, Stdio};

use firepit_tests::{Firepit, Page, Prometheus, Request, Running, live_flags, program};

/// The standard collectors that are on by default on this host.
fn whole_host() -> Running {
    Firepit::new().all_collectors().start()
}

/// All standard collectors on this host.
fn every_collector() -> Running {
    let flags = live_flags().into_iter();
    flags
        .fold(Firepit::new().all_collectors(), Firepit::flag)
        .start()
}

/// All standard collectors over the fixtures, where those show something that lack what they are
/// about here.
fn every_family() -> Running {
    let flags = [
        "--path.procfs=fixtures/proc",
        "--path.sysfs=fixtures/sys",
        "--path.rootfs=fixtures/rootfs",
        "--path.udev.data=fixtures/udev",
        "--collector.bcache.priorityStats",
        "--collector.qdisc.fixtures=fixtures/qdisc",
        "--collector.stat.softirq",
        "--collector.wifi.fixtures=fixtures/wifi",
    ];
    let flags = live_flags().into_iter().chain(flags.map(str::to_owned));
    flags
        .fold(Firepit::new().all_collectors(), Firepit::flag)
        .start()
}

/// The standard collectors of this host with old names, in another namespace and with labels.
fn with_other_names() -> Running {
    Firepit::new()
        .all_collectors()
        .flag("--metrics.compat=0.8")
        .flag("--metrics.namespace=host")
        .config("collectors: {cpu: {labels: {rack: a1}}, meminfo: {labels: {rack: a1}}}")
        .start()
}

/// A Prometheus that scrapes a firepit, and has done so.
fn scraping(running: &Running) -> Prometheus {
    let prometheus = Prometheus::start(running.address());
    prometheus.wait_until_up();
    prometheus
}

/// Everything on the page got there, under its type and help text.
fn assert_known(prometheus: &Prometheus, page: &Page) {
    let metadata = prometheus.wait_for("metadata", |prometheus| prometheus.api("metadata"));
    let gone = |name: &&String| metadata[name.as_str()].is_null();
    assert_eq!(
        page.families.keys().filter(gone).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
    for (name, family) in &page.families {
        let told = &metadata[name.as_str()][0];
        let kind = if family.kind == "untyped" {
            "unknown"
        } else {
            &family.kind
        };
        assert_eq!(told["type"], kind, "{name}");
        assert_eq!(told["help"], family.help.as_str(), "{name}");
    }
}

#[test]
fn prometheus_scrapes_firepit() {
    let running = whole_host();
    let prometheus = scraping(&running);
    // Twice, so that the first was no accident.
    prometheus.wait_for("two samples", |prometheus| {
        let counts = prometheus.query("count_over_time(node_load1[1m])")?;
        counts.values().all(|count| *count >= 2.0).then_some(())
    });
    assert_eq!(
        prometheus
            .query("up")
            .unwrap()
            .into_values()
            .collect::<Vec<_>>(),
        [1.0]
    );

    let page = running.scrape();
    assert_known(&prometheus, &page);
    let stored = prometheus
        .query("count({job=\"firepit\",__name__=~\"node_.*\"})")
        .unwrap();
    let on_page = page
        .families
        .iter()
        .filter(|(name, _)| name.starts_with("node_"));
    let on_page: usize = on_page.map(|(_, family)| family.samples.len()).sum();
    // Devices may come and go between two scrapes, most do not.
    let stored = stored.into_values().next().unwrap();
    assert!(stored >= on_page as f64 * 0.9, "{stored} of {on_page}");
}

#[test]
fn prometheus_keeps_type_and_help_of_every_family() {
    for (running, at_least) in [(every_collector(), 400), (every_family(), 750)] {
        let prometheus = scraping(&running);
        let page = running.scrape();
        let families = page.families.len();
        assert!(families >= at_least, "{families} families");
        assert_known(&prometheus, &page);
    }
}

/// promtool's exit codes: 0 for fine, 3 for names that it would have chosen otherwise (as for
/// node_exporter's own), 1 for a page that it cannot parse.
#[test]
fn promtool_parses_the_response() {
    let check = |page: &[u8]| {
        let mut child = Command::new(program("FIREPIT_PROMTOOL"))
            .args(["check", "metrics"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(page).unwrap();
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.code(), told)
    };
    let (broken, _) = check(b"node_load1{ 1\n");
    assert_eq!(
        broken,
        Some(1),
        "promtool tells a broken page by its exit code"
    );
    let pages = [
        whole_host().ask(&Request::get("/metrics")),
        every_collector().ask(&Request::get("/metrics")),
        every_family().ask(&Request::get("/metrics")),
        with_other_names().ask(&Request::get("/metrics")),
        Firepit::with_guest("output_injection")
            .start()
            .ask(&Request::get("/metrics")),
        Firepit::with_guest("output_bad_names")
            .start()
            .ask(&Request::get("/metrics")),
    ];
    for page in pages {
        let (code, told) = check(&page.body);
        assert!(matches!(code, Some(0 | 3)), "{told}");
    }
}
