//! What a module asks the kernel by way of the host: each function refused without its grant, and at
//! work with it.

use firepit_tests::{Directory, Firepit, Page, until};

use crate::baseline::{assert_complete, assert_failed, assert_fails_alone, procfs, success};

const GUEST: &str = "grant_kernel";

/// All that the guest can be told to use, the interface that it is of, and the function.
const ALL: [(&str, &str, &str); 10] = [
    ("uname", "uname", "system get-uname"),
    ("page-size", "page-size", "system page-size"),
    ("clock-ticks", "clock-ticks", "system clock-ticks"),
    ("statfs", "statfs", "statfs get"),
    ("adjtimex", "adjtimex", "adjtimex get"),
    ("time-zone", "time-zone", "time-zone at"),
    ("netlink", "netlink", "netlink dump"),
    ("perf", "perf", "perf [static]counters.open"),
    ("ethtool", "ethtool", "ethtool get-link-settings"),
    ("btrfs", "btrfs", "btrfs get"),
];

/// The guest that uses something, with these interfaces beside `metrics` and `files`.
fn using(what: &str, interfaces: &str) -> Firepit {
    Firepit::with_guest(GUEST)
        .config(&format!(
            "collectors: {{{GUEST}: {{grants: {{reads: [/sys/**, /rootfs/**], \
             interfaces: [metrics, files, {interfaces}]}}}}}}"
        ))
        .flag(format!("--collector.{GUEST}.use={what}"))
}

/// What it was told: of what, in which words, and the number.
fn told(page: &Page) -> Vec<(&str, &str, f64)> {
    let samples = page.samples("guest_kernel_told");
    samples
        .map(|sample| {
            let (of, words) = (&sample.labels["of"], &sample.labels["words"]);
            (of.as_str(), words.as_str(), sample.value)
        })
        .collect()
}

/// The words that it was told of something.
fn words<'p>(page: &'p Page, of: &str) -> &'p str {
    let all = told(page);
    let found = all.iter().find(|(other, ..)| *other == of);
    found.unwrap_or_else(|| panic!("{of}: {all:?}")).1
}

fn number(page: &Page, of: &str) -> f64 {
    told(page)
        .iter()
        .find(|(other, ..)| *other == of)
        .unwrap()
        .2
}

#[test]
fn each_interface_is_granted_separately() {
    for (what, interface, function) in ALL {
        let others = ALL.iter().map(|(_, other, _)| *other);
        let others: Vec<&str> = others.filter(|other| *other != interface).collect();
        let firepit = using(what, &others.join(", "));
        let (running, _) = assert_fails_alone(firepit, GUEST, "denied");
        let line = running.logs.wait_for("msg", "collector failed");
        let told = format!("called firepit:collector/{function}, which is not granted");
        assert_eq!(line.get("err"), Some(told.as_str()));

        let page = using(what, interface).start().scrape();
        assert_eq!(success(&page, GUEST), Some(1.0), "{what}");
    }
}

/// Files that were written when these three were one.
#[test]
fn system_grants_its_three_functions() {
    for what in ["uname", "page-size", "clock-ticks"] {
        let page = using(what, "system").start().scrape();
        assert_eq!(success(&page, GUEST), Some(1.0), "{what}");
    }
    let firepit = using("statfs", "system");
    assert_fails_alone(firepit, GUEST, "denied");
}

#[test]
fn third_party_module_cannot_query_the_kernel() {
    for (what, ..) in ALL {
        let firepit = Firepit::with_guest(GUEST).flag(format!("--collector.{GUEST}.use={what}"));
        assert_fails_alone(firepit, GUEST, "denied");
    }
}

#[test]
fn facts_match_the_host() {
    let page = using("uname", "uname").start().scrape();
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(words(&page, "nodename"), name.trim());
    let page = using("page-size", "page-size").start().scrape();
    assert_eq!(
        number(&page, "page-size"),
        rustix::param::page_size() as f64
    );
    let page = using("clock-ticks", "clock-ticks").start().scrape();
    assert_eq!(number(&page, "ticks"), 100.0);
    let page = using("adjtimex", "adjtimex").start().scrape();
    assert!((0.0..=5.0).contains(&number(&page, "state")));
    assert!((9_000.0..=11_000.0).contains(&number(&page, "tick")));
}

/// A zone file of version 2 with nothing in it but a rule for all times.
fn zone(rule: &str) -> Vec<u8> {
    let mut block = b"TZif2".to_vec();
    block.extend([0; 15]);
    for count in [0_u32, 0, 0, 0, 1, 4] {
        block.extend(count.to_be_bytes());
    }
    block.extend([0; 6]);
    block.extend(b"LMT\0");
    [block.clone(), block, format!("\n{rule}\n").into_bytes()].concat()
}

