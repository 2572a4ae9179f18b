//! Bounds on reading: files, bytes, sizes, entries, and what all that costs.

use std::fs::{self, File};

use firepit_tests::{Directory, Firepit, Page};

use crate::baseline::{assert_complete, assert_failed, assert_fails_alone, procfs, success};

const ENDLESS: &str = "--sandbox.fuel=1000000000000000";

/// Scrapes once, with a guest that reads `what` so many times.
fn read(procfs: &Directory, what: &str, count: usize, flags: &[&str]) -> Page {
    let firepit = flags
        .iter()
        .fold(Firepit::with_guest("limit_reads"), |f, flag| f.flag(*flag));
    let running = (firepit.procfs(procfs.path()))
        .flag(format!("--collector.limit_reads.what={what}"))
        .flag(format!("--collector.limit_reads.count={count}"))
        .start();
    let page = running.scrape();
    assert_complete(&page);
    page
}

/// `Limits::files_opened`
#[test]
fn files_are_bounded() {
    let procfs = procfs().file("small", "x");
    let page = read(&procfs, "small", 50_000, &[ENDLESS]);
    assert_eq!(page.value("guest_read", &[("result", "ok")]), Some(1.0));
    let page = read(&procfs, "small", 50_001, &[ENDLESS]);
    assert_failed(&page, "limit_reads", "read-limit");
}

/// `Limits::files_opened` counts what is not there too.
#[test]
fn missing_files_are_bounded() {
    let page = read(&procfs(), "missing", 50_001, &[ENDLESS]);
    assert_failed(&page, "limit_reads", "read-limit");
}

/// `Limits::bytes_read`
#[test]
fn bytes_are_bounded() {
    let procfs = procfs().file("large", vec![b'x'; 1 << 20]);
    let page = read(&procfs, "large", 64, &[ENDLESS]);
    assert_eq!(
        page.value("guest_read", &[("result", "ok")]),
        Some(f64::from(1 << 20))
    );
    let page = read(&procfs, "large", 65, &[ENDLESS]);
    assert_failed(&page, "limit_reads", "read-limit");
}

/// `Limits::file_bytes`: an error that a collector can live with.
#[test]
fn one_file_is_bounded() {
    let procfs = procfs();
    for (name, size) in [("most", 4 << 20), ("huge", (4 << 20) + 1)] {
        File::create(procfs.path().join(name))
            .unwrap()
            .set_len(size)
            .unwrap();
    }
    let page = read(&procfs, "most", 1, &[]);
    assert_eq!(
        page.value("guest_read", &[("result", "ok")]),
        Some(f64::from(4 << 20))
    );
    let page = read(&procfs, "huge", 1, &[]);
    assert_eq!(
        page.value("guest_read", &[("result", "file too large")]),
        Some(-1.0)
    );
    assert_eq!(success(&page, "limit_reads"), Some(1.0));
}

/// `Limits::list_entries`
#[test]
fn directories_are_bounded() {
    let procfs = procfs();
    let many = procfs.path().join("many");
    fs::create_dir(&many).unwrap();
    for number in 0..50_000 {
        File::create(many.join(number.to_string())).unwrap();
    }
    let page = read(&procfs, "many", 1, &[]);
    assert_eq!(
        page.value("guest_read", &[("result", "ok")]),
        Some(50_000.0)
    );
    File::create(many.join("one more")).unwrap();
    let page = read(&procfs, "many", 1, &[]);
    assert_failed(&page, "limit_reads", "read-limit");
}

/// `Limits::fuel`: work of the host is charged, so cheap instructions cannot buy dear work.
#[test]
fn reading_costs_fuel() {
    let procfs = procfs()
        .file("small", "")
        .file("large", vec![b'x'; 1 << 20]);
    let fuel = "--sandbox.fuel=20000000";
    for (what, few, many) in [
        ("small", 500, 2_500),
        ("missing", 500, 2_500),
        ("large", 8, 32),
    ] {
        let page = read(&procfs, what, few, &[fuel]);
        assert_eq!(success(&page, "limit_reads"), Some(1.0), "{what}");
        let page = read(&procfs, what, many, &[fuel]);
        assert_failed(&page, "limit_reads", "out-of-fuel");
    }
}

