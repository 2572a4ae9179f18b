//! Texts that somebody else made, in a form that can be shown in a message, in a log line or on a
//! terminal.

/// Characters of a text between quotes.
const MOST_QUOTED: usize = 80;

/// A text to stand between quotes: at most 80 characters and a `…` where something was cut, with
/// everything escaped that could break or garble a line, quotes included.
#[must_use]
pub fn shown(text: &str) -> String {
    cut(MOST_QUOTED, text, |_| false)
}

/// A text of at most so many characters, and a `…` where something was cut. Everything is escaped
/// that does not print as one character in its place, such as line breaks, other control characters
/// and marks that turn the direction of writing round.
#[must_use]
pub fn line(most: usize, text: &str) -> String {
    cut(most, text, is_plain)
}

/// The same without a bound.
#[must_use]
pub fn escaped(text: &str) -> String {
    line(usize::MAX, text)
}

/// Whether a character prints as itself.
#[must_use]
pub fn is_plain(char: char) -> bool {
    matches!(char, '"' | '\'' | '\\') || char.escape_debug().len() == 1
}

fn cut(most: usize, text: &str, as_it_is: impl Fn(char) -> bool) -> String {
    let mut out = String::new();
    let mut length = 0;
    for char in text.chars() {
        let plain = as_it_is(char);
        length += if plain { 1 } else { char.escape_debug().len() };
        if length > most {
            out.push('…');
            break;
        }
        match plain {
            true => out.push(char),
            false => out.extend(char.escape_debug()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_and_odd_ones_escaped() {
        assert_eq!(shown("a\n\"\u{202e}é"), "a\\n\\\"\\u{202e}é");
        assert_eq!(shown(&"x".repeat(80)), "x".repeat(80));
        assert_eq!(shown(&"x".repeat(81)), format!("{}…", "x".repeat(80)));
        let odd = shown(&"\u{1b}".repeat(1000));
        assert!(odd.chars().count() <= 81, "{odd}");
        assert_eq!(line(2, "abc"), "ab…");
        assert_eq!(line(3, "a\"\nb"), "a\"…");
    }

    #[test]
    fn what_prints_as_it_is_stays() {
        for text in ["", "a \"b\" 'c' \\ é …", "/proc/*"] {
            assert_eq!(escaped(text), text);
        }
        assert_eq!(
            escaped("\u{1b}[2J\n\u{202e}\u{2028}\0"),
            "\\u{1b}[2J\\n\\u{202e}\\u{2028}\\0"
        );
    }
}
