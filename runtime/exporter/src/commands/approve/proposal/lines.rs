//! Elements of a list in the config file, granted or commented out. They contain text from the module, so
//! each text is escaped, and each element is one line.

use std::fmt::Write as _;

use firepit_exposition::escape::{escaped, is_plain};

/// One line below `reads:` or `interfaces:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// An element of the list, as YAML.
    Granted(String),
    /// Becomes an element when the `#` is removed.
    Out(String),
    /// Only a comment.
    Note(String),
}

impl Line {
    /// `text` is YAML; `note` follows it as a comment.
    pub(super) fn granted(text: String, note: Option<String>) -> Self {
        Self::Granted(match note {
            None => text,
            Some(note) => format!("{text}  # {}", escaped(&note)),
        })
    }

    /// `text` is YAML; `why` follows it as a comment.
    pub(super) fn out(text: String, why: &str) -> Self {
        Self::Out(format!("{text}  # {}", escaped(why)))
    }

    /// An element that cannot be granted.
    pub(super) fn never(text: &str, why: &str) -> Self {
        Self::Note(format!("{}: {}", escaped(text), escaped(why)))
    }

    pub(super) fn note(text: &str) -> Self {
        Self::Note(escaped(text))
    }
}

/// The lines of a list, that of its key first.
pub(super) fn list(key: &str, lines: &[Line]) -> Vec<String> {
    let is_granted = |line: &Line| matches!(line, Line::Granted(_));
    let is_out = |line: &Line| matches!(line, Line::Out(_));
    let mut text = vec![
        match (lines.iter().any(is_granted), lines.iter().any(is_out)) {
            (true, _) => format!("{key}:"),
            (false, true) => format!("{key}: []  # remove the [] if you uncomment a line"),
            (false, false) => format!("{key}: []"),
        },
    ];
    text.extend(lines.iter().map(|line| match line {
        Line::Granted(element) => format!("  - {element}"),
        Line::Out(element) => format!("  # - {element}"),
        Line::Note(note) => format!("  # {note}"),
    }));
    text
}

/// A text as a double-quoted YAML scalar: it may contain anything.
pub(in super::super) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if !is_plain(c) => {
                // Writing to a string does not fail.
                let _ = write!(quoted, "\\U{:08X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;
    use firepit::config::ConfigFile;
    use std::path::Path;

    #[test]
    fn quoted_texts_are_read_back_as_they_were() {
        for text in [
            "/a b",
            "\"\\",
            "{x}/*.prom",
            "a\nb\u{1b}[0m\u{7f}",
            "é: #",
            "/sys/\u{202e}x\u{85}\u{2028}",
        ] {
            let file = format!("collectors:\n  x:\n    module: {}\n", quoted(text));
            let read = ConfigFile::parse(Path::new("/f.yaml"), &file).unwrap();
            let module = read.entry("x").unwrap().module.clone().unwrap();
            assert_eq!(module, Path::new("/").join(text));
        }
    }

    /// Only granted elements are in the list, whatever text a module has in its patterns.
    #[test]
    fn comments_stay_comments() {
        let odd = "/x\n- /proc/kcore\u{85}\u{2028}\r- /y # \u{202e}";
        let lines = [
            Line::never(odd, odd),
            Line::out(quoted(odd), odd),
            Line::note(odd),
            Line::granted(quoted("/proc/a"), Some(odd.to_owned())),
        ];
        let text = list("reads", &lines).join("\n      ");
        let file = format!("collectors:\n  x:\n    grants:\n      {text}\n");
        let read = ConfigFile::parse(Path::new("/f.yaml"), &file).unwrap();
        let reads = read
            .entry("x")
            .unwrap()
            .grants
            .clone()
            .unwrap()
            .reads
            .unwrap();
        let patterns: Vec<&str> = reads.iter().map(|it| it.pattern.as_str()).collect();
        assert_eq!(patterns, ["/proc/a"], "{file}");
        assert_eq!(text.lines().count(), 5);
    }

    #[test]
    fn empty_list_is_written_in_brackets() {
        assert_eq!(list("reads", &[]), ["reads: []"]);
        let out = [Line::out("uname".to_owned(), "a name")];
        let wanted = [
            "interfaces: []  # remove the [] if you uncomment a line",
            "  # - uname  # a name",
        ];
        assert_eq!(list("interfaces", &out), wanted);
    }
}
