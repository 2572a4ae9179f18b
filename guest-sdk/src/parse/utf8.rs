//! Converts any bytes to text.

use std::borrow::Cow;

/// Converts bytes to text. Each run of bytes that are not UTF-8 becomes one U+FFFD, regardless of
/// its length, like node_exporter's label values from firmware.
#[must_use]
pub fn valid_utf8(content: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = str::from_utf8(content) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(content.len() + char::REPLACEMENT_CHARACTER.len_utf8());
    let mut in_run = false;
    for chunk in content.utf8_chunks() {
        in_run &= chunk.valid().is_empty();
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() && !in_run {
            text.push(char::REPLACEMENT_CHARACTER);
            in_run = true;
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_bytes_that_are_not_utf8_is_one_replacement() {
        let cases: [(&[u8], &str); 7] = [
            (b"", ""),
            ("gr\u{fc}n".as_bytes(), "gr\u{fc}n"),
            (b"\xff", "\u{fffd}"),
            (b"\xff\xff\xfe", "\u{fffd}"),
            (b"\xffa\xfe\xfeb", "\u{fffd}a\u{fffd}b"),
            (b"a\xe2\x82", "a\u{fffd}"),
            (b"\xff\xef\xbf\xbd\xff", "\u{fffd}\u{fffd}\u{fffd}"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(valid_utf8(bytes), expected, "{bytes:?}");
        }
    }
}
