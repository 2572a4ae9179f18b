//! Limits of a collector.

use super::*;

fn limited(temp: &Temp, limits: Limits) -> Files {
    files(&temp.paths(), &["/sys/**"], &limits)
}

#[test]
fn a_file_may_be_as_long_as_the_limit() {
    let temp = Temp::trees();
    temp.file("sys/fits", vec![b'x'; 50_000]);
    temp.file("sys/over", vec![b'x'; 50_001]);
    let limits = Limits {
        file_bytes: 50_000,
        ..Limits::default()
    };
    let mut files = limited(&temp, limits);
    assert_eq!(files.read("/sys/fits").unwrap().len(), 50_000);
    assert_eq!(files.read("/sys/over"), Err(FileError::TooLarge));
    let both = owned(&["over", "fits"]);
    let answers = files.read_many("/sys", &both).unwrap();
    assert_eq!(answers.first(), Some(&Err(FileError::TooLarge)));
    assert!(matches!(answers.get(1), Some(Ok(content)) if content.len() == 50_000));
}

#[test]
fn kernel_file_without_a_size_is_limited_while_read() {
    let limits = Limits {
        file_bytes: 10,
        ..Limits::default()
    };
    let mut files = files(&real(), &["/proc/meminfo"], &limits);
    assert_eq!(files.read("/proc/meminfo"), Err(FileError::TooLarge));
}

#[test]
fn files_run_out() {
    let temp = Temp::trees();
    temp.file("sys/a", "a");
    let limits = Limits {
        files_opened: 4,
        ..Limits::default()
    };
    let mut files = limited(&temp, limits);
    let out = FileError::Exhausted(Exhausted::Files);
    let many = owned(&["a", "a", "a", "a"]);
    assert_eq!(files.read_many("/sys", &many), Err(out));
    assert_eq!(files.read("/sys/a"), Err(out));
    assert_eq!(files.list("/sys"), Err(out));
    assert_eq!(files.stat("/sys/a"), Err(out));
    assert_eq!(files.read_link("/sys/a"), Err(out));
    files.begin(soon(), None);
    assert_eq!(files.read("/sys/a").unwrap(), b"a");
    for _ in 0..3 {
        assert_eq!(files.read("/proc/a"), Err(FileError::NotPermitted));
    }
    assert_eq!(files.read("/proc/a"), Err(out));
    assert_eq!(files.read("/sys/a"), Err(out));
    assert_eq!(
        files.meter().usage(),
        Usage {
            opened: 1,
            bytes: 1,
            denied: 3
        }
    );
}

#[test]
fn bytes_run_out() {
    let temp = Temp::trees();
    temp.file("sys/a", "0123456789");
    let limits = Limits {
        bytes_read: 25,
        ..Limits::default()
    };
    let mut files = limited(&temp, limits);
    let out = FileError::Exhausted(Exhausted::Bytes);
    assert!(files.read("/sys/a").is_ok());
    assert!(files.read("/sys/a").is_ok());
    assert_eq!(files.read("/sys/a"), Err(out));
    files.begin(soon(), None);
    assert_eq!(files.read_many("/sys", &owned(&["a", "a", "a"])), Err(out));
}

#[test]
fn entries_run_out() {
    let temp = Temp::trees();
    for name in ["a", "b", "c"] {
        temp.file(&format!("sys/{name}"), "");
        temp.file(&format!("sys/few/{name}"), "");
    }
    let limits = Limits {
        list_entries: 3,
        ..Limits::default()
    };
    let mut files = limited(&temp, limits);
    assert_eq!(files.list("/sys/few").unwrap().len(), 3);
    assert_eq!(
        files.list("/sys"),
        Err(FileError::Exhausted(Exhausted::Entries))
    );
}

/// Every way to a file checks the clock before it looks up the path.
#[test]
fn no_operation_starts_after_the_deadline() {
    let temp = Temp::trees();
    temp.file("sys/a", "a");
    temp.link("sys/link", "a");
    let mut files = limited(&temp, Limits::default());
    files.begin(Instant::now(), None);
    let out = FileError::Exhausted(Exhausted::Deadline);
    assert_eq!(files.read("/sys/a"), Err(out));
    assert_eq!(files.read("/proc/a"), Err(out), "not granted");
    assert_eq!(files.read_many("/sys", &owned(&["a"])), Err(out));
    assert_eq!(files.list("/sys"), Err(out));
    assert_eq!(files.stat("/sys/a"), Err(out));
    assert_eq!(files.read_link("/sys/link"), Err(out));
    assert_eq!(files.real_path("/sys/link"), Err(out));
    assert_eq!(files.check_directory("/sys"), Err(out));
    assert_eq!(files.mount("/rootfs").err(), Some(out));
    assert_eq!(files.meter().usage(), Usage::default());
    files.begin(soon(), None);
    assert_eq!(files.read("/sys/a").unwrap(), b"a");
}

