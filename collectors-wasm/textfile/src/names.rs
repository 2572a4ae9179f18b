//! Names of metrics and labels: as a text spells them, and as the page has them.
//!
//! In quotes a name may be any text. It has one spelling there, since quotes, backslashes and line
//! feeds always need a backslash, and nothing else may have one. So names are told apart by their
//! spellings, and these borrow from the text.
//!
//! The sandbox takes the names that every scraper knows. So the page has all names as one gets them
//! that does not ask for others: by Prometheus'
//! [scheme](https://prometheus.io/docs/instrumenting/escaping_schemes/) `underscores`. Nothing but
//! [`metric`] and [`label`] knows that.

use std::borrow::Cow;

/// Bytes that the sandbox takes in a name.
pub(crate) const MAX_NAME: usize = 256;

/// A name without the backslashes of its spelling.
pub(crate) fn plain(spelling: &str) -> Cow<'_, str> {
    if !spelling.contains('\\') {
        return Cow::Borrowed(spelling);
    }
    let mut name = String::with_capacity(spelling.len());
    let mut chars = spelling.chars();
    while let Some(char) = chars.next() {
        name.push(match char {
            '\\' => match chars.next() {
                Some('n') => '\n',
                // A spelling does not end with a backslash of its own.
                other => other.unwrap_or('\\'),
            },
            char => char,
        });
    }
    Cow::Owned(name)
}

/// The name of a metric as the page has it.
pub(crate) fn metric(spelling: &str) -> Cow<'_, str> {
    on_page(spelling, |byte| byte == b':')
}

/// The name of a label as the page has it. Prometheus' own scheme leaves it a colon, which no label may
/// have on a page without quotes.
pub(crate) fn label(spelling: &str) -> Cow<'_, str> {
    on_page(spelling, |_| false)
}

/// Whether the page has the name of a metric as it is.
pub(crate) fn is_metric(name: &str) -> bool {
    is_on_page(name, |byte| byte == b':')
}

fn on_page(spelling: &str, extra: impl Fn(u8) -> bool + Copy) -> Cow<'_, str> {
    if is_on_page(spelling, extra) {
        return Cow::Borrowed(spelling);
    }
    let name = plain(spelling);
    let fits = |(place, char): (usize, char)| {
        let byte = u8::try_from(char)
            .ok()
            .filter(|byte| may_stand(*byte, place, extra));
        byte.map_or('_', char::from)
    };
    Cow::Owned(name.chars().enumerate().map(fits).collect())
}

fn is_on_page(name: &str, extra: impl Fn(u8) -> bool + Copy) -> bool {
    (name.bytes().enumerate()).all(|(place, byte)| may_stand(byte, place, extra))
}

fn may_stand(byte: u8, place: usize, extra: impl Fn(u8) -> bool) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || extra(byte) || place > 0 && byte.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_an_underscore_for_each_character_that_has_no_place() {
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
    fn spellings_are_read() {
        for (spelling, name) in [
            ("a.b", "a.b"),
            (r#"\"a\\n\n"#, "\"a\\n\n"),
            (r"\\\\", r"\\"),
            ("é", "é"),
        ] {
            assert_eq!(plain(spelling), name);
        }
    }
}
