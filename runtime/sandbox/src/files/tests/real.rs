//! Resolved paths.

use super::*;

/// A device that is seen through its class, as in sysfs.
fn device() -> Temp {
    let temp = Temp::trees();
    temp.file("sys/devices/pci0/net/eth0/mtu", "1500\n");
    temp.link("sys/class/net/eth0", "../../devices/pci0/net/eth0");
    temp.link("sys/devices/pci0/net/eth0/device", "../../../pci0");
    temp
}

#[test]
fn links_are_followed_to_the_end() {
    let temp = device();
    let mut files = temp.files(&["/sys/class/net/*", "/sys/devices/**"]);
    for (path, real) in [
        ("/sys/class/net/eth0", "/sys/devices/pci0/net/eth0"),
        ("/sys/class/net", "/sys/class/net"),
        ("/sys//class/./net/eth0/", "/sys/devices/pci0/net/eth0"),
        ("/sys/devices/pci0/net/eth0/device", "/sys/devices/pci0"),
        (
            "/sys/devices/pci0/net/eth0/device/net/eth0/mtu",
            "/sys/devices/pci0/net/eth0/mtu",
        ),
    ] {
        assert_eq!(files.real_path(path).as_deref(), Ok(real), "{path}");
        // Like a cached path.
        assert_eq!(files.real_path(path).as_deref(), Ok(real), "{path}");
    }
    assert_eq!(files.meter().usage().opened, 10);
    assert_eq!(files.meter().usage().denied, 0);
}

#[test]
fn link_and_target_must_both_be_granted() {
    let temp = device();
    let path = "/sys/class/net/eth0";
    for (patterns, expected) in [
        (
            &["/sys/class/net/*", "/sys/devices/pci0/net/eth0"][..],
            true,
        ),
        (&["/sys/class/net/*", "/sys/devices/pci0/net/eth0/*"], true),
        (&["/sys/class/net/*/*", "/sys/devices/**"], true),
        // The link is named, its target is not.
        (&["/sys/class/net/*"], false),
        (&["/sys/class/net/*", "/sys/devices/pci0/net/eth1"], false),
        // It leads to a granted path but is not granted itself.
        (
            &["/sys/class/net/*", "/sys/devices/pci0/net/eth0/mtu"],
            false,
        ),
        // The target is granted, the link is not.
        (&["/sys/devices/**"], false),
        (&[], false),
    ] {
        let mut files = temp.files(patterns);
        let real = files.real_path(path);
        match expected {
            true => assert_eq!(
                real.as_deref(),
                Ok("/sys/devices/pci0/net/eth0"),
                "{patterns:?}"
            ),
            false => assert_eq!(real, Err(FileError::NotPermitted), "{patterns:?}"),
        }
        let denied = files.meter().usage().denied;
        assert_eq!(denied, u64::from(!expected), "{patterns:?}");
    }
}

/// Only a directory may be listed: a file in its place is denied.
#[test]
fn file_in_place_of_a_directory_is_denied() {
    let temp = Temp::trees();
    temp.file("rootfs/plain", "");
    temp.link("rootfs/link", "plain");
    let mut files = temp.files(&["/rootfs/link", "/rootfs/plain/*"]);
    for path in ["/rootfs/link", "/rootfs/plain"] {
        assert_eq!(files.real_path(path), Err(FileError::NotPermitted));
    }
}

#[test]
fn links_cannot_leave_the_root_or_reach_denied_files() {
    let temp = Temp::trees();
    temp.file("rootfs/srv/file", "");
    temp.file("rootfs/etc/shadow", "");
    temp.file("proc/kcore", "");
    temp.link("proc/innocent", "kcore");
    temp.link("proc/self", "1");
    temp.link("proc/1/cwd", "/");
    temp.link("rootfs/srv/absolute", "/etc/hostname");
    temp.link("rootfs/srv/out", "../../secret");
    temp.link("rootfs/srv/over", "../../rootfs/srv/file");
    temp.link("rootfs/srv/secret", "../etc/shadow");
    temp.link("rootfs/srv/loop", "loop");
    temp.link("rootfs/srv/gone", "nothing");
    let mut files = temp.files(EVERYTHING);
    for path in [
        "/proc/innocent",
        "/proc/kcore",
        "/proc/self/cwd",
        "/proc/1/cwd",
        "/proc/1/cwd/etc",
        "/rootfs/srv/absolute",
        "/rootfs/srv/out",
        "/rootfs/srv/over",
        "/rootfs/srv/secret",
        "/rootfs/etc/shadow",
        "/rootfs/srv/../srv/file",
        "/nowhere",
        "/",
    ] {
        assert_eq!(
            files.real_path(path),
            Err(FileError::NotPermitted),
            "{path}"
        );
    }
    for (path, error) in [
        ("/rootfs/srv/loop", FileError::Os(40)),
        ("/rootfs/srv/gone", FileError::NotFound),
        ("/rootfs/srv/nothing", FileError::NotFound),
        ("rootfs/srv/file", FileError::InvalidPath),
        ("", FileError::InvalidPath),
        ("/rootfs/\0", FileError::InvalidPath),
    ] {
        assert_eq!(files.real_path(path), Err(error), "{path}");
    }
}

/// The links of the kernel that lead anywhere at all.
#[test]
fn magic_links_are_not_followed() {
    let mut files = files(&real(), EVERYTHING, &Limits::default());
    for path in [
        "/proc/self/cwd",
        "/proc/self/root",
        "/proc/self/root/etc",
        "/proc/self/exe",
        "/proc/self/fd/0",
        "/proc/self/ns/net",
        "/proc/thread-self/cwd",
        "/rootfs/proc/self/root",
        "/rootfs/proc/self/cwd",
    ] {
        assert!(files.real_path(path).is_err(), "{path}");
    }
    let own = format!("/proc/{}/stat", std::process::id());
    assert_eq!(files.real_path("/proc/self/stat"), Ok(own));
}

#[test]
fn directories_of_options_keep_their_names() {
    let temp = Temp::trees();
    temp.file("text/..data/a.prom", "");
    temp.link("text/a.prom", "..data/a.prom");
    temp.link("text/b.prom", "../other");
    let mut files = temp.option("text", &["{directory}/*.prom", "{directory}/..data/*"]);
    let path = |name: &str| format!("{}/{name}", temp.text("text"));
    assert_eq!(files.real_path(&path("a.prom")), Ok(path("..data/a.prom")));
    assert_eq!(
        files.real_path(&path("b.prom")),
        Err(FileError::NotPermitted)
    );
}

#[test]
fn path_lookup_counts_as_an_access() {
    let temp = device();
    let limits = Limits {
        files_opened: 1,
        ..Limits::default()
    };
    let mut files = files(&temp.paths(), EVERYTHING, &limits);
    assert!(files.real_path("/sys/class/net/eth0").is_ok());
    assert_eq!(
        files.real_path("/sys/class/net/eth0"),
        Err(FileError::Exhausted(Exhausted::Files))
    );
}
