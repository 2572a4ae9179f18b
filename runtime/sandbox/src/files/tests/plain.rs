//! Trees of plain files, like fixtures.

use super::*;

#[test]
fn only_granted_files_are_read() {
    let temp = Temp::trees();
    temp.file("proc/loadavg", "0.1 0.2 0.3 1/2 3\n");
    temp.file("proc/stat", "cpu 1 2 3\n");
    let mut files = temp.files(&["/proc/loadavg", "/proc/missing"]);
    assert_eq!(files.read("/proc/loadavg").unwrap(), b"0.1 0.2 0.3 1/2 3\n");
    assert_eq!(
        files.read("/proc//./loadavg/").unwrap(),
        b"0.1 0.2 0.3 1/2 3\n"
    );
    assert_eq!(files.read("/proc/missing"), Err(FileError::NotFound));
    assert_eq!(
        files.meter().usage(),
        Usage {
            opened: 3,
            bytes: 36,
            denied: 0
        }
    );
    for path in [
        "/proc/stat",
        "/proc",
        "/",
        "/etc/passwd",
        "/proc/../proc/loadavg",
        "/sys/x",
    ] {
        assert_eq!(files.read(path), Err(FileError::NotPermitted), "{path}");
    }
    assert_eq!(files.meter().usage().denied, 6);
    for path in [
        "",
        "proc/loadavg",
        "loadavg",
        "/proc/\0",
        &"/proc".repeat(2000),
    ] {
        assert_eq!(files.read(path), Err(FileError::InvalidPath), "{path}");
    }
    assert_eq!(files.meter().usage().denied, 6);
}

#[test]
fn empty_and_long_files_are_read_whole() {
    let temp = Temp::trees();
    let long: Vec<u8> = (0..200_000u32).map(|i| i as u8).collect();
    temp.file("sys/empty", "");
    temp.file("sys/long", &long);
    let mut files = temp.files(&["/sys/*"]);
    assert_eq!(files.read("/sys/empty").unwrap(), b"");
    assert_eq!(files.read("/sys/long").unwrap(), long);
}

#[test]
fn only_regular_files_are_read() {
    let temp = Temp::trees();
    temp.directory("rootfs/directory");
    temp.pipe("rootfs/pipe");
    temp.file("rootfs/file", "x");
    let _socket = std::os::unix::net::UnixListener::bind(temp.path("rootfs/socket")).unwrap();
    let mut files = temp.files(&["/rootfs/**"]);
    for path in [
        "/rootfs/directory",
        "/rootfs/pipe",
        "/rootfs/socket",
        "/rootfs",
    ] {
        assert_eq!(files.read(path), Err(FileError::NotAFile), "{path}");
    }
    assert_eq!(
        files.read("/rootfs/file/below"),
        Err(FileError::NotADirectory)
    );
    assert_eq!(files.list("/rootfs/file"), Err(FileError::NotADirectory));
    assert_eq!(
        files.read_many("/rootfs/file", &[]),
        Err(FileError::NotADirectory)
    );
    assert_eq!(files.stat("/rootfs/pipe").unwrap().kind, EntryKind::Other);
    assert_eq!(
        files.stat("/rootfs/directory").unwrap().kind,
        EntryKind::Directory
    );
    let stat = files.stat("/rootfs/file").unwrap();
    assert_eq!((stat.kind, stat.size), (EntryKind::File, 1));
    assert!(stat.modified_seconds > 1_600_000_000);
    assert!(stat.modified_nanoseconds < 1_000_000_000);
}

#[test]
fn devices_are_not_opened() {
    let mut files = files(&real(), &["/rootfs/dev/*"], &Limits::default());
    assert_eq!(files.read("/rootfs/dev/null"), Err(FileError::NotAFile));
    assert_eq!(files.read("/rootfs/dev/zero"), Err(FileError::NotAFile));
}

#[test]
fn batch_read_answers_name_by_name() {
    let temp = Temp::trees();
    temp.file("sys/class/net/lo/mtu", "65536\n");
    temp.file("sys/class/net/lo/secret", "x");
    temp.file("sys/class/net/lo/speed", "y");
    temp.directory("sys/class/net/lo/statistics");
    let mut files = temp.files(&[
        "/sys/class/net/*/mtu",
        "/sys/class/net/*/sp*",
        "/sys/class/net/*/gone",
        "/sys/class/net/*/statistics",
    ]);
    let long = "n".repeat(256);
    let asked = owned(&[
        "mtu",
        "secret",
        "gone",
        "speed",
        "statistics",
        "..",
        ".",
        "",
        "a/b",
        "a\0",
        &long,
        "mtu",
    ]);
    assert_eq!(
        files.read_many("/sys/class/net/lo", &asked).unwrap(),
        [
            Ok(b"65536\n".to_vec()),
            Err(FileError::NotPermitted),
            Err(FileError::NotFound),
            Ok(b"y".to_vec()),
            Err(FileError::NotAFile),
            Err(FileError::NotPermitted),
            Err(FileError::InvalidPath),
            Err(FileError::InvalidPath),
            Err(FileError::InvalidPath),
            Err(FileError::InvalidPath),
            Err(FileError::InvalidPath),
            Ok(b"65536\n".to_vec()),
        ]
    );
    assert_eq!(
        files.meter().usage(),
        Usage {
            opened: 6,
            bytes: 13,
            denied: 2
        }
    );
    assert_eq!(
        files.read_many("/sys/class/net/eth9", &asked),
        Err(FileError::NotFound)
    );
    assert_eq!(
        files.read_many("/sys/block", &asked),
        Err(FileError::NotPermitted)
    );
    assert_eq!(files.meter().usage().denied, 3);
    assert_eq!(files.read_many("/sys/class/net/lo", &[]), Ok(Vec::new()));
}

