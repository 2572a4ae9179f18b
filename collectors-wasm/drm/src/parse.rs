//! Who drives a card, and texts that may be missing.

use firepit_sdk::parse::attribute;

/// Whether the `uevent` of a device names the driver amdgpu.
pub(crate) fn is_amdgpu(uevent: &str) -> bool {
    uevent.contains("DRIVER=amdgpu")
}

/// The text of an attribute; empty where it could not be read.
pub(crate) fn text(content: Option<Vec<u8>>) -> String {
    attribute(&content.unwrap_or_default()).into_owned()
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

    #[test]
    fn texts() {
        assert_eq!(text(None), "");
        assert_eq!(text(Some(b"auto\n".to_vec())), "auto");
        assert_eq!(text(Some(b"\xff\xff\n".to_vec())), "\u{fffd}");
        assert_eq!(text(Some(b"x".repeat(1 << 20))).len(), 128);
    }
}
