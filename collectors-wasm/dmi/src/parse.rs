//! Names and texts of the fields.

use firepit_sdk::parse::attribute;

/// The label of a file.
pub(crate) fn label_name(field: &str) -> &str {
    match field {
        "sys_vendor" => "system_vendor",
        other => other,
    }
}

/// The text of a file. Firmware may put arbitrary bytes there.
pub(crate) fn label_value(content: &[u8]) -> String {
    attribute(content).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_vendor_is_renamed() {
        assert_eq!(label_name("sys_vendor"), "system_vendor");
        assert_eq!(label_name("board_vendor"), "board_vendor");
    }

    #[test]
    fn texts_of_any_firmware() {
        let cases: [(&[u8], &str); 5] = [
            (b"", ""),
            (b" \n", ""),
            (b"To be filled by O.E.M.\n", "To be filled by O.E.M."),
            (b"\xff\xff\xff \n", "\u{fffd}"),
            (b"a\x1cb\n", "a\x1cb"),
        ];
        for (content, expected) in cases {
            assert_eq!(label_value(content), expected, "{content:?}");
        }
        assert_eq!(label_value(&b"x".repeat(1 << 20)).len(), 128);
    }
}
