//! One line of the log, built field by field.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::time::SystemTime;

use tracing::Level;
use tracing::field::{Field, Visit};

use super::LogFormat;
use super::time::rfc3339;
use firepit_sandbox::host::GuestFields;

/// Keys that only the host may set.
const OWN_KEYS: [&str; 5] = ["time", "level", "msg", "collector", "stream"];

const MAX_KEY_CHARACTERS: usize = 40;

/// An unfinished line: time and level first, then the message, then the fields.
pub(super) struct Line {
    format: LogFormat,
    head: String,
    message: String,
    fields: String,
}

impl Line {
    pub(super) fn new(format: LogFormat, time: SystemTime, level: Level) -> Self {
        let time = rfc3339(time);
        let head = match format {
            LogFormat::Logfmt => format!("time={time} level={level} msg="),
            LogFormat::Json => format!(r#"{{"time":"{time}","level":"{level}","msg":"#),
        };
        Self {
            format,
            head,
            message: String::new(),
            fields: String::new(),
        }
    }

    /// The line, without a line break.
    pub(super) fn finish(mut self) -> String {
        let message = std::mem::take(&mut self.message);
        let mut line = self.head;
        push_text(&mut line, self.format, &message);
        line.push_str(&self.fields);
        if self.format == LogFormat::Json {
            line.push('}');
        }
        line
    }

    fn text(&mut self, field: &Field, text: &str) {
        if field.name() == "message" {
            text.clone_into(&mut self.message);
            return;
        }
        self.key(field);
        push_text(&mut self.fields, self.format, text);
    }

    /// Numbers and booleans, which no format quotes.
    fn plain(&mut self, field: &Field, value: impl fmt::Display) {
        self.key(field);
        // Writing to a string does not fail.
        let _ = write!(self.fields, "{value}");
    }

    fn key(&mut self, field: &Field) {
        self.named(field.name());
    }

    fn named(&mut self, key: &str) {
        let _ = match self.format {
            LogFormat::Logfmt => write!(self.fields, " {key}="),
            LogFormat::Json => write!(self.fields, ",\"{key}\":"),
        };
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        match value.downcast_ref() {
            Some(GuestFields(fields)) => fields.iter().for_each(|(key, value)| {
                self.named(&guest_key(key));
                push_text(&mut self.fields, self.format, value);
            }),
            None => self.text(field, &chain(value)),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.plain(field, value)
        } else {
            self.text(field, &value.to_string())
        }
    }
}

/// A guest's key in a form that cannot be taken for the host's key or for several keys.
fn guest_key(key: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let key: String = key.chars().take(MAX_KEY_CHARACTERS).map(safe).collect();
    if key.is_empty() || OWN_KEYS.contains(&key.as_str()) {
        format!("guest_{key}")
    } else {
        key
    }
}

/// An error with all its sources; each source prints its own level only.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text
}

fn push_text(line: &mut String, format: LogFormat, text: &str) {
    let is_bare = |c: char| c != ' ' && c != '=' && !needs_escape(c);
    if format == LogFormat::Logfmt && !text.is_empty() && text.chars().all(is_bare) {
        line.push_str(text)
    } else {
        push_quoted(line, text)
    }
}

/// A JSON string, which logfmt parsers accept too.
fn push_quoted(line: &mut String, text: &str) {
    line.push('"');
    for character in text.chars() {
        match character {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            character if needs_escape(character) => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(line, "\\u{unit:04x}");
                }
            }
            character => line.push(character),
        }
    }
    line.push('"');
}

/// Quotes, backslashes, and all characters that std escapes: control characters, line and paragraph
/// separators, and bidirectional marks.
fn needs_escape(character: char) -> bool {
    character != '\'' && character.escape_debug().len() > 1
}
