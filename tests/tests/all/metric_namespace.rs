//! `--metrics.namespace`: the first word of the names of built-in families, and what follows from it for
//! the names of others.

use firepit_tests::{Directory, Firepit, Page, Request};

use crate::baseline::procfs;

/// Over a small host, in the namespace `host`.
fn in_namespace(firepit: Firepit) -> Firepit {
    let procfs = procfs();
    firepit
        .flag("--metrics.namespace=host")
        .procfs(procfs.path())
        .keep(procfs)
}

fn names(page: &Page) -> Vec<&str> {
    page.families.keys().map(String::as_str).collect()
}

/// The same families as without the flag, under names that differ in their first word only.
#[test]
fn every_built_in_family_moves() {
    let over_fixtures = |flags: &[&str]| {
        let fixtures = [
            "--path.procfs=fixtures/proc",
            "--path.sysfs=fixtures/sys",
            "--path.rootfs=fixtures/rootfs",
            "--path.udev.data=fixtures/udev",
            "--no-collector.arp.netlink",
            "--no-collector.netdev.netlink",
        ];
        let firepit = Firepit::new().env("TZ", "");
        let flags = fixtures.iter().chain(flags);
        let ended = flags
            .fold(firepit, |firepit, flag| firepit.flag(*flag))
            .run(&["scrape"]);
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
        Page::parse(&ended.stdout).unwrap()
    };
    let plain = over_fixtures(&[]);
    let moved = over_fixtures(&["--metrics.namespace=host"]);
    let expected: Vec<String> = {
        let names = plain.families.keys();
        let mut names: Vec<String> = names
            .map(|name| match name.strip_prefix("node_") {
                Some(rest) => format!("host_{rest}"),
                None => name.clone(),
            })
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&moved), expected);
    assert!(expected.len() > 200, "{}", expected.len());
    for (name, family) in &plain.families {
        let name = name.replacen("node_", "host_", 1);
        let other = &moved.families[&name];
        assert_eq!((&other.help, &other.kind), (&family.help, &family.kind));
        assert_eq!(other.samples.len(), family.samples.len(), "{name}");
        let labels = |family: &firepit_tests::Family| -> Vec<_> {
            let samples = family.samples.iter();
            samples.map(|sample| sample.labels.clone()).collect()
        };
        assert_eq!(labels(other), labels(family), "{name}");
    }
    assert_eq!(
        moved.value("host_load1", &[]),
        plain.value("node_load1", &[])
    );
}

#[test]
fn filters_match_the_new_names() {
    let running = in_namespace(Firepit::new()).start();
    let page = running.page(&Request::get("/metrics?name[]=host_load1"));
    assert_eq!(names(&page), ["host_load1"]);
    let of = |name| {
        let success = running.scrape();
        success.value(name, &[("collector", "loadavg")])
    };
    assert_eq!(of("host_scrape_collector_success"), Some(1.0));
    assert_eq!(of("node_scrape_collector_success"), None);
    let answer = running.ask(&Request::get("/metrics?name[]=node_load1"));
    assert_eq!((answer.status, answer.text()), (200, ""));
}

/// What others expose is theirs, and keeps its name.
#[test]
fn families_of_text_files_and_modules_keep_their_names() {
    let texts = Directory::new().file("x.prom", "node_job_ok 1\nother 2\n");
    let page = in_namespace(Firepit::with_guest("output_reserved"))
        .flag("--collector.output_reserved.gauge=node_load1")
        .flag("--collector.textfile")
        .flag(format!(
            "--collector.textfile.directory={}",
            texts.path().display()
        ))
        .keep(texts)
        .start()
        .scrape();
    for (name, value) in [
        ("node_job_ok", 1.0),
        ("other", 2.0),
        ("host_textfile_scrape_error", 0.0),
        ("guest_reserved_own", 99.0),
        // Free, because no built-in family begins like this.
        ("node_load1", 99.0),
        ("host_load1", 0.21),
    ] {
        assert_eq!(page.value(name, &[]), Some(value), "{name}");
    }
}

/// Names are reserved in the namespace, whether they can be granted or not.
#[test]
fn names_in_the_namespace_are_reserved() {
    let taker = || {
        let guest = in_namespace(Firepit::with_guest("output_reserved"));
        ["host_load1", "host_new", "host_exporter_build_info"]
            .iter()
            .fold(guest, |guest, name| {
                guest.flag(format!("--collector.output_reserved.gauge={name}"))
            })
    };
    let refused = |page: &Page| {
        let labels = [
            ("collector", "output_reserved"),
            ("reason", "reserved-name"),
        ];
        page.value("firepit_families_refused_total", &labels)
    };
    let page = taker().start().scrape();
    assert_eq!(refused(&page), Some(3.0));
    assert_eq!(page.value("host_load1", &[]), Some(0.21));

    let granted = "collectors: {output_reserved: {grants: {names: ['host_new']}}}";
    let page = taker().config(granted).start().scrape();
    assert_eq!(refused(&page), Some(2.0));
    assert_eq!(page.value("host_new", &[]), Some(99.0));

    // Names about firepit cannot be granted, in whatever namespace they are.
    let withheld = "collectors: {output_reserved: {grants: {names: ['host_exporter_*']}}}";
    let ended = taker().config(withheld).run(&["check-config"]);
    assert_eq!(ended.status.code(), Some(2), "{}", ended.stderr);
    let told = "\"host_exporter_*\": cannot be granted to a module";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
}

#[test]
fn invalid_namespace_is_a_usage_error() {
    for (value, told) in [
        ("", "not the first word of a metric name"),
        ("1x", "not the first word of a metric name"),
        ("my-host", "not the first word of a metric name"),
        ("a:b", "not the first word of a metric name"),
        ("firepit", "names that begin with firepit_ are reserved"),
        ("scrape", "names that begin with scrape_ are reserved"),
        ("go", "names that begin with go_ are reserved"),
    ] {
        let ended = Firepit::new()
            .flag(format!("--metrics.namespace={value}"))
            .run(&["--web.listen-address=127.0.0.1:0"]);
        assert_eq!(ended.status.code(), Some(2), "{value}: {}", ended.stderr);
        assert!(ended.stderr.contains(told), "{value}: {}", ended.stderr);
    }
}
