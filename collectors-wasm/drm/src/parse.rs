//! The driver of a card.

/// Whether the `uevent` of a device names the driver amdgpu.
pub(crate) fn is_amdgpu(uevent: &str) -> bool {
    uevent.contains("DRIVER=amdgpu")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers() {
        assert!(is_amdgpu("DRIVER=amdgpu\nPCI_CLASS=30000\n"));
        assert!(is_amdgpu("OF_NAME=gpu\nDRIVER=amdgpu"));
        for uevent in [
            "",
            "DRIVER=radeon\n",
            "driver=amdgpu",
            "DRIVER=\u{fffd}amdgpu",
        ] {
            assert!(!is_amdgpu(uevent), "{uevent:?}");
        }
    }
}
