//! The file descriptors belong to the port and the built-in collectors first, however many modules
//! there are and whatever they are made of.

use std::fs;
use std::net::TcpStream;

use firepit_tests::{Firepit, Page, Running, until};

use crate::baseline::{assert_complete, procfs, success};
use crate::components::collector;

/// Memories with data beside the module's own. For each of them the engine could keep an image, for
/// which it takes a descriptor.
fn memories(number: usize) -> String {
    let one = "(core instance (instantiate $store))";
    let store = r#"(core module $store (memory 1) (data (i32.const 0) "data"))"#;
    format!("{store} {}", one.repeat(number))
}

/// The collectors on a page that come with the program, and whether all went well.
fn builtin(page: &Page) -> Vec<(String, bool)> {
    // The page tells of modules from files alone.
    let info = page.samples("firepit_collector_info");
    let modules: Vec<&String> = info.map(|sample| &sample.labels["collector"]).collect();
    let ran = page.samples("node_scrape_collector_success");
    let ran = ran.map(|sample| &sample.labels["collector"]);
    let mut all: Vec<(String, bool)> = ran
        .filter(|name| !modules.contains(name))
        .map(|name| (name.clone(), success(page, name) == Some(1.0)))
        .collect();
    all.sort();
    all
}

/// All collectors that are on by default, with so many descriptors, soft and hard.
fn limited(limits: &str) -> Firepit {
    let nofile = format!("--nofile={limits}");
    Firepit::new()
        .all_collectors()
        .within(&["prlimit", &nofile])
}

/// What the built-in collectors show where there are no modules.
fn alone(limits: &str) -> (Vec<(String, bool)>, usize) {
    let running = limited(limits).start();
    let found = builtin(&running.scrape());
    assert!(found.len() > 20, "{found:?}");
    (found, running.memory_images())
}

fn assert_untouched(running: &Running, (collectors, images): &(Vec<(String, bool)>, usize)) {
    // The second scrape has all files open that it keeps.
    for _ in 0..2 {
        assert_eq!(builtin(&running.scrape()), *collectors);
    }
    assert_eq!(running.memory_images(), *images);
}

/// `engine::third_party`, and `Limits::memories`.
#[test]
fn many_memories_use_no_descriptors() {
    for limits in ["1024:4096", "1024:1024"] {
        let untouched = alone(limits);
        let mut firepit = limited(limits);
        for number in 0..31 {
            let (few, many) = (format!("few_{number}"), format!("many_{number}"));
            firepit = firepit
                .bytes(&few, &collector(&few, "", "", &memories(3)))
                .bytes(&many, &collector(&many, "", "", &memories(30)))
                .flag(format!("--collector.{few}"))
                .flag(format!("--collector.{many}"));
        }
        let running = firepit.start();
        assert_untouched(&running, &untouched);
        let page = running.scrape();
        for number in 0..31 {
            assert_eq!(success(&page, &format!("few_{number}")), Some(1.0));
            assert_eq!(success(&page, &format!("many_{number}")), None);
        }
        let of = [("reason", "describe")];
        let refused = page.value("firepit_collector_load_failures_total", &of);
        assert_eq!(refused, Some(31.0));
    }
}

/// More modules than there are descriptors, nearly.
#[test]
fn many_modules_use_no_descriptors() {
    let untouched = alone("320:320");
    let mut firepit = limited("320:320");
    for number in 0..300 {
        let name = format!("small_{number}");
        firepit = firepit
            .bytes(&name, &collector(&name, "", "", ""))
            .flag(format!("--collector.{name}"));
    }
    let running = firepit.start();
    assert_untouched(&running, &untouched);
    let page = running.scrape();
    for number in 0..300 {
        assert_eq!(success(&page, &format!("small_{number}")), Some(1.0));
    }
}

/// Where there is no room beside the reserve, modules wait, and nobody else does.
#[test]
fn modules_wait_while_only_reserved_descriptors_remain() {
    let procfs = procfs();
    let running = Firepit::new()
        .within(&["prlimit", "--nofile=100:100"])
        .bytes("own", &collector("own", "", "", ""))
        .flag("--collector.own")
        .procfs(procfs.path())
        .start();
    let line = running
        .logs
        .wait_for("msg", "module waits for file descriptors");
    assert_eq!(line.get("reason"), Some("descriptors"), "{line:?}");
    let told = line.get("err").unwrap();
    assert!(told.contains("the process may have 100"), "{told}");
    let page = running.scrape();
    assert_complete(&page);
    assert_eq!(success(&page, "own"), None);
    let failures = "firepit_collector_load_failures_total";
    let waits = page.value(failures, &[("reason", "descriptors")]);
    assert_eq!(waits, Some(1.0));
}

/// The low soft limit is for programs of another kind.
#[test]
fn the_soft_limit_is_raised_to_the_hard_one() {
    let running = Firepit::new()
        .within(&["prlimit", "--nofile=64:512"])
        .start();
    let limits = fs::read_to_string(format!("/proc/{}/limits", running.pid())).unwrap();
    let mut lines = limits.lines();
    let line = lines.find_map(|line| line.strip_prefix("Max open files"));
    let values: Vec<&str> = line.unwrap().split_whitespace().collect();
    assert_eq!(values[..2], ["512", "512"]);
}

/// Few descriptors are not all for those who hold connections open.
#[test]
fn connections_leave_descriptors_to_collectors() {
    let procfs = procfs();
    let running = Firepit::new()
        .within(&["prlimit", "--nofile=80:80"])
        .procfs(procfs.path())
        .start();
    let connect = || TcpStream::connect(running.address()).unwrap();
    let before = running.open_files();
    let idle: Vec<_> = (0..60).map(|_| connect()).collect();
    until("connections", || {
        (running.open_files() >= before + 8).then_some(())
    });
    assert!(running.open_files() <= 70, "{}", running.open_files());
    drop(idle);
    assert_complete(&running.scrape());
}