/// `Limits::fuel`: what was read once is copied at a price too, by the host as by the guest: two
/// units a byte together.
#[test]
fn rereading_costs_fuel() {
    for (count, reason) in [(20, None), (60, Some("out-of-fuel"))] {
        let procfs = procfs().file("large", vec![b'x'; 1 << 20]);
        let page = Firepit::with_guest("limit_rereads")
            .procfs(procfs.path())
            .flag(format!("--collector.limit_rereads.count={count}"))
            .flag("--sandbox.fuel=100000000")
            .start()
            .scrape();
        assert_complete(&page);
        match reason {
            None => assert_eq!(
                page.value("guest_reread_bytes", &[]),
                Some(20.0 * 1048576.0)
            ),
            Some(reason) => assert_failed(&page, "limit_rereads", reason),
        }
    }
}

/// A file that blocks whoever opens it in the ordinary way.
#[test]
fn pipe_is_not_a_file() {
    let procfs = procfs();
    let status = std::process::Command::new("mkfifo")
        .arg(procfs.path().join("pipe"))
        .status();
    assert!(status.unwrap().success());
    let page = read(&procfs, "pipe", 1, &[]);
    assert_eq!(
        page.value("guest_read", &[("result", "not a regular file")]),
        Some(-1.0)
    );
}

/// What a scrape cost is on its page.
#[test]
fn reading_is_counted() {
    let procfs = procfs().file("small", "12345");
    let page = read(&procfs, "small", 10, &[]);
    let of = [("collector", "limit_reads")];
    assert_eq!(
        page.value("firepit_collector_files_opened_total", &of),
        Some(10.0)
    );
    assert_eq!(
        page.value("firepit_collector_read_bytes_total", &of),
        Some(50.0)
    );
}

/// A guest that reads without end, beside others.
#[test]
fn read_flood_fails_only_its_collector() {
    let firepit = Firepit::with_guest("limit_reads").flag("--collector.limit_reads.what=loadavg");
    assert_fails_alone(firepit, "limit_reads", "read-limit");
}

/// A path that is not granted is not permitted by `std::fs` either, in whichever way it is asked about.
#[test]
fn std_fs_denies_paths_that_are_not_granted() {
    let procfs = Directory::new()
        .file("given/file", "12345")
        .file("given/other", "x")
        .file("some/one/stat", "123")
        .file("some/one/other", "x")
        .file("some/loose", "x")
        .file("beside", "x");
    let denied = "PermissionDenied";
    let answers: [(&str, [&str; 4]); 9] = [
        ("/proc/given/file", ["5 bytes", "opened", "file", denied]),
        ("/proc/some/one/stat", ["3 bytes", "opened", "file", denied]),
        // Not granted, with nothing granted below.
        ("/proc/beside", [denied; 4]),
        ("/proc/given/other", [denied; 4]),
        ("/proc/some/one/other", [denied; 4]),
        // A file in the place of a directory that would lead on.
        ("/proc/some/loose", [denied; 4]),
        // A directory on the way to a grant: it is there, and nothing of it is given.
        ("/proc/given", [denied, "opened", "directory", denied]),
        ("/proc/some/one", [denied, "opened", "directory", denied]),
        // One that leaves open what comes next.
        (
            "/proc/some",
            ["IsADirectory", "opened", "directory", "2 entries"],
        ),
    ];
    let mut firepit = Firepit::with_guest("reads_std").procfs(procfs.path());
    for (path, _) in answers {
        firepit = firepit.flag(format!("--collector.reads_std.path={path}"));
    }
    let page = firepit.start().scrape();
    for (path, wanted) in answers {
        let answered = ["read", "open", "metadata", "read_dir"].map(|way| {
            let mut samples = page.samples("guest_std_answer");
            let sample = samples.find(|it| it.labels["path"] == path && it.labels["way"] == way);
            sample.map(|it| it.labels["answer"].clone()).unwrap()
        });
        assert_eq!(answered, wanted, "{path}");
    }
}