#[test]
fn listing_shows_names_that_patterns_can_reach() {
    use std::os::unix::ffi::OsStrExt;
    let temp = Temp::trees();
    for name in ["cpu0", "cpu11", "cpu2", "cpufreq", "online", ".cpu"] {
        temp.directory(&format!("sys/devices/system/cpu/{name}"));
    }
    temp.link("sys/devices/system/cpu/cpu7", "cpu0");
    temp.file("sys/devices/system/cpu/cpu9", "");
    let odd = std::ffi::OsStr::from_bytes(b"cpu1\xff");
    fs::write(temp.path("sys/devices/system/cpu").join(odd), "").unwrap();
    let mut files = temp.files(&[
        "/sys/devices/system/cpu/cpu[0-9]*/x",
        "/sys/devices/system/cpu/online",
    ]);
    let entries = files.list("/sys/devices/system/cpu").unwrap();
    assert_eq!(
        names(&entries),
        ["cpu0", "cpu11", "cpu2", "cpu7", "cpu9", "online"]
    );
    let kinds: Vec<_> = entries.iter().map(|entry| entry.kind).collect();
    use EntryKind::{Directory, File, Symlink};
    assert_eq!(
        kinds,
        [Directory, Directory, Directory, Symlink, File, Directory]
    );
    for path in [
        "/sys",
        "/sys/devices/system",
        "/sys/devices/system/cpu/cpu0",
        "/proc",
    ] {
        assert_eq!(files.list(path), Err(FileError::NotPermitted), "{path}");
        assert_eq!(files.stat(path), Err(FileError::NotPermitted), "{path}");
    }
    assert_eq!(
        files.stat("/sys/devices/system/cpu").unwrap().kind,
        Directory
    );
}

#[test]
fn traverse_only_path_reveals_no_file() {
    let temp = Temp::trees();
    temp.file("rootfs/etc/passwd", "secret");
    let mut files = temp.files(&["/rootfs/etc/passwd/*", "/rootfs/etc/none/*"]);
    assert_eq!(
        files.stat("/rootfs/etc/passwd"),
        Err(FileError::NotPermitted)
    );
    assert_eq!(files.stat("/rootfs/etc/none"), Err(FileError::NotFound));
}

#[test]
fn anchors_are_names_alone() {
    let temp = Temp::trees();
    let mut files = temp.files(&["/sys/class/net/*/mtu"]);
    for path in [
        "/",
        "/sys",
        "/sys/class",
        "/sys/class/net",
        "/sys/class/net/lo",
        "/sys/class/net/lo/mtu",
    ] {
        assert_eq!(files.check_directory(path), Ok(()), "{path}");
    }
    assert_eq!(files.meter().usage(), Usage::default());
    for path in [
        "/proc",
        "/sys/block",
        "/sys/class/net/lo/mtu/x",
        "/sys/..",
        "/sys/class/net/..",
    ] {
        assert_eq!(
            files.check_directory(path),
            Err(FileError::NotPermitted),
            "{path}"
        );
    }
    assert_eq!(files.meter().usage().denied, 5);
    assert_eq!(files.check_directory("sys"), Err(FileError::InvalidPath));
}

/// The C library stats each name of a listing; names that lead to a grant do not count as denials.
#[test]
fn traversal_check_is_not_counted_as_a_denial() {
    let temp = Temp::trees();
    let files = temp.files(&["/proc/*/stat", "/sys/class/net/*/mtu"]);
    for path in ["/", "/proc/1", "/sys", "/sys/class", "/sys/class/net/lo"] {
        assert!(files.is_traverse_only(path), "{path}");
    }
    for path in [
        "/proc",
        "/sys/class/net",
        "/proc/1/stat",
        "/proc/1/mem",
        "/rootfs",
        "",
    ] {
        assert!(!files.is_traverse_only(path), "{path}");
    }
    assert_eq!(files.meter().usage().denied, 0);
}

