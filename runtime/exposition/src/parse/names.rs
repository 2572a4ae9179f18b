//! Spellings of metric and label names, and their escaped form.
//!
//! A name in quotes can be any text. Each name has exactly one spelling in quotes, because quotes,
//! backslashes and line feeds need a backslash, and no other character can have one. So the parser
//! compares spellings, which borrow from the text.
//!
//! Names are not escaped here: which form a client gets is known only when a response is made.

use std::borrow::Cow;

use crate::escaping::is_plain_metric;

/// Maximum length of a name, in bytes; [`validate`](crate::validate) rejects longer names
/// by default.
pub const MAX_BYTES: usize = 256;

/// The name with a spelling, without the backslashes.
#[must_use]
pub fn unescaped(spelling: &str) -> Cow<'_, str> {
    if !spelling.contains('\\') {
        return Cow::Borrowed(spelling);
    }
    let mut name = String::with_capacity(spelling.len());
    let mut chars = spelling.chars();
    while let Some(char) = chars.next() {
        name.push(match char {
            '\\' => match chars.next() {
                Some('n') => '\n',
                // A spelling cannot end with an unescaped backslash.
                other => other.unwrap_or('\\'),
            },
            char => char,
        });
    }
    Cow::Owned(name)
}

/// Whether a spelling is a metric name that needs neither quotes nor escaping.
#[must_use]
pub fn is_metric(name: &str) -> bool {
    is_plain_metric(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_unescaped() {
        for (spelling, name) in [
            ("a.b", "a.b"),
            (r#"\"a\\n\n"#, "\"a\\n\n"),
            (r"\\\\", r"\\"),
            ("é", "é"),
        ] {
            assert_eq!(unescaped(spelling), name);
        }
    }
}
