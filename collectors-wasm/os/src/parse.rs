//! The file as a whole: one assignment per line, in a part of the shell's language.

use firepit_sdk::parse::{Error, Line, Text};

use crate::value;

/// Names with their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assignments<'a>(Vec<(&'a str, String)>);

impl<'a> Assignments<'a> {
    /// Reads a whole file. Empty lines and lines that begin with `#` are passed over.
    pub(crate) fn parse(text: &'a Text) -> Result<Self, Error> {
        let mut assignments = Vec::new();
        for line in text.lines() {
            let trimmed = line.as_str().trim();
            if !trimmed.is_empty() && !trimmed.starts_with('#') {
                assignments.push(assignment(line.part(trimmed))?);
            }
        }
        Ok(Self(assignments))
    }

    /// The value of a name: empty where the file does not have it. Of several the last counts.
    pub(crate) fn get(&self, name: &str) -> &str {
        let assignment = self.0.iter().rfind(|(own, _)| *own == name);
        assignment.map_or("", |(_, value)| value)
    }
}

fn assignment<'a>(line: Line<'a>) -> Result<(&'a str, String), Error> {
    let (name, rest) = line.key_value('=')?;
    // A variable may be called `export` itself.
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

    fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
        let text = Text::new("f", text);
        let Assignments(all) = Assignments::parse(&text).map_err(|error| error.to_string())?;
        let owned = |(name, value): (&str, String)| (name.to_owned(), value);
        Ok(all.into_iter().map(owned).collect())
    }

    #[test]
    fn one_assignment_per_line() {
        let text = "\n# x\n  # y = z\nA=b\r\n export  = 1\nexport B.c/d_2 = \"e f\" # g\n_=\n";
        let expected = [("A", "b"), ("export", "1"), ("B.c/d_2", "e f"), ("_", "")];
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        assert_eq!(parse(text), Ok(expected.map(owned).to_vec()));
        assert_eq!(parse(""), Ok(vec![]));
    }

    #[test]
    fn the_last_assignment_counts() {
        let text = Text::new("f", "A=1\nA=2\nB=\n");
        let assignments = Assignments::parse(&text).unwrap();
        assert_eq!(assignments.get("A"), "2");
        assert_eq!((assignments.get("B"), assignments.get("C")), ("", ""));
    }

    #[test]
    fn tells_what_is_wrong() {
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
            assert_eq!(parse(text), Err(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn huge_files() {
        assert_eq!(parse(&"A='b'\n".repeat(1 << 16)).unwrap().len(), 1 << 16);
        let long = format!("A=\"{}\"", "\\n".repeat(1 << 20));
        assert_eq!(parse(&long).unwrap()[0].1.len(), 1 << 20);
    }
}
