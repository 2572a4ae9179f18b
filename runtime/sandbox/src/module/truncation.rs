//! The outermost form of a component: a header and sections of stated lengths. This suffices to
//! tell an incompletely copied file from an invalid one without parsing it.

/// The first bytes of a component: magic number, format version, and the layer "component".
pub(super) const COMPONENT: &[u8; 8] = b"\0asm\x0d\0\x01\0";

/// The first bytes of a core module.
pub(super) const CORE_MODULE: &[u8; 8] = b"\0asm\x01\0\0\0";

/// Whether the bytes end within the header or within a section.
pub(super) fn is_truncated(wasm: &[u8]) -> bool {
    let Some(mut rest) = wasm.strip_prefix(COMPONENT) else {
        return COMPONENT.starts_with(wasm) || CORE_MODULE.starts_with(wasm);
    };
    while let [_kind, after @ ..] = rest {
        match section(after) {
            Section::Complete(next) => rest = next,
            Section::Truncated => return true,
            // The compiler reports that better.
            Section::Malformed => return false,
        }
    }
    false
}

enum Section<'a> {
    /// The section ends before these bytes.
    Complete(&'a [u8]),
    Truncated,
    Malformed,
}

/// Skips the length of a section, an unsigned LEB128 of 32 bits, and its content.
fn section(bytes: &[u8]) -> Section<'_> {
    let mut length = 0u64;
    for (index, &byte) in bytes.iter().take(5).enumerate() {
        length |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let content = bytes.get(index + 1..).unwrap_or_default();
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            return content
                .get(length..)
                .map_or(Section::Truncated, Section::Complete);
        }
    }
    if bytes.len() < 5 {
        Section::Truncated
    } else {
        Section::Malformed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two sections, the second one with a length of two bytes.
    fn component() -> Vec<u8> {
        let mut wasm = COMPONENT.to_vec();
        wasm.extend([0, 3, 1, b'x', 7]);
        wasm.extend([1, 0x80, 0x01]);
        wasm.extend([9; 128]);
        wasm
    }

    #[test]
    fn only_the_end_of_a_section_is_an_end() {
        let wasm = component();
        let ends = [8, 8 + 5, wasm.len()];
        for length in 1..=wasm.len() {
            let cut = is_truncated(&wasm[..length]);
            assert_eq!(cut, !ends.contains(&length), "{length}");
        }
    }

    #[test]
    fn invalid_lengths_are_not_truncation() {
        let mut wasm = component();
        wasm.extend([2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        assert!(!is_truncated(&wasm));
        let mut wasm = component();
        wasm.extend([2, 0xff, 0xff, 0xff, 0xff, 0x0f]);
        assert!(is_truncated(&wasm), "4 GiB are announced");
    }

    #[test]
    fn other_file_types_are_not_truncation() {
        for bytes in [b"x".as_slice(), b"\0ask", b"\x7fELF-and-so-on"] {
            assert!(!is_truncated(bytes), "{bytes:?}");
        }
    }
}