#[test]
fn the_never_list_holds_in_fixtures_too() {
    let temp = Temp::trees();
    temp.file("proc/10/mountstats", "stats");
    temp.file("proc/10/environ", "secret");
    temp.file("proc/kmsg", "secret");
    temp.file("sys/kernel/debug/x", "secret");
    temp.file("sys/class/net/lo/config", "secret");
    temp.file("rootfs/etc/shadow", "secret");
    temp.file("rootfs/home/u/x", "secret");
    temp.link("proc/self", "10");
    temp.link("proc/alias", "10/environ");
    temp.link("proc/out", "self/environ");
    temp.link("sys/fine", "class/net/lo/config");
    temp.link("rootfs/tmp/x", "../etc/shadow");
    let mut files = temp.files(EVERYTHING);
    assert_eq!(files.read("/proc/self/mountstats").unwrap(), b"stats");
    for path in [
        "/proc/10/environ",
        "/proc/self/environ",
        "/proc/alias",
        "/proc/out",
        "/proc/kmsg",
        "/sys/kernel/debug/x",
        "/sys/class/net/lo/config",
        "/sys/fine",
        "/rootfs/etc/shadow",
        "/rootfs/home/u/x",
        "/rootfs/tmp/x",
    ] {
        assert_eq!(files.read(path), Err(FileError::NotPermitted), "{path}");
        assert_eq!(files.stat(path), Err(FileError::NotPermitted), "{path}");
        let (directory, name) = path.rsplit_once('/').unwrap();
        match files.read_many(directory, &[name.to_owned()]) {
            Ok(answers) => assert_eq!(answers, [Err(FileError::NotPermitted)], "{path}"),
            Err(error) => assert_eq!(error, FileError::NotPermitted, "{path}"),
        }
    }
    assert_eq!(names(&files.list("/proc/10").unwrap()), ["mountstats"]);
    assert_eq!(names(&files.list("/proc/self").unwrap()), ["mountstats"]);
    assert_eq!(
        names(&files.list("/proc").unwrap()),
        ["10", "alias", "out", "self"]
    );
    assert_eq!(names(&files.list("/rootfs").unwrap()), ["etc", "tmp"]);
}

#[test]
fn display_paths_are_the_operators() {
    let temp = Temp::trees();
    temp.directory("a/proc");
    let mut paths = temp.paths();
    paths.procfs = temp.path("a/../a//proc/");
    paths.rootfs = "/".into();
    let grants = Grants::compile(&owned(&["{directory}/*.prom"]), &|_| {
        Some(vec![
            "collector/fixtures/".to_owned(),
            "/rootfs/text".to_owned(),
        ])
    })
    .unwrap();
    let files = Files::new(
        Arc::new(Roots::open(&paths).unwrap()),
        grants,
        &Limits::default(),
    );
    for (path, shown) in [
        ("/proc/stat", temp.text("a/proc/stat")),
        ("/proc", temp.text("a/proc")),
        ("/proc/../x", temp.text("a/x")),
        ("/rootfs/etc//x", "/etc/x".to_owned()),
        ("/rootfs", "/".to_owned()),
        ("/udev/b8:0", temp.text("udev/b8:0")),
        (
            "collector/fixtures/a.prom",
            "collector/fixtures/a.prom".to_owned(),
        ),
        ("/rootfs/text/a.prom", "/rootfs/text/a.prom".to_owned()),
        ("/elsewhere", "/elsewhere".to_owned()),
        ("", String::new()),
    ] {
        assert_eq!(files.display_path(path), shown, "{path}");
    }
}

#[test]
fn roots_must_exist() {
    let temp = Temp::trees();
    temp.file("file", "");
    let open = |change: &dyn Fn(&mut RootPaths)| {
        let mut paths = temp.paths();
        change(&mut paths);
        Roots::open(&paths)
    };
    let missing = temp.path("missing");
    for (root, change) in [
        (
            RootName::Procfs,
            &(|p: &mut RootPaths| p.procfs = missing.clone()) as &dyn Fn(&mut RootPaths),
        ),
        (RootName::Sysfs, &|p| p.sysfs = missing.clone()),
        (RootName::Rootfs, &|p| p.rootfs = missing.clone()),
        (RootName::Procfs, &|p| p.procfs = temp.path("file")),
        (RootName::UdevData, &|p| p.udev_data = temp.path("file")),
    ] {
        match open(change) {
            Err(RootError::Open { root: named, .. }) => assert_eq!(named, root),
            other => panic!("{root}: {other:?}"),
        }
    }
    for change in [
        &(|p: &mut RootPaths| p.procfs = "/sys".into()) as &dyn Fn(&mut RootPaths),
        &|p| p.sysfs = "/proc".into(),
        &|p| p.procfs = "/proc/self".into(),
        &|p| p.procfs = "/proc/sys".into(),
        &|p| p.rootfs = "/proc".into(),
        &|p| p.udev_data = "/proc/1".into(),
    ] {
        assert!(matches!(open(change), Err(RootError::KernelOwn { .. })));
    }
}

#[test]
fn udev_may_appear_later() {
    let temp = Temp::trees();
    let mut files = temp.files(&["/udev/b*"]);
    assert_eq!(files.read("/udev/b8:0"), Err(FileError::NotFound));
    assert_eq!(files.list("/udev"), Err(FileError::NotFound));
    temp.file("udev/b8:0", "E:ID_MODEL=x\n");
    assert_eq!(files.read("/udev/b8:0").unwrap(), b"E:ID_MODEL=x\n");
    assert_eq!(names(&files.list("/udev").unwrap()), ["b8:0"]);
}
