//! What does not get through loading, setting up and its trial never reaches a page.

use std::fs;
use std::time::Duration;

use firepit_tests::{Firepit, guest, swap_guest};

use super::{Site, swaps};

/// A core module, eight bytes long.
const CORE: &[u8] = b"\0asm\x01\0\0\0";

/// A component without anything.
const EMPTY_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// New versions that are not taken: their content, and the reason that is told.
fn bad() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let version = |manner| swap_guest("2.0.0", manner);
    vec![
        ("garbage", b"garbage".to_vec(), "not-wasm"),
        ("core", CORE.to_vec(), "not-wasm"),
        ("component", EMPTY_COMPONENT.to_vec(), "link"),
        ("trap", version("trap"), "trial"),
        ("loop", version("loop"), "trial"),
        ("hoard", version("hoard"), "trial"),
        ("sleep", version("sleep"), "trial"),
        ("amplify", version("amplify"), "trial"),
        ("large", version("large"), "trial"),
        ("refuse", version("refuse"), "configure"),
        ("asks", version("asks"), "asks-more"),
    ]
}

fn site() -> Site {
    // The one that sleeps would be waited for.
    // One version is within its limits, and larger than the whole page.
    let hasty = (Firepit::new().flag("--sandbox.deadline=3s")).flag("--scrape.max-page-bytes=1MiB");
    Site::with(hasty, Some(&swap_guest("1.0.0", "good")))
}

#[test]
fn version_that_fails_its_trial_is_not_loaded() {
    for (what, module, reason) in bad() {
        let site = site();
        site.until_lines(Some("1.0.0"));
        site.put(&module);
        let page = site.until_failures(reason, 1.0);
        assert_eq!(swaps(&page), Some(0.0), "{what}");
        assert_eq!(site.page().1.lines.as_deref(), Some("1.0.0"), "{what}");

        let message = "new version of module not loaded, keeping the previous version";
        let line = site.running.logs.wait_for("msg", message);
        assert_eq!(line.get("reason"), Some(reason), "{what}");
        assert_eq!(line.get("running"), Some("1.0.0"), "{what}");
        assert!(line.get("err").is_some_and(|err| !err.is_empty()), "{what}");
        let status = site.status();
        for told in [reason, "swapped 1.0.0", "Modules with problems"] {
            assert!(status.contains(told), "{what}: {told}: {status}");
        }

        // Nothing new is told or counted of the same file, however often it is looked at.
        site.reload();
        site.reload();
        site.until_failures(reason, 1.0);
        site.until_logged(message, 1);

        site.put(&swap_guest("3.0.0", "good"));
        let page = site.until_lines(Some("3.0.0"));
        assert_eq!(swaps(&page), Some(1.0), "{what}");
        assert!(!site.status().contains("Modules with problems"), "{what}");
    }
}

/// One log line for one change of state: that one kind of garbage follows on another is none.
#[test]
fn repeated_failure_is_counted_and_not_logged_again() {
    let site = site();
    site.put(b"garbage");
    site.until_failures("not-wasm", 1.0);
    site.put(b"more garbage");
    site.until_failures("not-wasm", 2.0);
    site.put(&swap_guest("2.0.0", "trap"));
    site.until_failures("trial", 1.0);
    let message = "new version of module not loaded, keeping the previous version";
    site.until_logged(message, 2);
}

#[test]
fn module_broken_at_startup_runs_once_repaired() {
    for (what, module, reason) in [
        ("garbage", b"garbage".to_vec(), "not-wasm"),
        ("refuse", swap_guest("1.0.0", "refuse"), "configure"),
    ] {
        let site = Site::with(Firepit::new(), Some(&module));
        let page = site.until_failures(reason, 1.0);
        assert_eq!(page.samples("swapped_line").count(), 0, "{what}");
        site.until_logged("module not loaded", 1);
        site.put(&swap_guest("2.0.0", "good"));
        site.until_lines(Some("2.0.0"));
        site.until_logged("collector loaded", 1);
        assert_eq!(site.told("collector replaced"), 0, "{what}");
    }
}

/// A call that keeps the host busy ends at the deadline of the trial: other modules are not held up.
#[test]
fn slow_call_in_a_trial_delays_no_other_module() {
    let hasty = Firepit::new()
        .flag("--sandbox.deadline=1s")
        .slow_file("slow");
    let site = Site::with(hasty, Some(&swap_guest("1.0.0", "good")));
    site.until_lines(Some("1.0.0"));
    site.running.gate().delay(Duration::from_millis(5));
    let slow = "  limit_host_calls:\n    enabled: true\n";
    site.configure(&format!("{}{slow}", super::ENABLED));
    fs::copy(guest("limit_host_calls"), site.modules().join("y.wasm")).unwrap();
    site.until_failures("trial", 1.0);
    site.put(&swap_guest("2.0.0", "good"));
    site.until_lines(Some("2.0.0"));
    // Each second has room for 200 of the 50,000 files that it names.
    let opened = site.running.gate().delayed();
    assert!((1..=600).contains(&opened), "{opened} files opened");
}

/// Without a version before it, it is tried out all the same.
#[test]
fn first_version_has_a_trial_too() {
    let site = Site::with(Firepit::new(), None);
    site.put(&swap_guest("1.0.0", "trap"));
    let page = site.until_failures("trial", 1.0);
    assert_eq!(page.samples("swapped_line").count(), 0);
    site.until_logged("module not loaded", 1);
    assert!(site.status().contains("nothing"), "{}", site.status());
}
