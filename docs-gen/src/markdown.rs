//! Markdown formatting.

/// Any text as a table cell.
pub(crate) fn cell(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '|' | '*' | '\\' | '[' | ']' => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A text as code, in a table cell or elsewhere. It must not contain backticks.
pub(crate) fn code(text: &str) -> String {
    // A bar would end the cell even in code.
    format!("`{}`", text.replace('|', "\\|"))
}

/// Several texts as code.
pub(crate) fn codes<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| code(text.as_ref())).collect();
    texts.join(", ")
}

/// A text with code between backticks as a table cell.
pub(crate) fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(number, part)| match number % 2 {
        0 => cell(part),
        _ => code(part),
    });
    parts.collect()
}

/// One row of a table.
pub(crate) fn row<const N: usize>(cells: [&str; N]) -> String {
    let cells = cells.map(|cell| match cell {
        "" => " ".to_owned(),
        cell => format!(" {cell} "),
    });
    format!("|{}|\n", cells.join("|"))
}

/// The head of a table.
pub(crate) fn head<const N: usize>(titles: [&str; N]) -> String {
    row(titles) + "|" + &"---|".repeat(N) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_a_table() {
        assert_eq!(cell("a|b <c> *d*"), "a\\|b &lt;c> \\*d\\*");
        assert_eq!(prose("*a* `*b|c*`"), "\\*a\\* `*b\\|c*`");
        assert_eq!(codes(["^(a|b)$", "c"]), "`^(a\\|b)$`, `c`");
        assert_eq!(head(["A", "B"]), "| A | B |\n|---|---|\n");
        assert_eq!(row(["", "b"]), "| | b |\n");
    }
}
