//! Files that are no modules, and modules whose name is taken: what an operator is told of each, in
//! the log, by a counter and on the status page, while everything else runs.

use std::fs::{self, File};

use firepit_tests::{Directory, Firepit, Page, Request, Running, guest, until};

use crate::baseline::{assert_complete, procfs, success};
use crate::components::collector;

/// Starts with modules of which one is left out, and looks for all that is told of that.
pub(crate) fn left_out(firepit: Firepit, reason: &str) -> (Running, Page, String) {
    let procfs = procfs();
    let running = firepit.procfs(procfs.path()).keep(procfs).start();
    let lines = until("a module left out", || {
        let lines = running.logs.with("msg", "module not loaded");
        (!lines.is_empty()).then_some(lines)
    });
    let [line] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    assert_eq!(line.get("reason"), Some(reason), "{line:?}");
    let told = line.get("err").unwrap().to_owned();
    assert!(told.len() < 1000, "{} bytes", told.len());
    for raw in running.logs.raw() {
        assert!(!raw.contains(char::is_control), "{raw:?}");
    }
    let page = running.scrape();
    assert_complete(&page);
    let failures = page.value(
        "firepit_collector_load_failures_total",
        &[("reason", reason)],
    );
    assert_eq!(failures, Some(1.0), "{told}");
    let landing = running.ask(&Request::get("/"));
    assert!(landing.text().contains(reason), "{}", landing.text());
    (running, page, told)
}

/// A file in the directory of modules by its name, and what is told of it behind its path.
fn assert_reported(directory: Directory, file: &str, reason: &str, told: &str) {
    let path = directory.path().join(file).display().to_string();
    let flag = format!("--collector.directory={}", directory.path().display());
    let (_running, _, err) = left_out(Firepit::new().flag(flag).keep(directory), reason);
    assert_eq!(err, told.replace("PATH", &path));
}

#[test]
fn unreadable_module_is_reported() {
    let dangling = Directory::new().link("x.wasm", "nowhere");
    let told = "PATH is a link to a file that does not exist";
    assert_reported(dangling, "x.wasm", "read", told);

    let circular = Directory::new().link("x.wasm", "x.wasm");
    let told = "cannot read PATH: Too many levels of symbolic links (os error 40)";
    assert_reported(circular, "x.wasm", "read", told);

    let directory = Directory::new().file("x.wasm/y", "");
    assert_reported(directory, "x.wasm", "read", "PATH is not a regular file");

    let huge = Directory::new();
    let file = File::create(huge.path().join("x.wasm")).unwrap();
    file.set_len(1 << 30).unwrap();
    let told = "PATH is larger than 128 MiB, the limit for a module";
    assert_reported(huge, "x.wasm", "too-large", told);
}

#[test]
fn file_that_is_not_a_component_is_reported() {
    let truncated = "PATH ends in the middle of a section: it was not copied completely";
    let core = "PATH is a core WebAssembly module, not a component: build it for the target \
                wasm32-wasip2, or wrap it with `wasm-tools component new`";
    let whole = fs::read(guest("limit_loop")).unwrap();
    for (content, reason, told) in [
        (&b""[..], "not-wasm", "PATH is empty"),
        (b"#!/bin/sh\n", "not-wasm", "PATH is not WebAssembly"),
        (&[0; 4096], "not-wasm", "PATH is not WebAssembly"),
        (&wat::parse_str("(module)").unwrap(), "not-wasm", core),
        (&whole[..4], "truncated", truncated),
        (&whole[..whole.len() / 2], "truncated", truncated),
        (&whole[..whole.len() - 1], "truncated", truncated),
        (
            &wat::parse_str("(component)").unwrap(),
            "link",
            "PATH is not a collector: no export `collect` found",
        ),
    ] {
        assert_reported(
            Directory::new().file("x.wasm", content),
            "x.wasm",
            reason,
            told,
        );
    }
}

/// A component with garbage in its sections is for the compiler to refuse, and costs nothing else.
#[test]
fn module_that_does_not_compile_is_reported() {
    let mut wasm = fs::read(guest("limit_loop")).unwrap();
    let middle = wasm.len() / 2;
    wasm[middle..middle + 64].fill(0xff);
    let (_running, _, told) = left_out(Firepit::new().bytes("garbled", &wasm), "compile");
    assert!(told.contains("garbled.wasm does not compile: "), "{told}");
}

