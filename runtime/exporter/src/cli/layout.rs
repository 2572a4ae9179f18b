//! Lays out text in columns, for the help texts.

/// Maximum width of a left column. Wider texts get a line of their own.
const MAX_LEFT: usize = 39;
/// Minimum width of the right column, however narrow the terminal is.
const MIN_RIGHT: usize = 24;

/// Two columns, indented by two spaces, with lines of at most `width` characters.
pub(super) fn columns(rows: &[(String, String)], width: usize) -> String {
    let widths = rows.iter().map(|(left, _)| left.chars().count());
    let left = widths
        .filter(|&width| width <= MAX_LEFT)
        .max()
        .unwrap_or(MAX_LEFT);
    // Two spaces before each column.
    let right = width.saturating_sub(left + 4).max(MIN_RIGHT);
    rows.iter().map(|row| lines(row, left, right)).collect()
}

fn lines((first, second): &(String, String), left: usize, right: usize) -> String {
    let mut text = format!("  {first}");
    let mut column = first.chars().count();
    for line in wrapped(second, right) {
        if column > left {
            text.push('\n');
            column = 0;
            text.push_str("  ");
        }
        text.push_str(&" ".repeat(left - column + 2));
        text.push_str(&line);
        // The next line of the right column begins a line.
        column = left + 1;
    }
    text.push('\n');
    text
}

/// Text in lines of at most `width` characters, above zero. Lines end between words; a longer word,
/// mostly a regular expression, is broken after a `|` if it has one.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut rest = word;
        let room = width.saturating_sub(line.chars().count() + 1);
        if !line.is_empty() && rest.chars().count() > room {
            lines.push(std::mem::take(&mut line));
        }
        while let Some((end, _)) = rest.char_indices().nth(width) {
            let bar = rest.get(..end).and_then(|part| part.rfind('|'));
            let (part, tail) = rest.split_at(bar.map_or(end, |bar| bar + 1));
            lines.push(part.to_owned());
            rest = tail;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(rest);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(left, right): &(&str, &str)| ((*left).to_owned(), (*right).to_owned());
        rows.iter().map(owned).collect()
    }

    #[test]
    fn the_right_column_is_wrapped_and_aligned() {
        let text = columns(
            &rows(&[
                ("--a", "one two three four five six"),
                ("--long", "one"),
                ("--empty", ""),
            ]),
            36,
        );
        let wanted =
            "  --a      one two three four five\n           six\n  --long   one\n  --empty\n";
        assert_eq!(text, wanted);
    }

    #[test]
    fn wide_left_column_gets_its_own_line() {
        let wide = "-".repeat(MAX_LEFT + 1);
        let text = columns(&rows(&[(&wide, "one"), ("--a", "two")]), 100);
        assert_eq!(text, format!("  {wide}\n       one\n  --a  two\n"));
    }

    #[test]
    fn long_words_break_after_a_bar() {
        assert_eq!(
            wrapped("^(abc|def|ghi)$ x", 9),
            ["^(abc|", "def|ghi)$", "x"]
        );
        assert_eq!(wrapped("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrapped("äöü äöü", 3), ["äöü", "äöü"]);
        assert_eq!(wrapped("", 3), [""; 0]);
        assert_eq!(wrapped("a abcdef", 3), ["a", "abc", "def"]);
    }
}
