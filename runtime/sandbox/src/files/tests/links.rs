//! Symbolic links.

use super::*;

#[test]
fn links_within_a_root_are_followed() {
    let temp = Temp::trees();
    temp.file("sys/devices/virtual/net/lo/mtu", "65536\n");
    temp.file("sys/devices/virtual/net/lo/flags", "0x9\n");
    temp.link("sys/devices/virtual/net/lo/device", "../../../pci/");
    temp.link("sys/class/net/lo", "../../devices/virtual/net/lo");
    let mut files = temp.files(&["/sys/class/net/*", "/sys/class/net/*/*"]);
    assert_eq!(files.read("/sys/class/net/lo/mtu").unwrap(), b"65536\n");
    assert_eq!(
        files
            .read_many("/sys/class/net/lo", &owned(&["mtu", "flags", "none"]))
            .unwrap(),
        [
            Ok(b"65536\n".to_vec()),
            Ok(b"0x9\n".to_vec()),
            Err(FileError::NotFound)
        ]
    );
    assert_eq!(
        names(&files.list("/sys/class/net/lo").unwrap()),
        ["device", "flags", "mtu"]
    );
    assert_eq!(
        files.read_link("/sys/class/net/lo").unwrap(),
        "../../devices/virtual/net/lo"
    );
    assert_eq!(
        files.read_link("/sys/class/net/lo/device").unwrap(),
        "../../../pci/"
    );
    assert_eq!(
        files.stat("/sys/class/net/lo").unwrap().kind,
        EntryKind::Directory
    );
    assert_eq!(
        files.stat("/sys/class/net/lo/device"),
        Err(FileError::NotFound)
    );
    assert_eq!(
        files.read_link("/sys/class/net/lo/mtu"),
        Err(FileError::Os(22))
    );
    assert_eq!(
        files.read_link("/sys/class/net/none"),
        Err(FileError::NotFound)
    );
    assert_eq!(files.read_link("/sys/class"), Err(FileError::NotPermitted));
}

#[test]
fn links_out_of_a_root_are_refused() {
    let temp = Temp::trees();
    temp.file("secret", "s");
    temp.file("text/fine.prom", "fine");
    temp.link("text/up.prom", "../secret");
    temp.link("text/absolute.prom", temp.path("secret"));
    temp.link("text/inside.prom", temp.path("text/fine.prom"));
    temp.link("text/over.prom", "../text/fine.prom");
    temp.link("text/proc.prom", "/proc/self/environ");
    temp.link(
        "text/relative.prom",
        format!("{}proc/self/environ", "../".repeat(20)),
    );
    temp.link("text/directory", "/");
    let mut files = temp.option("text", &["{directory}/*.prom", "{directory}/directory/**"]);
    let path = |name: &str| format!("{}/{name}", temp.text("text"));
    assert_eq!(files.read(&path("fine.prom")).unwrap(), b"fine");
    for name in [
        "up.prom",
        "absolute.prom",
        "inside.prom",
        "over.prom",
        "proc.prom",
        "relative.prom",
        "directory/etc/hostname",
    ] {
        assert_eq!(
            files.read(&path(name)),
            Err(FileError::NotPermitted),
            "{name}"
        );
        assert_eq!(
            files.stat(&path(name)),
            Err(FileError::NotPermitted),
            "{name}"
        );
    }
    let names = owned(&["fine.prom", "proc.prom"]);
    assert_eq!(
        files.read_many(&temp.text("text"), &names).unwrap(),
        [Ok(b"fine".to_vec()), Err(FileError::NotPermitted)]
    );
    assert_eq!(files.meter().usage().denied, 15);
}

#[test]
fn a_swapped_directory_is_seen_at_once() {
    let temp = Temp::trees();
    temp.file("text/..one/a.prom", "1");
    temp.file("text/..two/a.prom", "2");
    temp.link("text/..data", "..one");
    temp.link("text/a.prom", "..data/a.prom");
    let mut files = temp.option("text", &["{directory}/*.prom"]);
    let path = format!("{}/a.prom", temp.text("text"));
    assert_eq!(files.read(&path).unwrap(), b"1");
    temp.link("text/..new", "..two");
    fs::rename(temp.path("text/..new"), temp.path("text/..data")).unwrap();
    assert_eq!(files.read(&path).unwrap(), b"2");
}

