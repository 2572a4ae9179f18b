//! The two forms of bonding files: names separated by white space, and one word of link state.

/// The names in a list such as `bonding_masters`.
pub(crate) fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
}

/// Whether a `mii_status` says that the link is up. The other states are `going down`, `down` and
/// `going back`.
pub(crate) fn is_up(status: &str) -> bool {
    status.trim() == "up"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_text() {
        let cases: [(&str, &[&str]); 4] = [
            ("", &[]),
            ("\n", &[]),
            ("bond0 dmz\n", &["bond0", "dmz"]),
            ("\u{fffd}\0  b\n\nc", &["\u{fffd}\0", "b", "c"]),
        ];
        for (text, expected) in cases {
            assert_eq!(names(text).collect::<Vec<_>>(), expected, "{text:?}");
        }
    }

    #[test]
    fn only_up_is_up() {
        assert!(is_up("up\n") && is_up("up"));
        for status in ["", "\n", "down\n", "going back", "up up", "UP", "up\0"] {
            assert!(!is_up(status), "{status:?}");
        }
    }

    #[test]
    fn a_huge_list() {
        assert_eq!(names(&"bond ".repeat(1 << 18)).count(), 1 << 18);
    }
}
