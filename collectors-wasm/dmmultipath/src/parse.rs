//! Interpretation of the texts of device mapper and of disks.

/// Whether a device is a multipath device, which has this prefix in its UUID.
pub(crate) fn is_multipath(uuid: &str) -> bool {
    uuid.starts_with("mpath-")
}

/// Whether a path is usable: SCSI devices are then `running`, NVMe controllers `live`.
pub(crate) fn is_active(state: &str) -> bool {
    matches!(state, "running" | "live")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_multipath_devices() {
        assert!(is_multipath("mpath-3600508b1001c"));
        for uuid in [
            "",
            "mpath",
            "LVM-abc",
            "part1-mpath-3600508b1001c",
            "MPATH-1",
        ] {
            assert!(!is_multipath(uuid), "{uuid:?}");
        }
    }

    #[test]
    fn only_running_and_live_are_active() {
        assert!(is_active("running") && is_active("live"));
        for state in [
            "",
            "offline",
            "blocked",
            "transport-offline",
            "Running",
            "live ",
        ] {
            assert!(!is_active(state), "{state:?}");
        }
    }
}