#[test]
fn the_time_zone_is_that_of_the_environment() {
    let zones = Directory::new().file("berlin", zone("CET-1CEST,M3.5.0,M10.5.0/3"));
    let berlin = zones.path().join("berlin").display().to_string();
    for (tz, winter, summer) in [
        (berlin.as_str(), ("CET", 3600.0), ("CEST", 7200.0)),
        ("", ("UTC", 0.0), ("UTC", 0.0)),
        ("No/Such_Zone", ("UTC", 0.0), ("UTC", 0.0)),
    ] {
        let running = using("time-zone", "time-zone").env("TZ", tz).start();
        let page = running.scrape();
        for (when, (name, offset)) in [("winter", winter), ("summer", summer)] {
            assert_eq!(words(&page, when), name, "{tz}");
            assert_eq!(number(&page, when), offset, "{tz}");
        }
    }
}

#[test]
fn tables_are_dumped() {
    let running = using("netlink", "netlink").start();
    let page = running.scrape();
    assert_eq!(success(&page, GUEST), Some(1.0));
    // Each message has a header of 16 bytes, and the loopback is there in any name space.
    assert_eq!(words(&page, "links"), "ok");
    assert!(number(&page, "links") > 16.0);
    // Wireless devices and the like may be missing, which is an error and not the end.
    assert_eq!(told(&page).len(), 11);
    let lengths = told(&page).into_iter().map(|(.., length)| length.max(0.0));
    let lengths: f64 = lengths.sum();
    let of = [("collector", GUEST)];
    let read = (running.scrape()).value("firepit_collector_read_bytes_total", &of);
    assert!(read >= Some(lengths), "{read:?} of {lengths}");
}

/// `Limits::bytes_read` holds for what the kernel's tables come to.
#[test]
fn dumps_count_as_bytes_read() {
    let firepit = using("netlink", "netlink").flag("--sandbox.bytes-read=800");
    assert_fails_alone(firepit, GUEST, "read-limit");
}

/// A tree with a directory in it that one file system stands for.
fn host() -> Directory {
    Directory::new()
        .file("rootfs/fine/file", "")
        .file("rootfs/stuck/file", "")
        .file("rootfs/etc/shadow", "")
        .file("rootfs/home/somebody/file", "")
        .link("rootfs/link", "fine")
}

fn statfs(host: &Directory, paths: &[&str]) -> Firepit {
    let rootfs = host.path().join("rootfs");
    let firepit = using("statfs", "statfs").flag(format!("--path.rootfs={}", rootfs.display()));
    paths.iter().fold(firepit, |firepit, path| {
        firepit.flag(format!("--collector.{GUEST}.path={path}"))
    })
}

#[test]
fn file_systems_are_queried_by_path() {
    let host = host();
    let wanted = [
        ("/rootfs", "ok"),
        ("/rootfs/fine", "ok"),
        ("/rootfs/fine/file", "ok"),
        ("/rootfs//fine/", "ok"),
        ("/proc", "ok"),
        ("/sys", "ok"),
        ("/rootfs/gone", "system error 2"),
        ("/rootfs/fine/file/below", "system error 20"),
        // A link is not followed, wherever it leads.
        ("/rootfs/link", "system error 40"),
        ("/rootfs/link/file", "system error 40"),
        ("/proc/net/dev", "system error 40"),
        // On the never-list: neither what is there nor whether it is.
        ("/rootfs/etc/shadow", "not granted to this collector"),
        ("/rootfs/etc/shadow-", "not granted to this collector"),
        ("/rootfs/home", "not granted to this collector"),
        ("/rootfs/home/somebody", "not granted to this collector"),
        ("/rootfs/home/nobody", "not granted to this collector"),
        ("/proc/kcore", "not granted to this collector"),
        ("/proc/1/root", "not granted to this collector"),
        ("/sys/kernel/debug", "not granted to this collector"),
        ("/rootfs/../etc", "invalid path"),
        ("/rootfs/fine/..", "invalid path"),
        ("/udev", "invalid path"),
        ("/etc", "invalid path"),
        ("/", "invalid path"),
        ("rootfs", "invalid path"),
    ];
    let paths = wanted.map(|(path, _)| path);
    let page = statfs(&host, &paths).start().scrape();
    assert_eq!(success(&page, GUEST), Some(1.0));
    for (path, said) in wanted {
        assert_eq!(words(&page, path), said, "{path}");
    }
    assert!(number(&page, "/rootfs/fine") > 0.0);
    let denied = page.value(
        "firepit_collector_denied_paths_total",
        &[("collector", GUEST)],
    );
    assert!(denied.is_some());
}

