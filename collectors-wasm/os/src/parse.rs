//! The whole file: one assignment per line, in a subset of the shell's language.

use firepit_sdk::parse::{Error, Line, Text};
use firepit_sdk::skip::OrSkip;

use crate::value;

/// Names with their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assignments<'a>(Vec<(&'a str, String)>);

impl<'a> Assignments<'a> {
    /// Reads a whole file. Empty lines and lines that begin with `#` are ignored; any other line
    /// that is not an assignment is reported.
    pub(crate) fn parse(text: &'a Text) -> Self {
        let lines = text.lines().map(|line| line.part(line.as_str().trim()));
        let lines = lines.filter(|line| !matches!(line.as_str().bytes().next(), None | Some(b'#')));
        Self(
            lines
                .filter_map(|line| assignment(line).or_skip())
                .collect(),
        )
    }

    /// Whether there are no assignments.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a name; empty if the file does not have it. The last of several is used.
    pub(crate) fn get(&self, name: &str) -> &str {
        let assignment = self.0.iter().rfind(|(own, _)| *own == name);
        assignment.map_or("", |(_, value)| value)
    }
}

fn assignment<'a>(line: Line<'a>) -> Result<(&'a str, String), Error> {
    let (name, rest) = line.key_value('=')?;
    // A variable may have the name `export`.
    let name = match name.strip_prefix("export ") {
        Some(exported) if !exported.is_empty() => exported,
        _ => name,
    };
    if !is_name(name) {
        return Err(line.error("expected a name of letters, digits and \"_./\""));
    }
    let value =
        value::parse(rest.as_str()).map_err(|error| line.error(format!("{name}: {error}")))?;
    Ok((name, value))
}

fn is_name(name: &str) -> bool {
    let first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    let other = |byte: u8| first(byte) || byte.is_ascii_digit() || matches!(byte, b'.' | b'/');
    name.bytes().next().is_some_and(first) && name.bytes().all(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    fn parse(text: &str) -> Vec<(String, String)> {
        let text = Text::new("f", text);
        let Assignments(all) = Host::new().enter(|| Assignments::parse(&text));
        let owned = |(name, value): (&str, String)| (name.to_owned(), value);
        all.into_iter().map(owned).collect()
    }

    #[test]
    fn one_assignment_per_line() {
        let text = "\n# x\n  # y = z\nA=b\r\n export  = 1\nexport B.c/d_2 = \"e f\" # g\n_=\n";
        let expected = [("A", "b"), ("export", "1"), ("B.c/d_2", "e f"), ("_", "")];
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        assert_eq!(parse(text), expected.map(owned));
        assert_eq!(parse(""), []);
    }

    #[test]
    fn last_assignment_is_used() {
        let text = Text::new("f", "A=1\nA=2\nB=\n");
        let assignments = Assignments::parse(&text);
        assert_eq!(assignments.get("A"), "2");
        assert_eq!((assignments.get("B"), assignments.get("C")), ("", ""));
    }

    #[test]
    fn errors_describe_malformed_input() {
        let name = "f:1: expected a name of letters, digits and \"_./\"";
        let cases = [
            ("A", "f:1: expected a line with '='"),
            ("=b", name),
            ("1A=b", name),
            ("A-B=c", name),
            ("É=c", name),
            ("export  A=c", name),
            ("A=\"b", "f:1: A: the quotation is not closed"),
        ];
        for (text, expected) in cases {
            let text = Text::new("f", text);
            let error = assignment(text.first_line().unwrap()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        let sound = ("C".to_owned(), "d".to_owned());
        assert_eq!(parse("A\nC=d\n1A=b\n"), [sound]);
    }

    #[test]
    fn huge_files() {
        assert_eq!(parse(&"A='b'\n".repeat(1 << 16)).len(), 1 << 16);
        let long = format!("A=\"{}\"", "\\n".repeat(1 << 20));
        assert_eq!(parse(&long)[0].1.len(), 1 << 20);
    }
}
