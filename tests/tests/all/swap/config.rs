//! What the configuration file says of collectors, and changes of it while they run.

use std::fs;

use firepit_tests::{Directory, Firepit, Page, sha256, swap_guest};

use super::{ENABLED, Site, sum};

/// A stanza of `swapped` with more in it.
fn with(more: &str) -> String {
    format!("{ENABLED}{more}")
}

fn word(page: &Page) -> Option<String> {
    let said = page.samples("swapped_said").next()?;
    Some(said.labels["word"].clone())
}

#[test]
fn options_change_at_run_time() {
    let site = Site::new();
    assert_eq!(word(&site.page().0).as_deref(), Some("nothing"));
    for said in ["hello", "again"] {
        site.configure(&with(&format!("    options: {{word: {said}}}\n")));
        site.until_value("swapped_said", &[("word", said)], 1.0);
    }
    site.configure(ENABLED);
    site.until_value("swapped_said", &[("word", "nothing")], 1.0);
    site.until_logged("collector reconfigured", 3);
    assert_eq!(super::swaps(&site.page().0), Some(0.0));
}

#[test]
fn instances_names_and_enabled_change_at_run_time() {
    let site = Site::new();
    site.configure(&with("    instances: fresh\n"));
    site.reload();
    for _ in 0..3 {
        let page = site.page().0;
        let of = [("version", "1.0.0")];
        assert_eq!(page.value("swapped_collections_total", &of), Some(1.0));
    }
    site.configure("collectors: {swapped: {enabled: false}}\n");
    site.reload();
    let page = site.page().0;
    assert_eq!(page.samples("swapped_line").count(), 0);
    assert!(
        site.status().contains("<td>swapped</td><td>no</td>"),
        "{}",
        site.status()
    );
    site.configure(&with("    metric_prefix: {require: other_}\n"));
    site.reload();
    let page = site.running.scrape();
    assert_eq!(page.samples("swapped_line").count(), 0);
    assert!(sum(&page, "firepit_families_refused_total") > 0.0);
    site.configure(ENABLED);
    site.reload();
    assert_eq!(site.page().1.lines.as_deref(), Some("1.0.0"));
}

/// Built-in collectors take part in this as those of others do.
#[test]
fn built_in_collector_changes_at_run_time() {
    let text = |name: &str| Directory::new().file("x.prom", format!("{name} 1\n"));
    let (first, second) = (text("first"), text("second"));
    let entry = |directory: &Directory| {
        let path = directory.path().display();
        format!("collectors:\n  textfile: {{enabled: true, options: {{directory: [{path}]}}}}\n")
    };
    let site = Site::new();
    let value = |name: &str| site.running.scrape().value(name, &[]);
    for (directory, name) in [(&first, "first"), (&second, "second")] {
        site.configure(&entry(directory));
        site.reload();
        assert_eq!(value(name), Some(1.0), "{:#?}", site.running.logs.raw());
    }
    assert_eq!(value("first"), None);
    site.configure("collectors: {loadavg: {enabled: false}}\n");
    // A flag goes before the file, and a flag switched it on.
    site.reload();
    assert_eq!(value("second"), None);
    assert_eq!(value("node_load1"), Some(0.21));
    // One family of meminfo's twenty is more than it may show then.
    site.configure("collectors: {meminfo: {limits: {bytes_read: 10}}}\n");
    let answer = site.post("/-/reload");
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("meminfo"), "{}", answer.text());
    assert_eq!(value("node_memory_MemFree_bytes"), Some(1024.0));
}

