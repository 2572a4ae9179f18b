//! File systems by path.

use super::*;
use crate::files::mount::MountError;

#[derive(Debug, PartialEq, Eq)]
enum Unanswered {
    InvalidPath,
    NotPermitted,
    Os(i32),
}

fn ask(files: &mut Files, path: &str) -> Result<u64, Unanswered> {
    let mount = files.mount(path).map_err(|error| match error {
        FileError::NotPermitted => Unanswered::NotPermitted,
        _ => Unanswered::InvalidPath,
    })?;
    match mount.statfs() {
        Ok(found) => Ok(kind::magic(&found).into()),
        Err(MountError::NotPermitted) => Err(Unanswered::NotPermitted),
        Err(MountError::Os(errno)) => Err(Unanswered::Os(errno.raw_os_error())),
    }
}

#[test]
fn any_path_of_the_trees_has_a_file_system() {
    let temp = Temp::trees();
    temp.file("rootfs/srv/file", "");
    // No pattern is required.
    let mut files = temp.files(&[]);
    for path in [
        "/rootfs",
        "/rootfs/",
        "/rootfs/srv",
        "/rootfs//srv/./file",
        "/proc",
        "/sys",
    ] {
        assert!(ask(&mut files, path).is_ok(), "{path}");
    }
    assert_eq!(files.meter().usage().opened, 6);
    for path in [
        "",
        "/",
        "/udev",
        "/udev/x",
        "/etc",
        "rootfs",
        "/rootfs/..",
        "/rootfs/a/../b",
        "/rootfs/\0",
    ] {
        assert_eq!(
            ask(&mut files, path),
            Err(Unanswered::InvalidPath),
            "{path}"
        );
    }
    assert_eq!(ask(&mut files, "/rootfs/gone"), Err(Unanswered::Os(2)));
    let long = format!("/rootfs/{}", "a".repeat(300));
    assert_eq!(ask(&mut files, &long), Err(Unanswered::Os(36)));
}

#[test]
fn no_link_is_followed() {
    let temp = Temp::trees();
    temp.file("rootfs/srv/file", "");
    temp.link("rootfs/link", "srv");
    temp.link("rootfs/out", "/");
    temp.link("rootfs/up", "../..");
    let mut files = temp.files(&[]);
    for path in [
        "/rootfs/link",
        "/rootfs/link/file",
        "/rootfs/out/etc",
        "/rootfs/up",
    ] {
        assert_eq!(ask(&mut files, path), Err(Unanswered::Os(40)), "{path}");
    }
}

/// Whether a denied path exists is not revealed.
#[test]
fn the_never_list_holds() {
    let temp = Temp::trees();
    temp.file("rootfs/home/somebody/.ssh/key", "");
    temp.file("rootfs/root/file", "");
    temp.file("rootfs/etc/shadow", "");
    temp.file("proc/kcore", "");
    temp.file("sys/kernel/debug/x", "");
    let mut files = temp.files(EVERYTHING);
    for path in [
        "/rootfs/home",
        "/rootfs/home/somebody",
        "/rootfs/home/nobody",
        "/rootfs/home/somebody/.ssh",
        "/rootfs/root",
        "/rootfs/root/file",
        "/rootfs/etc/shadow",
        "/rootfs/etc/shadow-",
        "/proc/kcore",
        "/proc/1/root",
        "/proc/self/fd/0",
        "/sys/kernel/debug",
        "/sys/kernel/debug/gone",
    ] {
        assert_eq!(
            ask(&mut files, path),
            Err(Unanswered::NotPermitted),
            "{path}"
        );
    }
}

/// Of kernel file systems only mount points are answered: the rest would reveal processes and
/// devices.
#[test]
fn kernel_file_systems_reveal_nothing_below_mount_points() {
    let mut files = files(&real(), &[], &Limits::default());
    assert_eq!(ask(&mut files, "/rootfs/proc"), Ok(0x9fa0));
    assert_eq!(ask(&mut files, "/proc"), Ok(0x9fa0));
    assert_eq!(ask(&mut files, "/sys"), Ok(0x6265_6572));
    for path in [
        "/rootfs/proc/1",
        "/rootfs/proc/1/environ",
        "/rootfs/proc/tty",
        "/sys/class",
    ] {
        assert_eq!(
            ask(&mut files, path),
            Err(Unanswered::NotPermitted),
            "{path}"
        );
    }
    for path in ["/rootfs/proc/self/root", "/rootfs/proc/1/cwd"] {
        assert_eq!(ask(&mut files, path), Err(Unanswered::Os(40)), "{path}");
    }
}

#[test]
fn empty_view_has_no_file_systems() {
    let mut files = Files::closed(&Limits::default());
    assert_eq!(ask(&mut files, "/rootfs"), Err(Unanswered::NotPermitted));
    assert_eq!(files.meter().usage().denied, 1);
}
