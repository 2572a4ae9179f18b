//! IDs of tracepoints, from the tracefs.

use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::{Errno, read};

use super::Refused;

/// Places of the tracefs below `/sys`. The second one is that of kernels before 4.1.
const PLACES: [&str; 2] = ["kernel/tracing", "kernel/debug/tracing"];

/// Maximum characters of a name. The kernel's names are shorter.
const MAX_NAME: usize = 128;

/// Maximum bytes of an ID: the digits of a number, and the end of the line.
const MAX_ID: usize = 24;

/// The ID of a tracepoint. `sysfs` is the host's `/sys`; without it there are no tracepoints.
pub(super) fn id(sysfs: Option<&Path>, subsystem: &str, event: &str) -> Result<u64, Refused> {
    let sysfs = sysfs.ok_or(Refused::NoTracepoint)?;
    if !is_name(subsystem) || !is_name(event) {
        return Err(Refused::NoTracepoint);
    }
    let mut result = Err(Refused::NoTracepoint);
    for place in PLACES {
        let path = sysfs.join(format!("{place}/events/{subsystem}/{event}/id"));
        match read_id(&path) {
            Ok(id) => return id.ok_or(Refused::NoTracepoint),
            Err(Errno::ACCESS | Errno::PERM) => result = Err(Refused::PermissionDenied),
            Err(_) => {}
        }
    }
    result
}

/// Whether the guest's text is the name of one directory. It leads nowhere else.
fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    !name.is_empty()
        && name.len() <= MAX_NAME
        && !name.starts_with('.')
        && name.bytes().all(is_plain)
}

/// The number in a file; `None` if it has none.
fn read_id(path: &Path) -> Result<Option<u64>, Errno> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = openat(CWD, path, flags, Mode::empty())?;
    let mut bytes = [0; MAX_ID];
    let length = read(&file, &mut bytes)?;
    let text = bytes
        .get(..length)
        .and_then(|text| str::from_utf8(text).ok());
    Ok(text.and_then(|text| text.trim_end().parse().ok()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    /// A directory in place of `/sys`, removed at the end.
    struct Sysfs(PathBuf);

    impl Sysfs {
        fn new(name: &str) -> Self {
            let path = format!("firepit-tracepoint-{name}-{}", std::process::id());
            Self(std::env::temp_dir().join(path))
        }

        fn with(self, path: &str, content: &str) -> Self {
            let path = self.0.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
            self
        }
    }

    impl Drop for Sysfs {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn ids_are_read_from_either_place() {
        let sysfs = Sysfs::new("places")
            .with("kernel/tracing/events/sched/sched_switch/id", "316\n")
            .with(
                "kernel/debug/tracing/events/irq/irq_handler_entry/id",
                "7\n",
            )
            .with("kernel/tracing/events/odd/odd-1.2/id", "8");
        let ids = [
            ("sched", "sched_switch", Ok(316)),
            ("irq", "irq_handler_entry", Ok(7)),
            ("odd", "odd-1.2", Ok(8)),
            ("sched", "none", Err(())),
        ];
        for (subsystem, event, expected) in ids {
            let found = id(Some(&sysfs.0), subsystem, event).map_err(drop);
            assert_eq!(found, expected, "{subsystem}:{event}");
        }
        assert!(id(None, "sched", "sched_switch").is_err());
    }

    #[test]
    fn names_lead_to_no_other_place() {
        let sysfs = Sysfs::new("names").with("kernel/tracing/events/a/id", "1\n");
        let sysfs = sysfs.with("kernel/tracing/id", "2\n");
        let long = "a".repeat(MAX_NAME + 1);
        for (subsystem, event) in [
            ("a", "."),
            ("..", ".."),
            (".", "a"),
            ("a/b", "c"),
            ("a", "/etc"),
            ("", "a"),
            ("a", ""),
            ("a\0", "b"),
            ("a", &long),
        ] {
            let found = id(Some(&sysfs.0), subsystem, event);
            assert!(matches!(found, Err(Refused::NoTracepoint)), "{event:?}");
        }
    }

    #[test]
    fn content_that_is_no_number_is_no_id() {
        for content in ["", "\n", "x", "-1", "99999999999999999999999999999999"] {
            let sysfs = Sysfs::new("content").with("kernel/tracing/events/a/b/id", content);
            let found = id(Some(&sysfs.0), "a", "b");
            assert!(matches!(found, Err(Refused::NoTracepoint)), "{content:?}");
        }
    }
}