#[test]
fn built_in_collectors_keep_their_names() {
    let firepit = Firepit::new().module("describe_taken_name");
    let path = firepit.module_path("describe_taken_name");
    let (running, page, told) = left_out(firepit, "name-taken");
    let expected = format!(
        "two collectors have the name loadavg: the built-in module loadavg and {}; remove one of \
         them",
        path.display()
    );
    assert_eq!(told, expected);
    assert_eq!(page.families["node_load1"].kind, "gauge");
    let of_itself = running.page(&Request::get("/metrics/self"));
    let info: Vec<&str> = (of_itself.samples("firepit_collector_info"))
        .filter(|sample| sample.labels["collector"] == "loadavg")
        .map(|sample| sample.labels["source"].as_str())
        .collect();
    assert_eq!(info, ["built-in"]);
    drop(running);
}

/// Of two files with one name the one of the first directory runs, then the first by file name.
#[test]
fn first_file_with_a_duplicate_name_runs() {
    let module = collector("twin", "", "", "");
    let second = Directory::new().file("a.wasm", &module);
    let flag = format!("--collector.directory={}", second.path().display());
    let firepit = Firepit::new().bytes("b", &module).flag(flag);
    let first = firepit.module_path("b");
    let other = second.path().join("a.wasm");
    let (_running, page, told) =
        left_out(firepit.flag("--collector.twin").keep(second), "name-taken");
    let expected = format!(
        "two collectors have the name twin: {} and {}; remove one of them",
        first.display(),
        other.display()
    );
    assert_eq!(told, expected);
    assert_eq!(success(&page, "twin"), Some(1.0));

    let firepit = Firepit::new().bytes("b", &module).bytes("a", &module);
    let (first, other) = (firepit.module_path("a"), firepit.module_path("b"));
    let (_running, _, told) = left_out(firepit, "name-taken");
    let order = told.find(first.to_str().unwrap()) < told.find(other.to_str().unwrap());
    assert!(order, "{told}");
}

/// A file that the configuration names goes before those that lie in a directory.
#[test]
fn config_entry_takes_precedence_over_directories() {
    let named = Directory::new().file("named.wasm", collector("twin", "", "", ""));
    let path = named.path().join("named.wasm").display().to_string();
    let firepit = Firepit::new()
        .bytes("a", &collector("twin", "(func)", "", ""))
        .config(&format!(
            "collectors:\n  twin:\n    module: {path}\n    enabled: true\n"
        ))
        .keep(named);
    let (_running, page, told) = left_out(firepit, "name-taken");
    assert!(told.contains(&format!("twin: {path} and ")), "{told}");
    let info = page.samples("firepit_collector_info");
    let sources: Vec<&str> = info
        .filter(|sample| sample.labels["collector"] == "twin")
        .map(|sample| sample.labels["source"].as_str())
        .collect();
    assert_eq!(sources, [path]);
}

/// A family belongs to whoever comes first: a stranger may not add to that of a built-in collector,
/// even in another series, also where it was granted the name.
#[test]
fn families_of_others_are_rejected_and_counted() {
    let procfs = procfs();
    let yaml = "collectors: {grant_probe: {enabled: true, metric_prefix: {add: node_}, grants: \
                {names: [\"node_guest_probe_*\"]}}, a_liar: {grants: {names: [\"node_load*\"]}}}";
    let running = Firepit::new()
        .module("grant_probe")
        .module("output_conflict")
        .flag("--collector.a_liar")
        .config(yaml)
        .procfs(procfs.path())
        .start();
    let taken = |page: &Page| -> f64 {
        let conflicts = page.samples("firepit_series_conflicts_total");
        let own = conflicts.filter(|sample| {
            sample.labels["collector"] == "a_liar" && sample.labels["reason"] == "taken"
        });
        own.map(|sample| sample.value).sum()
    };
    let page = running.scrape();
    assert_complete(&page);
    assert_eq!(success(&page, "a_liar"), Some(1.0));
    let before = taken(&page);
    let page = running.scrape();
    assert_eq!(taken(&page) - before, 2.0);
    assert!(page.families.contains_key("node_guest_probe_setting"));
}

/// Those behind the first thousand are left out, which is told and ends nothing.
#[test]
fn modules_beyond_the_limit_do_not_run() {
    let modules = Directory::new();
    for number in 0..1001 {
        fs::write(modules.path().join(format!("{number:04}.wasm")), "").unwrap();
    }
    let module = collector("kept", "", "", "");
    fs::write(modules.path().join("0000.wasm"), module).unwrap();
    let flag = format!("--collector.directory={}", modules.path().display());
    let ended = Firepit::new().flag(flag).execute(&["check-config"]);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    let told = "has more than 1000 modules: only the first 1000 by name are loaded";
    assert!(ended.stdout.contains(told), "{}", ended.stdout);
    assert!(ended.stdout.contains("kept "), "{}", ended.stdout);
}
