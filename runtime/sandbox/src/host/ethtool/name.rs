//! Names of network devices.

/// `IFNAMSIZ`: bytes of a name in the kernel, with the NUL byte at its end.
pub(super) const SIZE: usize = 16;

/// A name that a network device can have, by the rules of the kernel's `dev_valid_name`. Anything
/// else has a meaning of its own in a request: the kernel cuts a name at its colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name([u8; SIZE]);

impl Name {
    /// Checks a name.
    pub(super) fn new(name: &str) -> Option<Self> {
        let is_reserved = matches!(name, "" | "." | "..");
        let is_bad = |byte: u8| matches!(byte, b'/' | b':' | b'\0') || is_blank(byte);
        if is_reserved || name.bytes().any(is_bad) || name.len() >= SIZE {
            return None;
        }
        let mut bytes = [0; SIZE];
        for (place, byte) in bytes.iter_mut().zip(name.bytes()) {
            *place = byte;
        }
        Some(Self(bytes))
    }

    /// The name, padded with NUL bytes, of which there is at least one.
    pub(super) fn padded(self) -> [u8; SIZE] {
        self.0
    }
}

/// White space by the kernel's `isspace`, which knows Latin-1's non-breaking space too. In UTF-8 that
/// byte is a part of other letters, and the kernel accepts no such name.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r' | 0xa0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_the_kernel_accepts() {
        for good in [
            "lo",
            "a",
            "eth0.100",
            "bond-0",
            "wlp0s20f3",
            "fifteen-letters",
            "...",
            "é",
        ] {
            let padded = Name::new(good).unwrap().padded();
            assert_eq!(&padded[..good.len()], good.as_bytes());
            assert!(padded[good.len()..].iter().all(|byte| *byte == 0));
        }
        for bad in [
            "",
            ".",
            "..",
            "a/b",
            "/",
            "eth0:1",
            ":",
            "a b",
            "a\tb",
            "a\n",
            "a\0b",
            "\0",
            "sixteen-letters-",
            "à",
        ] {
            assert_eq!(Name::new(bad), None, "{bad:?}");
        }
        assert_eq!(Name::new(&"x".repeat(1 << 20)), None);
    }
}