#[test]
fn pinned_digest_accepts_only_its_content() {
    for module in ["", "    module: modules/x.wasm\n"] {
        let pinned = |wasm: &[u8]| with(&format!("{module}    sha256: {}\n", sha256(wasm)));
        let (old, new) = (swap_guest("1.0.0", "good"), swap_guest("2.0.0", "good"));
        let site = Site::new();
        site.configure(&pinned(&old));
        site.reload();
        site.put(&new);
        site.until_failures("digest", 1.0);
        assert_eq!(site.page().1.lines.as_deref(), Some("1.0.0"));
        let status = site.status();
        for digest in [sha256(&old), sha256(&new)] {
            assert!(status.contains(&digest), "{digest}: {status}");
        }
        // What the file says of it holds for the version before as well.
        site.configure(&format!("{}    options: {{word: changed}}\n", pinned(&old)));
        site.until_value("swapped_said", &[("word", "changed")], 1.0);
        assert_eq!(site.page().1.lines.as_deref(), Some("1.0.0"));
        site.configure(&pinned(&new));
        site.until_lines(Some("2.0.0"));
        assert!(!site.status().contains("digest"));
    }
}

#[test]
fn version_that_requests_more_waits_until_granted() {
    let by_digest = |manner| format!("    sha256: {}\n", sha256(&swap_guest("2.0.0", manner)));
    let path = "    grants: {reads: [/proc/swapped, /proc/uptime]}\n";
    let address = "    grants: {connects: ['tcp:[::ffff:127.0.0.1]:9']}\n";
    for (manner, asked, approval) in [
        ("asks", "/proc/uptime", path.to_owned()),
        ("asks", "/proc/uptime", by_digest("asks")),
        ("connects", "tcp:127.0.0.1:9", address.to_owned()),
        ("connects", "tcp:127.0.0.1:9", by_digest("connects")),
    ] {
        let site = Site::new();
        site.put(&swap_guest("2.0.0", manner));
        site.until_failures("asks-more", 1.0);
        assert_eq!(site.page().1.lines.as_deref(), Some("1.0.0"));
        let status = site.status();
        assert!(
            status.contains(asked) && status.contains("firepit approve"),
            "{status}"
        );
        site.configure(&with(&approval));
        site.until_lines(Some("2.0.0"));
        assert!(!site.status().contains("asks-more"));
    }
}

/// Strangers that have to be approved, or are not even looked into, until the file has them.
#[test]
fn approved_module_runs_until_its_approval_is_removed() {
    let module = swap_guest("1.0.0", "good");
    let entry = with(&format!("    sha256: {}\n", sha256(&module)));
    for default in ["ask", "deny"] {
        let flag = format!("--collector.untrusted-default={default}");
        let site = Site::with(Firepit::new().flag(flag), None);
        site.configure("collectors: {}\n");
        site.reload();
        site.put(&module);
        site.reload();
        assert_eq!(site.page().1.lines, None, "{default}");
        site.configure(&entry);
        site.until_lines(Some("1.0.0"));
        site.configure("collectors: {}\n");
        site.until_lines(None);
        site.configure(&entry);
        site.until_lines(Some("1.0.0"));
    }
}

/// A module that the file names, outside of every directory.
#[test]
fn named_module_is_watched_outside_of_module_directories() {
    let site = Site::with(Firepit::new(), None);
    site.configure(&with("    module: elsewhere/y.wasm\n"));
    let message = "module not loaded";
    let line = site.running.logs.wait_for("msg", message);
    assert_eq!(line.get("reason"), Some("read"));
    site.reload();
    site.reload();
    site.until_failures("read", 1.0);
    site.until_logged(message, 1);

    fs::create_dir(site.root.join("elsewhere")).unwrap();
    let file = site.root.join("elsewhere/y.wasm");
    for version in ["1.0.0", "2.0.0"] {
        fs::write(&file, swap_guest(version, "good")).unwrap();
        site.until_lines(Some(version));
    }
    // The file names it, so that it is missing is an accident: the last good version goes on.
    fs::remove_file(&file).unwrap();
    site.until_failures("read", 2.0);
    assert_eq!(site.page().1.lines.as_deref(), Some("2.0.0"));
    site.configure(ENABLED);
    site.until_lines(None);
}
