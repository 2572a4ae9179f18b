//! Names of zones: `package-0` contains its number, several `dram` are numbered.

use std::collections::BTreeMap;

use firepit_sdk::parse::{names::metric_part, valid_utf8};

/// Counts names without a number.
#[derive(Debug, Default)]
pub(crate) struct Names {
    next: BTreeMap<String, i64>,
}

impl Names {
    /// Name and index of the next zone, from the content of its file `name`.
    pub(crate) fn add(&mut self, content: &[u8]) -> (String, i64) {
        let text = valid_utf8(content);
        let text = text.trim();
        let (name, index) = match numbered(text) {
            Some(numbered) => numbered,
            None => (text, self.next.get(text).copied().unwrap_or_default()),
        };
        self.next.insert(name.to_owned(), index.wrapping_add(1));
        (name.to_owned(), index)
    }
}

/// A name of two parts, the second of which is a number.
fn numbered(text: &str) -> Option<(&str, i64)> {
    let (name, number) = text.split_once('-')?;
    // With a third part, the second part is not a number either.
    (!number.contains('-')).then(|| Some((name, number.parse().ok()?)))?
}

/// The name of the family of all zones of a name.
pub(crate) fn family_name(zone: &str) -> String {
    format!("node_rapl_{}", metric_part(&format!("{zone}_joules_total")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_numbered_or_counted() {
        let mut names = Names::default();
        let cases: [(&[u8], &str, i64); 12] = [
            (b"package-0\n", "package", 0),
            (b"core\n", "core", 0),
            (b"core\n", "core", 1),
            (b"package-3\n", "package", 3),
            (b"package", "package", 4),
            (b"package-1-die-0\n", "package-1-die-0", 0),
            (b"psys-x", "psys-x", 0),
            (b"package-", "package-", 0),
            (b"", "", 0),
            (b"-7", "", 7),
            (b"\xff\xfe", "\u{fffd}", 0),
            (b"a-9223372036854775807", "a", i64::MAX),
        ];
        for (content, name, index) in cases {
            assert_eq!(names.add(content), (name.to_owned(), index), "{content:?}");
        }
        assert_eq!(names.add(b"a"), ("a".to_owned(), i64::MIN));
        let huge = "p".repeat(1 << 20);
        assert_eq!(names.add(huge.as_bytes()), (huge, 0));
    }

    #[test]
    fn names_of_families() {
        let cases = [
            ("package", "node_rapl_package_joules_total"),
            ("package-1-die-0", "node_rapl_package_1_die_0_joules_total"),
            ("a_-_b", "node_rapl_a_b_joules_total"),
            ("a-_-b", "node_rapl_a__b_joules_total"),
            ("a__b", "node_rapl_a__b_joules_total"),
            ("a.", "node_rapl_a_joules_total"),
            ("\u{e9}", "node_rapl__joules_total"),
            ("", "node_rapl__joules_total"),
        ];
        for (zone, expected) in cases {
            assert_eq!(family_name(zone), expected, "{zone:?}");
        }
    }
}
