//! The octal escapes of `/proc`.

use std::borrow::Cow;

/// Unescapes a text of `/proc/*/mountinfo`, `/proc/swaps` and similar files. The kernel writes
/// characters that would break the line as a backslash and three octal digits (`seq_escape` and
/// `mangle_path` in `fs/seq_file.c`): space `\040`, tab `\011`, line break `\012`, backslash
/// `\134`, in some files `#` as `\043`. Any escaped byte is accepted; bytes that are not UTF-8
/// become U+FFFD. A backslash that does not begin an escape stays.
///
/// ```
/// use firepit_sdk::parse::unescape_octal;
/// assert_eq!(unescape_octal(r"/mnt/my\040disk"), "/mnt/my disk");
/// assert_eq!(unescape_octal(r"C:\134"), r"C:\");
/// ```
#[must_use]
pub fn unescape_octal(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        match after {
            [
                a @ b'0'..=b'3',
                b @ b'0'..=b'7',
                c @ b'0'..=b'7',
                after @ ..,
            ] if byte == b'\\' => {
                bytes.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
                rest = after;
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    Cow::Owned(crate::files::text(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_escapes_of_the_kernel() {
        for (text, expected) in [
            ("", ""),
            ("/a", "/a"),
            (r"/a\040b\011c\012d\134e\043f", "/a b\tc\nd\\e#f"),
            (r"\134040", r"\040"),
            (r"\303\251", "\u{e9}"),
            (r"\377", "\u{fffd}"),
            (r"\", r"\"),
            (r"\04", r"\04"),
            (r"\400 \08 \x", r"\400 \08 \x"),
            ("é\\040é", "é é"),
        ] {
            assert_eq!(unescape_octal(text), expected, "{text:?}");
        }
        let long = r"\040".repeat(1 << 16);
        assert_eq!(unescape_octal(&long).len(), 1 << 16);
    }
}
