//! Shell patterns for one name: `*`, `?`, and classes such as `[0-9]` or `[!a]`.

/// Whether a name matches a pattern, by bytes. A class that is not closed matches nothing.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    matches_bytes(pattern.as_bytes(), name.as_bytes())
}

/// Where a `*` was seen, it takes one more byte whenever what follows it does not fit.
fn matches_bytes(mut pattern: &[u8], mut name: &[u8]) -> bool {
    let mut star: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern.split_first(), name.split_first()) {
            (None, None) => return true,
            (Some((b'*', after)), _) => {
                star = Some((after, name));
                pattern = after;
                continue;
            }
            (Some(_), Some((&byte, rest))) => {
                if let Some(after) = one(pattern, byte) {
                    (pattern, name) = (after, rest);
                    continue;
                }
            }
            _ => {}
        }
        let Some((after, [_, rest @ ..])) = star else {
            return false;
        };
        star = Some((after, rest));
        (pattern, name) = (after, rest);
    }
}

/// What is left of a pattern whose first element takes this byte.
fn one(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    match pattern.split_first()? {
        (b'?', after) => Some(after),
        (b'[', class) => in_class(class, byte),
        (&literal, after) => (literal == byte).then_some(after),
    }
}

fn in_class(class: &[u8], byte: u8) -> Option<&[u8]> {
    let (negated, mut class) = match class.split_first()? {
        (b'!' | b'^', rest) => (true, rest),
        _ => (false, class),
    };
    let mut found = false;
    let mut first = true;
    loop {
        match class {
            [b']', after @ ..] if !first => return (found != negated).then_some(after),
            [low, b'-', high, after @ ..] if *high != b']' => {
                found |= (low..=high).contains(&&byte);
                class = after;
            }
            [own, after @ ..] => {
                found |= *own == byte;
                class = after;
            }
            [] => return None,
        }
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, name, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "abc", true),
            ("cpu[0-9]*", "cpu12", true),
            ("cpu[0-9]*", "cpufreq", false),
            ("cpu[0-9]*", "cpu", false),
            ("*-*", "a-b-c", true),
            ("*-*", "ab", false),
            ("mc[0-9]*", "mc0", true),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "aXbXb", false),
            ("?", "é", false),
            ("[!a]", "b", true),
            ("[!a]", "a", false),
            ("[]a]", "]", true),
            ("[a", "a", false),
            ("[", "[", false),
            ("[a-]", "-", true),
            ("card[0-9]", "card10", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern:?} {name:?}");
        }
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let name = "a".repeat(5_000);
        assert!(!matches(
            &"*a".repeat(50).replace("**", "*"),
            &format!("{name}b")
        ));
        assert!(matches("*a*a*a*a*a*", &name));
    }
}
