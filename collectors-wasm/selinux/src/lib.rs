//! Whether SELinux is enabled, and in which mode.
//!
//! Checks for the file system of SELinux
//! ([selinux(8)](https://man7.org/linux/man-pages/man8/selinux.8.html)): at `/sys/fs/selinux`, or
//! else at `/selinux`, as on old systems. Reads `enforce` there and `/rootfs/etc/selinux/config`,
//! and the label of firepit's process. Emits `node_selinux_enabled`, `node_selinux_config_mode` and
//! `node_selinux_current_mode`. Whether SELinux is enabled is determined once: it does not change
//! while a system runs. A mode is -1 if its file is missing, and omitted if the file cannot be
//! read.

mod parse;

use std::time::Duration;

use firepit_sdk::files::{self, Optional};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{
    Collector, Descriptor, Error, Gauge, Metrics, Settings, export, mountinfo, statfs::statfs,
};

const ENABLED: Gauge<0> = Gauge::new(
    "node_selinux_enabled",
    "SELinux is enabled, 1 is true, 0 is false",
    [],
);
const CONFIG_MODE: Gauge<0> = Gauge::new(
    "node_selinux_config_mode",
    "Configured SELinux enforcement mode",
    [],
);
const CURRENT_MODE: Gauge<0> = Gauge::new(
    "node_selinux_current_mode",
    "Current SELinux enforcement mode",
    [],
);

/// The mode if its file is missing, as in node_exporter.
const UNKNOWN: f64 = -1.0;

const MOUNT: &str = "/sys/fs/selinux";
const CONFIG: &str = "/rootfs/etc/selinux/config";
const LABEL: &str = "/proc/self/attr/current";

/// `SELINUX_MAGIC` of the kernel's `include/uapi/linux/magic.h`.
const MAGIC: u64 = 0xf97c_ff8c;

/// The file system is in memory: it answers at once.
const PATIENCE: Duration = Duration::from_secs(1);

/// The collector.
#[derive(Debug)]
pub struct SeLinux {
    /// The mount point of the file system; the inner `None` means that SELinux is disabled.
    mount: Option<Option<String>>,
}

impl Collector for SeLinux {
    fn describe() -> Descriptor {
        Descriptor::new("selinux", "Shows whether SELinux is enabled, and its mode.").reads([
            "/proc/filesystems",
            "/proc/self/mountinfo",
            LABEL,
            "/sys/fs/selinux/enforce",
            "/rootfs/selinux/enforce",
            CONFIG,
        ])
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self { mount: None })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let mount = self.mount.get_or_insert_with(enabled_at).as_deref();
        metrics.gauge(&ENABLED).set([], mount.is_some());
        let Some(mount) = mount else {
            return Ok(());
        };
        let config = files::read_text(CONFIG).optional().or_skip();
        let configured = config.map(|text| text.map_or(UNKNOWN, |text| parse::configured(&text)));
        metrics.gauge(&CONFIG_MODE).set([], configured);
        let enforce = files::read(&format!("{mount}/enforce"))
            .optional()
            .or_skip();
        let current = enforce.map(|mode| mode.map_or(UNKNOWN, |mode| parse::current(&mode)));
        metrics.gauge(&CURRENT_MODE).set([], current);
        Ok(())
    }
}

/// The mount point of SELinux' file system if SELinux is enabled: the label of a process then
/// differs from the label before a policy was loaded.
fn enabled_at() -> Option<String> {
    let mount = mounted_at()?;
    let label = files::read(LABEL).ok()?;
    (parse::label(&label) != "kernel").then_some(mount)
}

fn mounted_at() -> Option<String> {
    let answer = statfs(&[MOUNT], 1, PATIENCE).into_iter().next();
    if let Some(Ok(found)) = answer
        && found.magic == MAGIC
        && !found.read_only
    {
        return Some(MOUNT.to_owned());
    }
    let types = files::read_text("/proc/filesystems").ok()?;
    if !parse::is_known(&types) {
        return None;
    }
    let mounts = files::read_text("/proc/self/mountinfo").ok()?;
    let mut found = mountinfo::mounts(&mounts).filter_map(Result::ok);
    let found = found.find(|mount| mount.fs_type == "selinuxfs")?;
    Some(match found.mount_point {
        below_sys if below_sys.starts_with("/sys/") => below_sys.to_owned(),
        other => format!("/rootfs{other}"),
    })
}

