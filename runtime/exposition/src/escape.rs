//! Escapes untrusted text for messages, logs and terminals.

pub mod go;

/// Maximum length of a text between quotes, in characters.
const MAX_QUOTED: usize = 80;

/// Escapes a text for use between quotes: at most 80 characters, then a `…` if it was truncated.
/// Everything that could break or garble a line is escaped, quotes included.
#[must_use]
pub fn quoted(text: &str) -> String {
    escape(MAX_QUOTED, text, |_| false)
}

/// Escapes a text of at most `max` characters, followed by a `…` if it was truncated. Escapes all
/// characters that do not print as themselves: line breaks, other control characters and marks that
/// change the direction of writing.
#[must_use]
pub fn truncated(max: usize, text: &str) -> String {
    escape(max, text, is_plain)
}

/// Like [`truncated`], without a limit.
#[must_use]
pub fn escaped(text: &str) -> String {
    truncated(usize::MAX, text)
}

/// Whether a character prints as itself.
#[must_use]
pub fn is_plain(char: char) -> bool {
    matches!(char, '"' | '\'' | '\\') || char.escape_debug().len() == 1
}

fn escape(max: usize, text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::new();
    let mut length = 0;
    for char in text.chars() {
        let plain = keep(char);
        length += if plain { 1 } else { char.escape_debug().len() };
        if length > max {
            out.push('…');
            break;
        }
        if plain {
            out.push(char);
        } else {
            out.extend(char.escape_debug());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_truncated_and_unprintable_ones_escaped() {
        assert_eq!(quoted("a\n\"\u{202e}é"), "a\\n\\\"\\u{202e}é");
        assert_eq!(quoted(&"x".repeat(80)), "x".repeat(80));
        assert_eq!(quoted(&"x".repeat(81)), format!("{}…", "x".repeat(80)));
        let odd = quoted(&"\u{1b}".repeat(1000));
        assert!(odd.chars().count() <= 81, "{odd}");
        assert_eq!(truncated(2, "abc"), "ab…");
        assert_eq!(truncated(3, "a\"\nb"), "a\"…");
    }

    #[test]
    fn printable_text_is_unchanged() {
        for text in ["", "a \"b\" 'c' \\ é …", "/proc/*"] {
            assert_eq!(escaped(text), text);
        }
        assert_eq!(
            escaped("\u{1b}[2J\n\u{202e}\u{2028}\0"),
            "\\u{1b}[2J\\n\\u{202e}\\u{2028}\\0"
        );
    }
}
