//! Names that the kernel gives, as parts of metric names.

/// A name with everything that no metric name may hold replaced: each run of such characters, with
/// the underscores around it, becomes one underscore. A colon is replaced too; nothing is done about
/// a digit at the beginning.
///
/// ```
/// # use firepit_sdk::parse::names::metric_part;
/// assert_eq!(metric_part("rx.bytes-total"), "rx_bytes_total");
/// assert_eq!(metric_part("a_-_b__c"), "a_b__c");
/// ```
#[must_use]
pub fn metric_part(name: &str) -> String {
    let mut part = String::with_capacity(name.len());
    // Underscores that may yet turn out to stand beside a run.
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

/// What stands before a character.
#[derive(Clone, Copy)]
enum Before {
    /// Something that is kept.
    Good,
    /// Something that is replaced.
    Bad,
    /// An underscore that belongs to what was replaced.
    Swallowed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_take_the_underscores_around_them() {
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