/// `Limits::files_opened` holds for file systems too.
#[test]
fn file_systems_count_as_files_opened() {
    let host = host();
    let two = ["/rootfs", "/rootfs/fine"];
    let page = statfs(&host, &two)
        .flag("--sandbox.files=2")
        .start()
        .scrape();
    assert_eq!(success(&page, GUEST), Some(1.0));
    let page = statfs(&host, &two)
        .flag("--sandbox.files=1")
        .start()
        .scrape();
    assert_failed(&page, GUEST, "read-limit");
}

const STUCK: &str = "the file system does not answer";

/// One that hangs costs its own answer and one thread, from the first scrape to the last.
#[test]
fn hung_file_system_delays_only_its_own_answer() {
    let (host, procfs) = (host(), procfs());
    let paths = ["/rootfs", "/rootfs/fine", "/rootfs/stuck"];
    let running = statfs(&host, &paths)
        .flag(format!("--collector.{GUEST}.timeout=2000"))
        .procfs(procfs.path())
        .slow_file("stuck")
        .start();
    assert_eq!(words(&running.scrape(), "/rootfs/stuck"), "ok");
    running.gate().block();
    // The one that hangs, one that asks the others, and a stand-in for the worker that waited.
    let threads = running.threads() + 3;
    for _ in 0..20 {
        let page = running.scrape();
        assert_complete(&page);
        assert_eq!(success(&page, GUEST), Some(1.0));
        let said = paths.map(|path| words(&page, path));
        assert_eq!(said, ["ok", "ok", STUCK]);
        assert_eq!(running.gate().blocked(), 1, "nobody else goes in");
        assert!(running.threads() <= threads, "threads pile up");
    }
    running.gate().release();
    until("the file system to answer", || {
        let page = running.scrape();
        (words(&page, "/rootfs/stuck") == "ok").then_some(())
    });
    assert_eq!(running.gate().blocked(), 0);
}

/// However long a module would wait, its deadline does not pass meanwhile.
#[test]
fn file_system_timeout_stays_below_the_deadline() {
    let (host, procfs) = (host(), procfs());
    let running = statfs(&host, &["/rootfs/fine", "/rootfs/stuck"])
        .flag(format!("--collector.{GUEST}.timeout=3600000"))
        .flag("--sandbox.deadline=6s")
        .procfs(procfs.path())
        .slow_file("stuck")
        .start();
    running.gate().block();
    let page = running.scrape();
    assert_complete(&page);
    assert_eq!(success(&page, GUEST), Some(1.0));
    assert_eq!(words(&page, "/rootfs/fine"), "ok");
    assert_eq!(words(&page, "/rootfs/stuck"), STUCK);
    running.gate().release();
}

#[test]
fn real_paths_stay_within_the_grants() {
    let host = Directory::new()
        .file("sys/devices/pci0/net/eth0/mtu", "1500\n")
        .link("sys/class/net/eth0", "../../devices/pci0/net/eth0")
        .link("sys/class/net/gone", "../../devices/pci0/net/gone")
        .file("rootfs/links/file", "")
        .file("rootfs/other/file", "")
        .file("rootfs/etc/shadow", "")
        .link("rootfs/links/inside", "file")
        .link("rootfs/links/other", "../other/file")
        .link("rootfs/links/secret", "../etc/shadow")
        .link("rootfs/links/out", "../../sys/devices")
        .link("rootfs/links/absolute", "/etc/hostname")
        .link("rootfs/links/loop", "loop");
    let wanted = [
        ("/sys/class/net/eth0", "/sys/devices/pci0/net/eth0"),
        ("/sys/class//net/./eth0", "/sys/devices/pci0/net/eth0"),
        (
            "/sys/devices/pci0/net/eth0/mtu",
            "/sys/devices/pci0/net/eth0/mtu",
        ),
        ("/sys/class/net/gone", "NotFound"),
        ("/sys/class/net/eth0/../eth0", "NotPermitted"),
        ("/rootfs/links/inside", "/rootfs/links/file"),
        ("/rootfs/links/other", "NotPermitted"),
        ("/rootfs/links/secret", "NotPermitted"),
        ("/rootfs/links/out", "NotPermitted"),
        ("/rootfs/links/absolute", "NotPermitted"),
        ("/rootfs/links/loop", "Os(40)"),
        ("/rootfs/other/file", "NotPermitted"),
        ("links/file", "InvalidPath"),
    ];
    let path = |tree: &str| host.path().join(tree).display().to_string();
    let mut firepit = using("real-path", "log")
        .flag(format!("--path.sysfs={}", path("sys")))
        .flag(format!("--path.rootfs={}", path("rootfs")));
    for (asked, _) in wanted {
        firepit = firepit.flag(format!("--collector.{GUEST}.path={asked}"));
    }
    let page = firepit.start().scrape();
    assert_eq!(success(&page, GUEST), Some(1.0));
    for (asked, said) in wanted {
        assert_eq!(words(&page, asked), said, "{asked}");
    }
}
