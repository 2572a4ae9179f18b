//! `/proc/net/sockstat` and `/proc/net/sockstat6`: in each line a protocol and pairs of state and
//! number.

use firepit_sdk::parse::{Error, Line, Text, any_base, excerpt};
use firepit_sdk::skip::OrSkip;

/// The emitted states, in order.
pub(crate) const STATES: [&str; 6] = ["inuse", "orphan", "tw", "alloc", "mem", "memory"];

/// One line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry<'a> {
    /// Sockets of all kinds in use; `None` if missing.
    Used(Option<i64>),
    /// The sockets of one protocol.
    Protocol(Protocol<'a>),
}

/// The sockets of one protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Protocol<'a> {
    /// Such as `TCP` or `FRAG6`.
    pub(crate) name: &'a str,
    /// One number for each of [`STATES`], if the line has it.
    pub(crate) states: [Option<i64>; STATES.len()],
}

/// All lines of a file that have a number.
pub(crate) fn entries(text: &Text) -> Vec<Entry<'_>> {
    let lines = text.lines().filter(|line| line.columns().next().is_some());
    lines.filter_map(|line| entry(line).or_skip()).collect()
}

fn entry(line: Line<'_>) -> Result<Entry<'_>, Error> {
    let mut pieces = line.columns();
    let name = pieces.text("protocol")?;
    let name = name.strip_suffix(':').unwrap_or(name);
    let mut used = None;
    let mut states = [None; STATES.len()];
    let mut is_empty = true;
    while let Some(key) = pieces.next() {
        is_empty = false;
        let Some(number) = (pieces.text(key))
            .and_then(|text| number(&line, key, text))
            .or_skip()
        else {
            continue;
        };
        if key == "used" {
            used = Some(number);
        }
        let mut slots = STATES.iter().zip(&mut states);
        if let Some((_, value)) = slots.find(|(state, _)| **state == key) {
            *value = Some(number);
        }
    }
    if is_empty {
        return Err(line.error("expected a protocol and pairs of state and number"));
    }
    Ok(match name {
        "sockets" => Entry::Used(used),
        name => Entry::Protocol(Protocol { name, states }),
    })
}

fn number(line: &Line<'_>, key: &str, text: &str) -> Result<i64, Error> {
    any_base(text).ok_or_else(|| {
        let found = excerpt(text);
        line.error(format!("{key}: expected an integer, found {found:?}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    /// The first entry of a text, and its problems.
    fn parse(text: &str) -> (Option<Entry<'static>>, Vec<String>) {
        let text: &'static Text = Box::leak(Box::new(Text::new("f", text)));
        let (entries, skipped) = Host::new().skipping(|| entries(text));
        let problems = skipped.into_iter().map(|it| it.problem).collect();
        (entries.first().copied(), problems)
    }

    fn protocol(name: &'static str, states: [Option<i64>; 6]) -> Option<Entry<'static>> {
        Some(Entry::Protocol(Protocol { name, states }))
    }

    #[test]
    fn entries_of_single_lines() {
        let used = Some(Entry::Used(Some(229)));
        for (line, expected) in [
            ("sockets: used 229\n", used),
            ("sockets: else 1\n", Some(Entry::Used(None))),
            (
                "TCP: inuse 4 orphan 0 tw 5 alloc 17 mem -1\n",
                protocol("TCP", [Some(4), Some(0), Some(5), Some(17), Some(-1), None]),
            ),
            (
                "FRAG6:  memory 7 later 8\n",
                protocol("FRAG6", [None, None, None, None, None, Some(7)]),
            ),
            (
                "RAW inuse 1 inuse 2",
                protocol("RAW", [Some(2), None, None, None, None, None]),
            ),
            ("", None),
            ("\n \n", None),
        ] {
            assert_eq!(parse(line), (expected, vec![]), "{line:?}");
        }
    }

    #[test]
    fn malformed_number_is_skipped() {
        let shape = "expected a protocol and pairs of state and number";
        let missing = "mem: the column is missing";
        let tcp = |in_use, mem| protocol("TCP", [in_use, None, None, None, mem, None]);
        for (line, expected, problem) in [
            ("TCP:", None, shape),
            ("<unknown>", None, shape),
            ("TCP: inuse 1 mem", tcp(Some(1), None), missing),
            (
                "TCP: inuse x mem 2",
                tcp(None, Some(2)),
                "inuse: expected an integer, found \"x\"",
            ),
            (
                "TCP: inuse 1.5",
                tcp(None, None),
                "inuse: expected an integer, found \"1.5\"",
            ),
            (
                "TCP: mem 9223372036854775808",
                tcp(None, None),
                "mem: expected an integer, found \"9223372036854775808\"",
            ),
        ] {
            let expected = (expected, vec![problem.to_owned()]);
            assert_eq!(parse(line), expected, "{line:?}");
        }
    }

    #[test]
    fn huge_files() {
        let wide = "TCP:".to_owned() + &" x 1".repeat(1 << 18);
        assert!(parse(&wide).0.is_some());
        let long = Text::new("f", "TCP: inuse 1\n".repeat(1 << 16));
        assert_eq!(entries(&long).len(), 1 << 16);
    }
}
