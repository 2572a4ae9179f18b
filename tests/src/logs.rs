//! The stderr of a program, line by line, parsed as logfmt.

use std::io::{BufRead as _, BufReader, Read};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use crate::wait::until;

/// The lines so far. A thread reads them until the stream ends.
#[derive(Debug)]
pub struct Logs {
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

/// One line, as keys and values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line(Vec<(String, String)>);

impl Logs {
    pub(crate) fn read(stream: impl Read + Send + 'static) -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let of_thread = Arc::clone(&lines);
        let reader = thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n') {
                let Ok(line) = line else { return };
                let line = String::from_utf8_lossy(&line).into_owned();
                of_thread.lock().unwrap().push(line);
            }
        });
        Self {
            lines,
            reader: Some(reader),
        }
    }

    /// The raw lines.
    ///
    /// # Panics
    /// The reader panicked.
    #[must_use]
    pub fn raw(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// The logfmt lines.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        self.raw()
            .iter()
            .filter_map(|line| Line::parse(line))
            .collect()
    }

    /// The lines with this value of a field.
    #[must_use]
    pub fn with(&self, key: &str, value: &str) -> Vec<Line> {
        self.lines()
            .into_iter()
            .filter(|line| line.get(key) == Some(value))
            .collect()
    }

    /// Waits for a line with this value of a field.
    #[must_use]
    pub fn wait_for(&self, key: &str, value: &str) -> Line {
        until(&format!("log line with {key}={value}"), || {
            self.with(key, value).pop()
        })
    }

    /// Waits for the end of the stream.
    pub(crate) fn finish(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
    }
}

impl Line {
    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(k, _)| k == key)?;
        Some(value)
    }

    fn parse(line: &str) -> Option<Self> {
        let mut fields = Vec::new();
        let mut rest = line;
        while !rest.is_empty() {
            let (key, after) = rest.split_once('=')?;
            let (value, after) = match after.strip_prefix('"') {
                Some(quoted) => unquote(quoted)?,
                None => match after.split_once(' ') {
                    Some((value, after)) => (value.to_owned(), after),
                    None => (after.to_owned(), ""),
                },
            };
            fields.push((key.to_owned(), value));
            rest = after.strip_prefix(' ').unwrap_or(after);
        }
        Some(Self(fields))
    }
}

/// The text up to the closing quote, and the rest.
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut escaped = false;
    let end = quoted.char_indices().find_map(|(at, c)| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes.then_some(at)
    })?;
    let (inside, rest) = quoted.split_at(end);
    let text = serde_json::from_str(&format!("\"{inside}\"")).ok()?;
    Some((text, rest.strip_prefix('"')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_parsed() {
        let line = Line::parse(r#"time=1 msg="a \"b\" \u001b\\ =" collector=x n="" y=2"#).unwrap();
        assert_eq!(line.get("msg"), Some("a \"b\" \u{1b}\\ ="));
        assert_eq!(line.get("collector"), Some("x"));
        assert_eq!(line.get("n"), Some(""));
        assert_eq!(line.get("y"), Some("2"));
        assert_eq!(line.get("z"), None);
        assert_eq!(Line::parse("no fields"), None);
    }
}
