//! The two forms of attributes: short texts, and numbers of any base.

use firepit_sdk::parse::{any_base, attribute};

/// The text of an attribute; empty if missing.
pub(crate) fn text(content: Option<Vec<u8>>) -> String {
    attribute(&content.unwrap_or_default()).into_owned()
}

/// The number in an attribute.
///
/// # Errors
/// The text, if it is not a number.
pub(crate) fn number(content: &[u8]) -> Result<i64, String> {
    let text = attribute(content);
    any_base(&text).ok_or_else(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        assert_eq!(text(None), "");
        assert_eq!(text(Some(b" Li-ion\n".to_vec())), "Li-ion");
        assert_eq!(
            text(Some(b"LNV-45N1\xff\xff\n".to_vec())),
            "LNV-45N1\u{fffd}"
        );
        assert_eq!(text(Some(b"x".repeat(1 << 20))).len(), 128);
    }

    #[test]
    fn numbers() {
        for (content, expected) in [("81\n", 81), ("-1000", -1000), ("0x10", 16), ("010", 8)] {
            assert_eq!(number(content.as_bytes()), Ok(expected), "{content:?}");
        }
        for content in ["", "\n", "full", "1.5", "1 2", "9223372036854775808"] {
            let found = content.trim().to_owned();
            assert_eq!(number(content.as_bytes()), Err(found), "{content:?}");
        }
        assert!(number(&b"9".repeat(1 << 20)).is_err());
        assert_eq!(number(b"\xff"), Err("\u{fffd}".to_owned()));
    }
}
