//! `/proc/net/sockstat` and `/proc/net/sockstat6`: in each line a protocol and pairs of state and
//! number, with single spaces between.

use firepit_sdk::parse::{Error, Line, Text, any_base};

/// The states that are shown, in their order.
pub(crate) const STATES: [&str; 6] = ["inuse", "orphan", "tw", "alloc", "mem", "memory"];

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry<'a> {
    /// Sockets of all kinds in use.
    Used(i64),
    /// The sockets of one protocol.
    Protocol(Protocol<'a>),
}

/// The sockets of one protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Protocol<'a> {
    /// Such as `TCP` or `FRAG6`.
    pub(crate) name: &'a str,
    /// One number for each of [`STATES`], if the line has it. The first is 0 where it has not.
    pub(crate) states: [Option<i64>; STATES.len()],
}

/// All lines of a file.
pub(crate) fn entries(text: &Text) -> Result<Vec<Entry<'_>>, Error> {
    text.lines().map(entry).collect()
}

fn entry(line: Line<'_>) -> Result<Entry<'_>, Error> {
    let malformed = || line.error("expected a protocol and pairs of state and number");
    let mut pieces = line.split(b' ');
    let name = pieces.next().ok_or_else(malformed)?;
    let name = name.strip_suffix(':').unwrap_or(name);
    let mut used = 0;
    let mut states = [None; STATES.len()];
    let mut empty = true;
    while let Some(key) = pieces.next() {
        let number = pieces.next().ok_or_else(malformed)?;
        let number = any_base(number).ok_or_else(malformed)?;
        empty = false;
        if key == "used" {
            used = number;
        }
        let state = STATES
            .iter()
            .zip(&mut states)
            .find(|(state, _)| **state == key);
        if let Some((_, value)) = state {
            *value = Some(number);
        }
    }
    if empty {
        return Err(malformed());
    }
    if name == "sockets" {
        return Ok(Entry::Used(used));
    }
    if let Some(in_use) = states.first_mut() {
        in_use.get_or_insert(0);
    }
    Ok(Entry::Protocol(Protocol { name, states }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Entry<'static>>, String> {
        let text: &'static Text = Box::leak(Box::new(Text::new("f", line)));
        let entries = entries(text).map_err(|error| error.to_string())?;
        Ok(entries.first().copied())
    }

    fn protocol(
        name: &'static str,
        states: [Option<i64>; 6],
    ) -> Result<Option<Entry<'static>>, String> {
        Ok(Some(Entry::Protocol(Protocol { name, states })))
    }

    #[test]
    fn one_line_each() {
        assert_eq!(parse("sockets: used 229\n"), Ok(Some(Entry::Used(229))));
        assert_eq!(parse("sockets: else 1\n"), Ok(Some(Entry::Used(0))));
        assert_eq!(
            parse("TCP: inuse 4 orphan 0 tw 5 alloc 17 mem -1\n"),
            protocol("TCP", [Some(4), Some(0), Some(5), Some(17), Some(-1), None])
        );
        assert_eq!(
            parse("FRAG6: memory 7 later 8\n"),
            protocol("FRAG6", [Some(0), None, None, None, None, Some(7)])
        );
        assert_eq!(
            parse("RAW inuse 1 inuse 2"),
            protocol("RAW", [Some(2), None, None, None, None, None])
        );
        assert_eq!(parse(""), Ok(None));
    }

    #[test]
    fn other_shapes_are_errors() {
        for line in [
            "\n",
            "TCP:",
            "TCP: ",
            "TCP: inuse",
            "TCP: inuse 1 mem",
            "TCP: inuse 1 ",
            "TCP:  inuse 1",
            "TCP: inuse x",
            "TCP: inuse 1.5",
            "TCP: other 9223372036854775808",
            "sockets: used",
        ] {
            let error = "f:1: expected a protocol and pairs of state and number".to_owned();
            assert_eq!(parse(line), Err(error), "{line:?}");
        }
    }

    #[test]
    fn huge_files() {
        let wide = "TCP:".to_owned() + &" x 1".repeat(1 << 18);
        assert!(parse(&wide).is_ok());
        let long = Text::new("f", "TCP: inuse 1\n".repeat(1 << 16));
        assert_eq!(entries(&long).unwrap().len(), 1 << 16);
    }
}
