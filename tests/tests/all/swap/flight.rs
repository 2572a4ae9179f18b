//! Scrapes in flight, scrapes beside a compiler at work, and what remains of old versions.

use std::fs;
use std::thread;

use firepit_tests::{Firepit, GuestOnPage, Writer, heavy, swap_guest, until};
use rustix::process::{Pid, Signal, kill_process};

use super::{Site, swaps};

/// A scrape that began on one version ends on it, info line included, however late.
#[test]
fn a_scrape_ends_on_the_version_it_began_with() {
    let site = Site::with(
        Firepit::new().slow_file("swapped"),
        Some(&swap_guest("1.0.0", "read")),
    );
    site.until_lines(Some("1.0.0"));
    site.running.gate().block();
    thread::scope(|scope| {
        let early = scope.spawn(|| site.page().1);
        until("the scrape to be held", || {
            (site.running.gate().blocked() > 0).then_some(())
        });
        site.put(&swap_guest("2.0.0", "good"));
        // Until then whoever asks for it waits for the one that is held.
        let _ = site.running.logs.wait_for("msg", "collector replaced");
        site.until_lines(Some("2.0.0"));
        site.put(&swap_guest("3.0.0", "good"));
        site.until_lines(Some("3.0.0"));
        assert!(!early.is_finished());
        site.running.gate().release();
        let shown = early.join().unwrap();
        assert_eq!(shown.lines.as_deref(), Some("1.0.0"));
        assert_eq!(shown.success, Some(true));
    });
}

/// Processes that firepit started.
fn children(pid: u32) -> Vec<i32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let of_each =
        tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("children")).ok());
    of_each
        .flat_map(|text| {
            text.split_whitespace()
                .map(|pid| pid.parse().unwrap())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// While a module is compiled, however long that takes, scrapes are answered with the old version.
#[test]
fn scrapes_do_not_wait_for_the_compiler() {
    let site = Site::new();
    site.put(&heavy(&swap_guest("2.0.0", "good"), 300));
    let compiler = until("the compiler", || children(site.running.pid()).pop());
    let compiler = Pid::from_raw(compiler).unwrap();
    kill_process(compiler, Signal::STOP).unwrap();
    for _ in 0..50 {
        assert_eq!(site.page().1.lines.as_deref(), Some("1.0.0"));
    }
    assert_eq!(
        children(site.running.pid()),
        [compiler.as_raw_nonzero().get()]
    );
    kill_process(compiler, Signal::CONT).unwrap();
    site.until_lines(Some("2.0.0"));
}

/// A new version that hangs inside the host during its trial holds up nobody: no scrape, and no
/// other module.
#[test]
fn hung_trial_does_not_stop_reloading() {
    let site = Site::with(
        Firepit::new()
            .slow_file("swapped")
            .flag("--sandbox.deadline=1s"),
        Some(&swap_guest("1.0.0", "good")),
    );
    site.running.gate().block();
    site.put(&swap_guest("2.0.0", "read"));
    site.until_failures("trial", 1.0);
    assert_eq!(site.page().1.lines.as_deref(), Some("1.0.0"));
    assert_eq!(site.running.gate().blocked(), 1, "it still hangs");
    site.put(&swap_guest("3.0.0", "good"));
    site.until_lines(Some("3.0.0"));
    site.running.gate().release();
}

/// Mappings and memory in KiB of a process.
fn memory(site: &Site) -> (usize, u64) {
    let maps = fs::read_to_string(format!("/proc/{}/maps", site.running.pid())).unwrap();
    (maps.lines().count(), site.running.resident_kib())
}

/// A hundred versions, each of which had two megabytes of its own, machine code not counted.
#[test]
fn memory_of_old_versions_is_released() {
    let site = Site::new();
    let swap = |number: u32| {
        let version = format!("{number}.0.0");
        Writer::Rename.write(&site.module(), &swap_guest(&version, "good"));
        site.reload();
        // Its probation ends, and with it the version before.
        for _ in 0..4 {
            let page = site.running.scrape();
            assert_eq!(
                GuestOnPage::on(&page).unwrap().lines.as_deref(),
                Some(version.as_str())
            );
        }
        (
            memory(&site),
            site.running.threads(),
            site.running.open_files(),
        )
    };
    let mut first = ((0, 0), 0, 0);
    for number in 2..=20 {
        first = swap(number);
    }
    let mut last = first;
    for number in 21..=120 {
        last = swap(number);
    }
    assert_eq!(swaps(&site.running.scrape()), Some(119.0));
    let ((maps, resident), threads, files) = last;
    let ((maps_first, resident_first), threads_first, files_first) = first;
    assert!(maps <= maps_first + 20, "{first:?} {last:?}");
    assert!(resident <= resident_first + 20_000, "{first:?} {last:?}");
    assert!(threads <= threads_first + 2, "{first:?} {last:?}");
    assert!(files <= files_first + 4, "{first:?} {last:?}");
}
