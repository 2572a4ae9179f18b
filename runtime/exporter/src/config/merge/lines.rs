//! The lines of a text, for inserting and removing.

use super::super::outline::Located;

/// The lines of a text, each with its line break if it has one.
#[derive(Debug)]
pub(super) struct Lines {
    lines: Vec<String>,
    /// The line break of this text.
    line_break: &'static str,
    /// For each line the number of characters before it.
    begins: Vec<usize>,
}

/// Indents lines; empty ones stay empty.
pub(super) fn indented(by: usize, lines: &[String]) -> Vec<String> {
    let indent = |line: &String| match line.as_str() {
        "" => String::new(),
        line => format!("{:by$}{line}", ""),
    };
    lines.iter().map(indent).collect()
}

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        let lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        let begins = lines.iter().scan(0, |next, line| {
            let begin = *next;
            *next += line.chars().count();
            Some(begin)
        });
        Self {
            begins: begins.collect(),
            line_break: if text.contains("\r\n") { "\r\n" } else { "\n" },
            lines,
        }
    }

    pub(super) fn text(&self) -> String {
        self.lines.concat()
    }

    pub(super) fn count(&self) -> usize {
        self.lines.len()
    }

    /// Inserts lines before the line with this number.
    pub(super) fn insert(&mut self, at: usize, indent: usize, new: &[String]) {
        self.splice(at, at, indent, new);
    }

    /// Appends lines.
    pub(super) fn append(&mut self, indent: usize, new: &[String]) {
        self.insert(self.lines.len(), indent, new);
    }

    /// Replaces the lines from `begin` up to, not including, `end`.
    pub(super) fn splice(&mut self, begin: usize, end: usize, indent: usize, new: &[String]) {
        let end = end.clamp(begin.min(self.lines.len()), self.lines.len());
        let begin = begin.min(end);
        if let Some(before) = begin.checked_sub(1).and_then(|at| self.lines.get_mut(at))
            && !before.ends_with('\n')
        {
            before.push_str(self.line_break);
        }
        let broken = |line: String| line + self.line_break;
        let new: Vec<String> = indented(indent, new).into_iter().map(broken).collect();
        self.lines.splice(begin..end, new);
    }

    /// Replaces a scalar. Returns whether it is on one line.
    pub(super) fn replace(&mut self, old: &Located, new: &str) -> bool {
        let (Some(line), Some(begin)) = (self.lines.get_mut(old.line), self.begins.get(old.line))
        else {
            return false;
        };
        let from = old.span.0.checked_sub(*begin).and_then(|at| byte(line, at));
        let Some((from, written)) = from.and_then(|from| Some((from, line.get(from..)?))) else {
            return false;
        };
        // After quotes the parser counts a comment as part of the scalar.
        let length = match written.chars().next() {
            Some('"') => closing(written, '"', Some('\\')),
            Some('\'') => closing(written, '\'', None),
            _ => old
                .span
                .1
                .checked_sub(old.span.0)
                .and_then(|length| byte(written, length)),
        };
        match length {
            Some(length) if length <= written.trim_end().len() => {
                line.replace_range(from..from + length, new);
                true
            }
            _ => false,
        }
    }

    /// Whether a mapping is written in braces.
    pub(super) fn is_flow(&self, item: &Located) -> bool {
        let line = self.lines.get(item.line);
        line.and_then(|line| line.chars().nth(item.column)) == Some('{')
    }

    /// The line after the value of a mapping's key: the line of the next key or `end`, without the
    /// blank lines and comments before it that are indented no more than the key.
    pub(super) fn end(&self, pairs: &[(Located, Located)], at: usize, end: usize) -> usize {
        let Some((key, _)) = pairs.get(at) else {
            return end;
        };
        let mut end = pairs.get(at + 1).map_or(end, |(next, _)| next.line);
        while let Some(last) = end.checked_sub(1).filter(|last| *last > key.line) {
            let line = self.lines.get(last).map_or("", String::as_str);
            let content = line.trim_start();
            let indent = line.len() - content.len();
            let belongs = content.starts_with('#') && indent > key.column;
            if belongs || !(content.is_empty() || content.starts_with('#')) {
                break;
            }
            end = last;
        }
        end
    }
}

/// The length in bytes of a quoted text, with its closing quote. Two single quotes in a row belong to the
/// text; here they end it and begin another, which gives the same length.
fn closing(text: &str, quote: char, escape: Option<char>) -> Option<usize> {
    let mut open = false;
    let mut escaped = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            _ if escaped => escaped = false,
            c if Some(c) == escape => escaped = true,
            c if c == quote => {
                open = !open;
                if !open && chars.peek().is_none_or(|(_, next)| *next != quote) {
                    return Some(at + c.len_utf8());
                }
            }
            _ => {}
        }
    }
    None
}

/// The byte offset of a character of a line, or of its end.
fn byte(line: &str, at: usize) -> Option<usize> {
    let behind = std::iter::once(line.len());
    line.char_indices()
        .map(|(byte, _)| byte)
        .chain(behind)
        .nth(at)
}
