//! `/proc/zoneinfo`: a block of lines per zone that begins with `Node 0, zone DMA`, then mostly
//! lines of a word and a number. Other lines are ignored; malformed numbers are skipped.

use firepit_sdk::parse::{Error, Line, Text, any_base, excerpt};
use firepit_sdk::skip::{self, OrSkip};

use crate::families::FIELDS;

/// One zone of memory.
#[derive(Debug)]
pub(crate) struct Zone<'a> {
    pub(crate) node: &'a str,
    pub(crate) name: &'a str,
    /// The numbers of [`FIELDS`]; `None` if missing.
    pub(crate) values: [Option<i64>; FIELDS.len()],
    /// The numbers of the line `protection: (0, 2872, ...)`.
    pub(crate) protection: Vec<i64>,
}

/// The zones in the order of the file.
pub(crate) fn zones(text: &Text) -> Vec<Zone<'_>> {
    let mut zones: Vec<Zone<'_>> = Vec::new();
    for line in text.lines() {
        if zones.is_empty() || line.as_str().starts_with("Node") {
            zones.push(Zone::empty());
        }
        if let Some(zone) = zones.last_mut() {
            zone.take(line);
        }
    }
    let blank = text.as_str().trim_ascii().is_empty();
    if !blank && zones.iter().all(|zone| zone.node.is_empty()) {
        skip::report(text.error("expected zones of nodes"));
    }
    zones
}

impl<'a> Zone<'a> {
    fn empty() -> Self {
        Self {
            node: "",
            name: "",
            values: [None; FIELDS.len()],
            protection: Vec::new(),
        }
    }

    fn take(&mut self, line: Line<'a>) {
        if let Some((node, name)) = title(line.as_str()) {
            (self.node, self.name) = (node, name);
            return;
        }
        let mut words = line.as_str().split_ascii_whitespace();
        let (Some(key), Some(number)) = (words.next(), words.next()) else {
            return;
        };
        if key == "protection:" {
            self.protection = protection(line.as_str()).unwrap_or_default();
            return;
        }
        let mut values = FIELDS.iter().zip(&mut self.values);
        if let Some((_, value)) = values.find(|((word, _), _)| *word == key) {
            *value = integer(&line, key, number).or_skip();
        }
    }
}

fn integer(line: &Line<'_>, key: &str, text: &str) -> Result<i64, Error> {
    let wrong = || {
        line.error(format!(
            "{key}: expected an integer, found {:?}",
            excerpt(text)
        ))
    };
    any_base(text).ok_or_else(wrong)
}

/// Node and zone of a line such as `Node 0, zone   Normal`.
fn title(line: &str) -> Option<(&str, &str)> {
    let (before, after) = line.split_once(", zone")?;
    let node_at = before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let name = after.trim_ascii_start();
    let name_end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let node = before.get(node_at..)?;
    let spaced = name.len() < after.len();
    let name = name.get(..name_end.unwrap_or(name.len()))?;
    (spaced && !node.is_empty() && !name.is_empty()).then_some((node, name))
}

fn protection(line: &str) -> Option<Vec<i64>> {
    let list = line.split(':').nth(1)?;
    let list = list.replacen('(', "", 1).replacen(')', "", 1);
    list.trim().split(", ").map(any_base).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text {
        Text::new("/proc/zoneinfo", text)
    }

    fn value(zone: &Zone<'_>, key: &str) -> Option<i64> {
        let index = FIELDS.iter().position(|(word, _)| *word == key).unwrap();
        zone.values[index]
    }

    #[test]
    fn fields_of_each_zone_are_parsed() {
        let text = "Node 0, zone      DMA\n  pages free     2949\n        min      8\n\
                    Node 1, zone   Normal\n      high:  7\n high 6 5\n";
        let text = self::text(text);
        let zones = zones(&text);
        assert_eq!(zones.len(), 2);
        assert_eq!((zones[0].node, zones[0].name), ("0", "DMA"));
        assert_eq!((zones[1].node, zones[1].name), ("1", "Normal"));
        assert_eq!(value(&zones[0], "min"), Some(8));
        assert_eq!(value(&zones[0], "nr_free_pages"), None);
        assert_eq!(value(&zones[1], "high"), Some(6));
        assert_eq!(zones[1].values.iter().flatten().count(), 1);
    }

    #[test]
    fn numbers_of_any_form() {
        for (number, expected) in [
            ("-3", Some(-3)),
            ("0x10", Some(16)),
            ("x", None),
            ("1.5", None),
        ] {
            let text = text(&format!("Node 0, zone DMA\n  min {number}\n"));
            assert_eq!(value(&zones(&text)[0], "min"), expected, "{number}");
        }
    }

    #[test]
    fn titles() {
        let cases = [
            ("Node 0, zone      DMA", Some(("0", "DMA"))),
            ("x12, zone\tA_1-b", Some(("12", "A_1"))),
            ("Node , zone DMA", None),
            ("Node 0, zone", None),
            ("Node 0, zoneDMA", None),
            ("Node 0, zone \u{fffd}", None),
            ("", None),
        ];
        for (line, expected) in cases {
            assert_eq!(title(line), expected, "{line:?}");
        }
    }

    #[test]
    fn protection_is_parsed_whole_or_omitted() {
        let cases: [(&str, &[i64]); 5] = [
            ("(0, 2872, 3)", &[0, 2872, 3]),
            ("(7)", &[7]),
            ("()", &[]),
            ("(0, x)", &[]),
            ("(0,1)", &[]),
        ];
        for (list, expected) in cases {
            let text = text(&format!("Node 0, zone DMA\n    protection: {list}\n"));
            assert_eq!(zones(&text)[0].protection, expected, "{list}");
        }
    }

    #[test]
    fn empty_and_malformed_text() {
        assert!(zones(&text("")).is_empty());
        let text = text("\u{fffd}\0\nmin\nprotection:\n");
        let zones = zones(&text);
        assert_eq!((zones.len(), zones[0].node), (1, ""));
        assert!(zones[0].values.iter().all(Option::is_none));
    }

    #[test]
    fn a_huge_machine() {
        let pageset = "    cpu: 0\n              count: 1\n              high:  2\n".repeat(256);
        let text = text(&format!("Node 0, zone DMA\n min 1\n{pageset}").repeat(24));
        let zones = zones(&text);
        assert_eq!(zones.len(), 24);
        assert!(zones.iter().all(|zone| value(zone, "min") == Some(1)));
    }
}
