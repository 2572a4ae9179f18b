//! Kernel names as parts of metric names.

/// Replaces invalid characters of metric names: each run of them, with the underscores around it,
/// becomes one underscore. Colons are replaced too; a leading digit stays.
///
/// ```
/// # use firepit_sdk::parse::names::metric_part;
/// assert_eq!(metric_part("rx.bytes-total"), "rx_bytes_total");
/// assert_eq!(metric_part("a_-_b__c"), "a_b__c");
/// ```
#[must_use]
pub fn metric_part(name: &str) -> String {
    let mut part = String::with_capacity(name.len());
    // Underscores that may turn out to be next to a run.
    let mut underscores = 0;
    let mut before = Before::Good;
    for c in name.chars() {
        match (c, before) {
            ('_', Before::Good) => underscores += 1,
            ('_', _) => before = Before::Swallowed,
            (c, _) if c.is_ascii_alphanumeric() => {
                part.extend(std::iter::repeat_n('_', underscores));
                part.push(c);
                (underscores, before) = (0, Before::Good);
            }
            (_, Before::Bad) => {}
            _ => {
                part.push('_');
                (underscores, before) = (0, Before::Bad);
            }
        }
    }
    part.extend(std::iter::repeat_n('_', underscores));
    part
}

/// The kind of the previous character.
#[derive(Clone, Copy)]
enum Before {
    /// A character that is kept.
    Good,
    /// A character that is replaced.
    Bad,
    /// An underscore next to a replaced character.
    Swallowed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaced_runs_absorb_adjacent_underscores() {
        for (name, expected) in [
            ("", ""),
            ("good_name", "good_name"),
            ("a.b", "a_b"),
            ("a_-_b", "a_b"),
            ("a__b", "a__b"),
            ("é", "_"),
            ("éé-", "_"),
            ("a:b", "a_b"),
            ("1a", "1a"),
            ("_-", "_"),
            ("-_", "_"),
            ("__", "__"),
            ("_-__-_", "__"),
            ("a-_b_-c", "a_b_c"),
            ("-a-", "_a_"),
        ] {
            assert_eq!(metric_part(name), expected, "{name:?}");
        }
        assert_eq!(metric_part(&"-".repeat(1 << 20)), "_");
    }
}