#[test]
fn loops_end() {
    let temp = Temp::trees();
    temp.link("rootfs/self", "self");
    temp.link("rootfs/a", "b");
    temp.link("rootfs/b", "a");
    temp.link("rootfs/deep", "deep/deep");
    temp.file("rootfs/end", "x");
    for link in 0..60 {
        let target = match link {
            0 => "end".to_owned(),
            _ => format!("chain{}", link - 1),
        };
        temp.link(&format!("rootfs/chain{link}"), target);
    }
    let mut files = temp.files(&["/rootfs/**"]);
    let too_many = FileError::Os(Errno::LOOP.raw_os_error());
    for path in [
        "/rootfs/self",
        "/rootfs/a",
        "/rootfs/deep",
        "/rootfs/a/x",
        "/rootfs/chain59",
    ] {
        assert_eq!(files.read(path), Err(too_many), "{path}");
        assert_eq!(files.stat(path), Err(too_many), "{path}");
    }
    assert_eq!(files.read("/rootfs/chain39").unwrap(), b"x");
}

#[test]
fn invalid_link_targets_are_errors() {
    use std::os::unix::ffi::OsStrExt;
    let temp = Temp::trees();
    temp.link("rootfs/odd", std::ffi::OsStr::from_bytes(b"\xff"));
    temp.link("rootfs/long", "x".repeat(4000));
    temp.link("rootfs/longer", format!("long/{}", "y/".repeat(2000)));
    temp.link("rootfs/gone", "nothing/here");
    let mut files = temp.files(&["/rootfs/**"]);
    assert_eq!(files.read("/rootfs/odd"), Err(FileError::InvalidPath));
    assert_eq!(files.read_link("/rootfs/odd"), Err(FileError::InvalidPath));
    assert_eq!(files.read("/rootfs/long"), Err(FileError::InvalidPath));
    assert_eq!(files.read("/rootfs/longer"), Err(FileError::InvalidPath));
    assert_eq!(files.read("/rootfs/gone"), Err(FileError::NotFound));
}

#[test]
fn option_may_name_a_missing_path() {
    let temp = Temp::new();
    let mut files = temp.option("text", &["{directory}/*.prom"]);
    let path = temp.text("text");
    assert_eq!(files.list(&path), Err(FileError::NotFound));
    temp.file("text/b.prom", "b");
    temp.file("text/a.prom", "a");
    temp.file("text/a.txt", "a");
    assert_eq!(names(&files.list(&path).unwrap()), ["a.prom", "b.prom"]);
    assert_eq!(files.read(&format!("{path}/b.prom")).unwrap(), b"b");
    assert!(
        files
            .stat(&format!("{path}/b.prom"))
            .unwrap()
            .modified_seconds
            > 0
    );
    assert_eq!(files.check_directory("/"), Ok(()));
    assert_eq!(files.check_directory(&path), Ok(()));
    assert_eq!(
        files.check_directory(&format!("{path}x")),
        Err(FileError::NotPermitted)
    );
}

#[test]
fn an_option_may_be_a_pattern() {
    let temp = Temp::new();
    temp.file("one/text/a.prom", "1");
    temp.file("two/text/a.prom", "2");
    let mut files = temp.option("*/text", &["{directory}/*.prom"]);
    assert_eq!(names(&files.list(&temp.text("")).unwrap()), ["one", "two"]);
    assert_eq!(files.read(&temp.text("two/text/a.prom")).unwrap(), b"2");
    assert_eq!(
        files.read(&temp.text("two/a.prom")),
        Err(FileError::NotPermitted)
    );
}

#[test]
fn option_inside_kernel_trees_grants_nothing() {
    for value in [
        "/proc/self",
        "/proc",
        "/sys/kernel",
        "/proc/self/root/proc/self",
    ] {
        let values = |_: &str| Some(vec![value.to_owned()]);
        let grants = Grants::compile(&owned(&["{directory}/**"]), &values).unwrap();
        let roots = Arc::new(Roots::open(&real()).unwrap());
        let mut files = Files::new(roots, grants, &Limits::default());
        for name in ["environ", "self/environ", "notes", "stat"] {
            let path = format!("{value}/{name}");
            assert_eq!(files.read(&path), Err(FileError::NotPermitted), "{path}");
        }
        assert_eq!(files.list(value), Err(FileError::NotPermitted), "{value}");
    }
}
