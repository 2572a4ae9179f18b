//! Files under an operator's policy.

use super::*;
use crate::grants::{Policy, Reads};

fn narrowed(temp: &Temp, asked: &[&str], allowed: &[&str]) -> Files {
    let directory = temp.text("srv/t");
    let values = |name: &str| (name == "directory").then(|| vec![directory.clone()]);
    let policy = Policy {
        reads: Reads::Only(owned(allowed)),
        ..Policy::third_party()
    };
    let grants = Grants::compile(&owned(asked), &values).unwrap();
    let grants = grants.within(&policy, &values).unwrap();
    let roots = Arc::new(Roots::open(&temp.paths()).unwrap());
    Files::new(roots, grants, &Limits::default())
}

fn cards() -> Temp {
    let temp = Temp::trees();
    for card in ["eth0", "eth1", "lo"] {
        temp.file(&format!("sys/devices/{card}/mtu"), "1500\n");
        temp.file(&format!("sys/devices/{card}/flags"), "0x1003\n");
        temp.file(&format!("sys/devices/{card}/speed"), "1000\n");
        temp.link(
            &format!("sys/class/net/{card}"),
            format!("../../devices/{card}"),
        );
    }
    temp
}

#[test]
fn policy_narrows_to_one_network_card() {
    let temp = cards();
    let asked = [
        "/sys/class/net/*",
        "/sys/class/net/*/mtu",
        "/sys/class/net/*/speed",
    ];
    let allowed = ["/sys/class/net/eth0/[mf]*"];
    let mut files = narrowed(&temp, &asked, &allowed);
    assert_eq!(
        names(&files.list("/sys/class/net").unwrap()),
        ["eth0"],
        "the others are not even named"
    );
    assert_eq!(files.read("/sys/class/net/eth0/mtu").unwrap(), b"1500\n");
    assert_eq!(files.stat("/sys/class/net/eth0/mtu").unwrap().size, 5);
    assert!(files.stat("/sys/class/net").is_ok());
    assert!(files.check_directory("/sys/class/net/eth0").is_ok());
    assert_eq!(
        files
            .read_many("/sys/class/net/eth0", &owned(&["mtu", "flags", "speed"]))
            .unwrap(),
        [
            Ok(b"1500\n".to_vec()),
            Err(FileError::NotPermitted),
            Err(FileError::NotPermitted)
        ]
    );
    let denied = Err(FileError::NotPermitted);
    for path in [
        "/sys/class/net/eth1/mtu",
        "/sys/class/net/eth0/flags",
        "/sys/class/net/eth0/speed",
    ] {
        assert_eq!(files.read(path), denied, "{path}");
        assert_eq!(files.stat(path).map(|_| Vec::new()), denied, "{path}");
    }
    for path in ["/sys/class/net/eth1", "/sys/class/net/eth0"] {
        assert!(files.read_link(path).is_err(), "{path}");
        assert!(files.list(path).is_err(), "{path}");
        assert!(files.stat(path).is_err(), "{path}");
    }
    assert!(files.check_directory("/sys/class/net/eth1").is_err());
    assert!(files.read_many("/sys/class/net/eth1", &[]).is_err());
}

#[test]
fn traverse_only_path_is_shown_only_as_a_directory() {
    let temp = Temp::trees();
    temp.file("proc/a/b/c", "x");
    temp.file("proc/a/f", "x");
    temp.file("proc/other", "x");
    let mut files = narrowed(&temp, &["/proc/**"], &["/proc/a/b/c", "/proc/a/f/c"]);
    assert_eq!(names(&files.list("/proc").unwrap()), ["a"]);
    assert_eq!(names(&files.list("/proc/a").unwrap()), ["b", "f"]);
    assert_eq!(names(&files.list("/proc/a/b").unwrap()), ["c"]);
    assert_eq!(files.read("/proc/a/b/c").unwrap(), b"x");
    assert_eq!(files.stat("/proc/a/b").unwrap().kind, EntryKind::Directory);
    assert_eq!(files.stat("/proc/a/f"), Err(FileError::NotPermitted));
    assert_eq!(files.read("/proc/other"), Err(FileError::NotPermitted));
}

#[test]
fn policy_must_allow_option_directories_by_option() {
    let temp = Temp::trees();
    temp.file("srv/t/a.prom", "a 1\n");
    temp.file("srv/t/b.txt", "b");
    let directory = temp.text("srv/t");
    let path = |name: &str| format!("{directory}/{name}");
    let mut files = narrowed(
        &temp,
        &["{directory}/*"],
        &["{directory}/*.prom", "/proc/**"],
    );
    assert_eq!(names(&files.list(&directory).unwrap()), ["a.prom"]);
    assert_eq!(files.read(&path("a.prom")).unwrap(), b"a 1\n");
    assert_eq!(files.read(&path("b.txt")), Err(FileError::NotPermitted));
    let mut files = narrowed(&temp, &["{directory}/*", "/proc/x"], &["/proc/**"]);
    assert!(files.list(&directory).is_err());
    assert!(files.read(&path("a.prom")).is_err());
    assert!(files.check_directory(&directory).is_err());
}

#[test]
fn denials_of_a_policy_are_counted() {
    let temp = cards();
    let mut files = narrowed(&temp, &["/sys/**"], &["/sys/class/**"]);
    assert_eq!(
        files.read("/sys/devices/lo/mtu"),
        Err(FileError::NotPermitted)
    );
    assert_eq!(files.meter().usage().denied, 1);
}
