//! The flag syntax of Go: one or two dashes, `-name=value` or `-name value`, and `=` to set a switch.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

/// An argument that is a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// One or two.
    pub(super) dashes: usize,
    /// Its name; empty if it is not text.
    pub(super) name: &'a str,
    /// The text after `=`.
    pub(super) value: Option<&'a OsStr>,
}

impl<'a> Word<'a> {
    /// The parts of an argument; `None` if it is not a flag.
    pub(super) fn of(arg: &'a OsStr) -> Option<Self> {
        let one = arg.as_bytes().strip_prefix(b"-")?;
        let two = one.strip_prefix(b"-");
        let (dashes, rest) = two.map_or((1, one), |rest| (2, rest));
        if rest.is_empty() {
            return None;
        }
        let (name, value) = match rest.iter().position(|&byte| byte == b'=') {
            Some(at) => {
                let (name, value) = rest.split_at(at);
                (name, value.get(1..).map(OsStr::from_bytes))
            }
            None => (rest, None),
        };
        Some(Self {
            dashes,
            name: std::str::from_utf8(name).unwrap_or_default(),
            value,
        })
    }

    /// The flag as written, without its value.
    pub(super) fn spelled(&self) -> String {
        let dashes = if self.dashes == 1 { "-" } else { "--" };
        format!("{dashes}{}", self.name)
    }
}

/// The value of a switch, as Go's `strconv.ParseBool` reads it.
pub(super) fn switch(value: &OsStr) -> Option<bool> {
    match value.to_str()? {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_dashes_name_and_value() {
        let word = |text: &'static str| Word::of(OsStr::new(text));
        let parts = |text| word(text).map(|word| (word.dashes, word.name, word.value));
        for (text, dashes, name, value) in [
            ("-v", 1, "v", None),
            ("-listen=:80", 1, "listen", Some(":80")),
            ("--listen=a=b", 2, "listen", Some("a=b")),
            ("-v=", 1, "v", Some("")),
            ("-=x", 1, "", Some("x")),
            ("---v", 2, "-v", None),
        ] {
            let expected = Some((dashes, name, value.map(OsStr::new)));
            assert_eq!(parts(text), expected, "{text}");
        }
        for text in ["", "-", "--", "x", "x-y"] {
            assert_eq!(word(text), None, "{text}");
        }
        let no_text = Word::of(OsStr::from_bytes(b"-\xff=1")).unwrap();
        assert_eq!(no_text.name, "");
    }

    #[test]
    fn switches_are_read_as_go_reads_them() {
        for (text, expected) in [
            ("true", Some(true)),
            ("T", Some(true)),
            ("1", Some(true)),
            ("False", Some(false)),
            ("0", Some(false)),
            ("yes", None),
            ("", None),
        ] {
            assert_eq!(switch(OsStr::new(text)), expected, "{text}");
        }
    }
}
