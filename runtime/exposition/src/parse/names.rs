//! Spellings of metric and label names, and their escaped form.
//!
//! A name in quotes can be any text. Each name has exactly one spelling in quotes, because quotes,
//! backslashes and line feeds need a backslash, and no other character can have one. So the parser
//! compares spellings, which borrow from the text.
//!
//! firepit's output contains only names that every scraper can parse. All other names are escaped
//! with Prometheus' [scheme](https://prometheus.io/docs/instrumenting/escaping_schemes/)
//! `underscores`, as they are for a scraper that does not negotiate a scheme.

use std::borrow::Cow;

/// Maximum length of an escaped name, in bytes; [`validate`](crate::validate) rejects longer names
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

/// The escaped name of a metric.
#[must_use]
pub fn metric(spelling: &str) -> Cow<'_, str> {
    escaped(spelling, |byte| byte == b':')
}

/// The escaped name of a label. Colons are escaped too, since label names without quotes cannot
/// contain them.
#[must_use]
pub fn label(spelling: &str) -> Cow<'_, str> {
    escaped(spelling, |_| false)
}

/// Whether a spelling is a metric name that needs no escaping.
#[must_use]
pub fn is_metric(name: &str) -> bool {
    is_plain(name, |byte| byte == b':')
}

fn escaped(spelling: &str, extra: impl Fn(u8) -> bool + Copy) -> Cow<'_, str> {
    if is_plain(spelling, extra) {
        return Cow::Borrowed(spelling);
    }
    let name = unescaped(spelling);
    let fits = |(place, char): (usize, char)| {
        let byte = u8::try_from(char)
            .ok()
            .filter(|byte| is_allowed(*byte, place, extra));
        byte.map_or('_', char::from)
    };
    Cow::Owned(name.chars().enumerate().map(fits).collect())
}

fn is_plain(name: &str, extra: impl Fn(u8) -> bool + Copy) -> bool {
    (name.bytes().enumerate()).all(|(place, byte)| is_allowed(byte, place, extra))
}

fn is_allowed(byte: u8, place: usize, extra: impl Fn(u8) -> bool) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || extra(byte) || place > 0 && byte.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_characters_become_underscores() {
        let cases = [
            ("plain_name:5", "plain_name:5", "plain_name_5"),
            ("my.dotted.metric", "my_dotted_metric", "my_dotted_metric"),
            ("5xx", "_xx", "_xx"),
            ("a5", "a5", "a5"),
            ("größe in €", "gr__e_in__", "gr__e_in__"),
            (r#"a\"b"#, "a_b", "a_b"),
            (r"a\\nb", "a_nb", "a_nb"),
            (r"a\nb", "a_b", "a_b"),
            (".", "_", "_"),
            ("\u{0}\t", "__", "__"),
            ("e\u{301}😀", "e__", "e__"),
        ];
        for (spelling, as_metric, as_label) in cases {
            assert_eq!(metric(spelling), as_metric, "{spelling}");
            assert_eq!(label(spelling), as_label, "{spelling}");
            assert_eq!(is_metric(spelling), as_metric == spelling, "{spelling}");
        }
    }

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