#[test]
fn checking_many_names_stops_without_fuel() {
    let temp = Temp::trees();
    temp.file("sys/a", "a");
    let out = Err(FileError::Exhausted(Exhausted::Fuel));
    for (pattern, opened, denied) in [("/sys/*", true, false), ("/sys/b", false, true)] {
        let mut files = temp.files(&[pattern]);
        files.begin(soon(), None);
        files.meter().allow(10 * fuel::OPEN);
        assert_eq!(files.read_many("/sys", &vec!["a".to_owned(); 100]), out);
        let usage = files.meter().usage();
        assert!(usage.opened <= 10 && usage.denied <= 10, "{usage:?}");
        assert_eq!((usage.opened > 5, usage.denied > 5), (opened, denied));
    }
}

#[test]
fn names_are_charged_by_pattern_complexity() {
    let temp = Temp::trees();
    temp.directory("sys/x");
    let costly = format!("/sys/x/*{}b", "a".repeat(100));
    let name = vec!["a".repeat(250)];
    let charged = |pattern: &str| {
        let mut files = temp.files(&[pattern]);
        assert_eq!(
            files.read_many("/sys/x", &name).unwrap(),
            [Err(FileError::NotPermitted)]
        );
        files.meter().take_charged()
    };
    let (plain, costly) = (charged("/sys/x/b"), charged(&costly));
    assert!(plain >= 2 * fuel::OPEN, "{plain}");
    assert!(costly >= plain + 250 * 100, "{costly}");
}

#[test]
fn unmatched_entries_cost_fuel() {
    let temp = Temp::trees();
    for number in 0..100 {
        temp.file(&format!("sys/{number}"), "");
    }
    let mut files = temp.files(&["/sys/*.none"]);
    files.begin(soon(), None);
    files.meter().allow(fuel::OPEN + 50 * fuel::SCAN);
    let out = Err(FileError::Exhausted(Exhausted::Fuel));
    assert_eq!(files.list("/sys"), out);
    files.begin(soon(), None);
    files.meter().allow(u64::MAX);
    assert_eq!(files.list("/sys"), Ok(Vec::new()));
}

/// A path has many segments, and each link may add more.
#[test]
fn following_links_stops_without_fuel() {
    let temp = Temp::trees();
    let deep = ["d"; 100].join("/");
    temp.file(&format!("sys/{deep}/a"), "a");
    temp.link("sys/link", &deep);
    let mut files = temp.files(&["/sys/**"]);
    files.begin(soon(), None);
    files.meter().allow(fuel::OPEN + 50 * fuel::FOLLOW);
    let out = FileError::Exhausted(Exhausted::Fuel);
    assert_eq!(files.read("/sys/link/a"), Err(out));
    assert_eq!(files.real_path("/sys/link"), Err(out));
    files.begin(soon(), None);
    files.meter().allow(u64::MAX);
    assert_eq!(files.read("/sys/link/a").unwrap(), b"a");
}

#[test]
fn reading_a_large_file_stops_without_fuel() {
    let temp = Temp::trees();
    temp.file("sys/large", vec![b'x'; 1 << 20]);
    let mut files = temp.files(&["/sys/large"]);
    files.begin(soon(), None);
    files.meter().allow(fuel::OPEN + 100_000);
    let out = Err(FileError::Exhausted(Exhausted::Fuel));
    assert_eq!(files.read("/sys/large"), out);
    assert!(files.meter().usage().bytes < 200_000);
}

/// What the guest has not taken yet counts: contents, and names of a directory.
#[test]
fn answers_in_transit_are_charged_to_the_budget() {
    let temp = Temp::trees();
    for name in ["a", "b", "c"] {
        temp.file(&format!("sys/{name}"), vec![b'x'; 1000]);
        temp.file(&format!("sys/many/{name:0>200}"), "");
    }
    let budget = Budget::new(2500);
    let mut files = limited(&temp, Limits::default()).with_budget(&budget);
    let out = FileError::Exhausted(Exhausted::Memory);
    assert_eq!(files.read_many("/sys", &owned(&["a", "b", "c"])), Err(out));
    files.release_answers();
    assert!(files.read_many("/sys", &owned(&["a", "b"])).is_ok());
    assert!(budget.used() >= 2000, "{}", budget.used());
    assert_eq!(files.read("/sys/c"), Err(out));
    assert_eq!(files.list("/sys/many"), Err(out));
    files.release_answers();
    assert_eq!(budget.used(), 0);
    assert!(files.list("/sys/many").is_ok());
    assert!(budget.used() >= 600, "{}", budget.used());
}
