//! `labels` of the configuration file: each series of a collector carries them.

use std::fs;

use firepit_tests::{Directory, Firepit, Page, Request, Running};

use crate::baseline::{procfs, success};

/// Over a small host, with an entry for a collector.
fn with_config(firepit: Firepit, yaml: &str) -> Firepit {
    let procfs = procfs().file("stat", "cpu0 1 2 3 4 5 6 7 8 9 10\n");
    firepit.config(yaml).procfs(procfs.path()).keep(procfs)
}

const RACK: [(&str, &str); 2] = [("rack", "a\"1"), ("row", "3")];

#[test]
fn every_series_of_a_collector_has_the_constant_labels() {
    let yaml = r#"
collectors:
  loadavg: {labels: {row: 3, rack: 'a"1'}}
  output_reserved: {labels: {module: "yes"}}
"#;
    let running = with_config(Firepit::with_guest("output_reserved"), yaml).start();
    let page = running.scrape();
    assert_eq!(page.value("node_load1", &RACK), Some(0.21));
    assert_eq!(page.value("node_load15", &RACK), Some(0.39));
    let module = page.value("guest_reserved_own", &[("module", "yes")]);
    assert_eq!(module, Some(99.0));
    // Neither another collector nor the metrics about collectors.
    assert_eq!(page.value("node_memory_MemFree_bytes", &[]), Some(1024.0));
    assert_eq!(success(&page, "loadavg"), Some(1.0));
    let text = running.ask(&Request::get("/metrics"));
    let line = r#"node_load1{rack="a\"1",row="3"} 0.21"#;
    assert!(text.text().lines().any(|it| it == line), "{}", text.text());
}

#[test]
fn series_of_text_files_have_the_constant_labels() {
    let texts = Directory::new().file("x.prom", "a{b=\"c\"} 1\nr{rack=\"z\"} 2\ns 3\n");
    let yaml = "collectors: {textfile: {labels: {rack: a1}}}";
    let running = with_config(Firepit::new().flag("--collector.textfile"), yaml)
        .flag(format!(
            "--collector.textfile.directory={}",
            texts.path().display()
        ))
        .keep(texts)
        .start();
    let page = running.scrape();
    let labels = [("b", "c"), ("rack", "a1")];
    assert_eq!(page.value("a", &labels), Some(1.0));
    assert_eq!(page.value("s", &[("rack", "a1")]), Some(3.0));
    let own = page.value("node_textfile_scrape_error", &[("rack", "a1")]);
    assert_eq!(own, Some(0.0));
    // The file's own label stays, so its family goes; the file may change at any time, so this is no
    // error of the configuration.
    assert!(!page.families.contains_key("r"));
    assert_eq!(clashes(&page, "textfile"), Some(1.0));
    assert_reported_once(&running, "textfile", 1);
    assert_eq!(clashes(&running.scrape(), "textfile"), Some(3.0));
    assert_reported_once(&running, "textfile", 1);
}

fn clashes(page: &Page, collector: &str) -> Option<f64> {
    let labels = [("collector", collector), ("reason", "label-clash")];
    page.value("firepit_families_refused_total", &labels)
}

/// How many families were reported, however many scrapes there were.
fn assert_reported_once(running: &Running, collector: &str, families: usize) {
    // Another scrape that reports nothing new.
    let _ = running.scrape();
    let lines = running.logs.with("msg", "metric family rejected");
    let of_collector = lines.iter().filter(|line| {
        line.get("collector") == Some(collector) && line.get("reason") == Some("label-clash")
    });
    assert_eq!(of_collector.count(), families, "{:#?}", running.logs.raw());
}

/// A built-in collector's labels are known before anything is served.
#[test]
fn a_clash_with_a_family_is_an_error_of_the_configuration() {
    let yaml = "collectors: {cpu: {labels: {cpu: x}}}";
    for words in [
        &["--web.listen-address=127.0.0.1:0"][..],
        &["check-config"],
        &["scrape"],
    ] {
        let ended = with_config(Firepit::new().flag("--collector.cpu"), yaml).run(words);
        assert_eq!(ended.status.code(), Some(2), "{}", ended.stderr);
        for told in [
            "invalid labels of collector cpu: family node_cpu_",
            "a label cpu of its own",
            "`labels` in the collector's entry",
        ] {
            assert!(ended.stderr.contains(told), "{told}: {}", ended.stderr);
        }
    }
    // One that is off has no families.
    let off = with_config(Firepit::new().flag("--no-collector.cpu"), yaml);
    assert_eq!(off.run(&["check-config"]).status.code(), Some(0));
}

/// A reload with a clash keeps what runs.
#[test]
fn a_reload_adds_changes_and_rejects_labels() {
    let directory = Directory::new().file("firepit.yaml", "collectors: {cpu: }\n");
    let file = directory.path().join("firepit.yaml");
    let procfs = procfs().file("stat", "cpu0 1 2 3 4 5 6 7 8 9 10\n");
    let running = Firepit::new()
        .flag("--collector.cpu")
        .flag("--web.enable-lifecycle")
        .flag(format!("--config.file={}", file.display()))
        .procfs(procfs.path())
        .keep(procfs)
        .keep(directory)
        .start();
    let idle = |page: &Page, labels: &[(&str, &str)]| {
        let labels = [&[("cpu", "0"), ("mode", "user")][..], labels].concat();
        page.value("node_cpu_seconds_total", &labels)
    };
    let reload = |yaml: &str| {
        fs::write(&file, yaml).unwrap();
        running.ask(&Request::of("POST", "/-/reload"))
    };
    assert_eq!(idle(&running.scrape(), &[]), Some(0.01));
    for rack in ["a1", "a2"] {
        let answer = reload(&format!(
            "collectors: {{cpu: {{labels: {{rack: {rack}}}}}}}\n"
        ));
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(idle(&running.scrape(), &[("rack", rack)]), Some(0.01));
    }
    let answer = reload("collectors: {cpu: {labels: {mode: x}}}\n");
    assert_eq!(answer.status, 500);
    assert!(
        answer.text().contains("invalid labels of collector cpu"),
        "{}",
        answer.text()
    );
    assert_eq!(idle(&running.scrape(), &[("rack", "a2")]), Some(0.01));
}

/// Labels count towards the output of their collector.
#[test]
fn labels_are_charged_to_the_output_limit() {
    let entry = |labels: &str| {
        // `meminfo` writes some 3,000 bytes.
        format!("collectors: {{meminfo: {{limits: {{output_bytes: 8KiB}}, labels: {labels}}}}}")
    };
    let failures = |page: &Page| {
        let labels = [("collector", "meminfo"), ("reason", "output-limit")];
        page.value("firepit_collector_failures_total", &labels)
            .unwrap_or_default()
    };
    let page = with_config(Firepit::new(), &entry("{a: b}"))
        .start()
        .scrape();
    assert_eq!(
        (failures(&page), success(&page, "meminfo")),
        (0.0, Some(1.0))
    );
    let long = "x".repeat(256);
    let many: Vec<String> = (0..16).map(|number| format!("l{number}: {long}")).collect();
    let many = format!("{{{}}}", many.join(", "));
    let page = with_config(Firepit::new(), &entry(&many)).start().scrape();
    assert_eq!(
        (failures(&page), success(&page, "meminfo")),
        (1.0, Some(0.0))
    );
    assert_eq!(success(&page, "loadavg"), Some(1.0));
}