export!(SeLinux);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::statfs::FileSystem;
    use firepit_sdk::testing::{Faults, Host, Loss, Output};

    const MOUNTED: FileSystem = FileSystem {
        magic: MAGIC,
        read_only: false,
        block_size: 4096,
        blocks: 0,
        blocks_free: 0,
        blocks_available: 0,
        files: 0,
        files_free: 0,
    };

    const LABELLED: &str = "system_u:system_r:unconfined_service_t:s0\0";

    fn mounted() -> Host {
        Host::new().statfs(MOUNT, Ok(MOUNTED)).file(LABEL, LABELLED)
    }

    fn run(host: &Host) -> Output {
        let out = host.run::<SeLinux>([]);
        assert_eq!(out.result, Ok(()));
        out
    }

    #[test]
    fn host_without_selinux_shows_disabled() {
        assert_eq!(run(&Host::new()).text(), "node_selinux_enabled 0\n");
    }

    #[test]
    fn shows_both_modes() {
        let host = mounted().file("/sys/fs/selinux/enforce", "0").file(
            CONFIG,
            "# SELINUX=disabled\nSELINUX=enforcing\nSELINUXTYPE=targeted\n",
        );
        assert_eq!(
            run(&host).text(),
            "node_selinux_enabled 1\nnode_selinux_config_mode 1\nnode_selinux_current_mode 0\n"
        );
    }

    #[test]
    fn unreadable_modes_are_minus_one() {
        assert_eq!(
            run(&mounted()).text(),
            "node_selinux_enabled 1\nnode_selinux_config_mode -1\nnode_selinux_current_mode -1\n"
        );
    }

    #[test]
    fn faults() {
        let host = mounted()
            .file("/sys/fs/selinux/enforce", "0")
            .file(CONFIG, "SELINUX=enforcing\nSELINUXTYPE=targeted\n");
        Faults::new()
            .rule(
                LABEL,
                Loss::Changes(&["node_selinux_"]),
                "only this shows whether SELinux is enabled",
            )
            .rule(
                "/sys/fs/selinux/enforce",
                Loss::Changes(&["current_mode"]),
                "a missing one is -1",
            )
            .rule(
                CONFIG,
                Loss::Changes(&["config_mode"]),
                "a missing one is -1",
            )
            .check::<SeLinux>(&host);
    }

    #[test]
    fn other_or_read_only_file_system_means_disabled() {
        for wrong in [
            FileSystem {
                magic: 1,
                ..MOUNTED
            },
            FileSystem {
                read_only: true,
                ..MOUNTED
            },
        ] {
            let host = Host::new().statfs(MOUNT, Ok(wrong)).file(LABEL, LABELLED);
            assert_eq!(run(&host).text(), "node_selinux_enabled 0\n");
        }
    }

    #[test]
    fn disabled_until_a_policy_is_loaded() {
        for label in ["kernel", "kernel\0"] {
            let host = Host::new().statfs(MOUNT, Ok(MOUNTED)).file(LABEL, label);
            assert_eq!(run(&host).text(), "node_selinux_enabled 0\n");
        }
        let host = Host::new().statfs(MOUNT, Ok(MOUNTED));
        assert_eq!(run(&host).text(), "node_selinux_enabled 0\n");
    }

    #[test]
    fn an_old_mount_point_is_found() {
        let host = Host::new()
            .file(
                "/proc/filesystems",
                "nodev\tsysfs\nnodev\tselinuxfs\n\text4\n",
            )
            .file(
                "/proc/self/mountinfo",
                "garbled\n20 1 0:16 / /selinux rw - selinuxfs none rw\n",
            )
            .file("/rootfs/selinux/enforce", "1\n")
            .file(LABEL, LABELLED);
        assert!(run(&host).text().ends_with("node_selinux_current_mode 1\n"));
    }

    #[test]
    fn enabled_state_is_determined_once() {
        let mut collector = Host::new().configure::<SeLinux>([]).unwrap();
        Host::new().collect(&mut collector);
        let out = mounted().collect(&mut collector);
        assert_eq!(out.text(), "node_selinux_enabled 0\n");
    }
}
