//! Readers of values, in the YAML that the toolkit reads: version 1.1, so `yes` and `off` are booleans,
//! and a missing value is the default.

use std::time::Duration;

use super::schema::Rate;
use crate::config::cursor::Cursor;
use crate::config::problems::{Problems, in_quotes};
use crate::values;

/// Whether a value is a mapping, which may be empty or missing. Reports any other shape, without its
/// text: it may be a secret in the wrong place.
pub(super) fn is_mapping(cursor: &Cursor<'_>, problems: &mut Problems) -> bool {
    if cursor.is_filled_map() {
        return true;
    }
    if cursor.is_text() || cursor.is_list() {
        cursor.reject(problems, "expected a mapping");
    }
    false
}

/// A text; a missing value is an empty one.
pub(super) fn text(cursor: &Cursor<'_>, problems: &mut Problems) -> String {
    if cursor.is_null() {
        return String::new();
    }
    if !cursor.is_text() {
        cursor.reject(problems, "expected a text");
        return String::new();
    }
    cursor
        .text(problems, "a text")
        .unwrap_or_default()
        .to_owned()
}

/// A list of texts; a missing value is an empty one.
pub(super) fn texts<'a>(cursor: &Cursor<'a>, problems: &mut Problems) -> Vec<Cursor<'a>> {
    if cursor.is_null() {
        return Vec::new();
    }
    cursor.elements(problems, "a list").unwrap_or_default()
}

/// A boolean in any spelling of YAML 1.1.
pub(super) fn boolean(cursor: &Cursor<'_>, problems: &mut Problems) -> Option<bool> {
    if cursor.is_null() {
        return None;
    }
    let expected = "true or false";
    let text = cursor.text(problems, expected)?;
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Some(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Some(false)
        }
        _ => {
            cursor.reject_shape(problems, expected);
            None
        }
    }
}

/// A token bucket: `interval` and `burst`.
pub(super) fn rate(cursor: &Cursor<'_>, problems: &mut Problems) -> Rate {
    if !is_mapping(cursor, problems) {
        return Rate::default();
    }
    let fields = cursor.fields(&["interval", "burst"], problems);
    let interval = fields.filled("interval").map(|it| interval(it, problems));
    let burst = fields.filled("burst").map(|it| burst(it, problems));
    Rate {
        interval: interval.unwrap_or_default(),
        burst: burst.unwrap_or_default(),
    }
}

/// A duration in Go's format, or a number of nanoseconds. A negative one sets no limit, as in the toolkit.
fn interval(cursor: &Cursor<'_>, problems: &mut Problems) -> Duration {
    let expected = "a duration, such as 100ms or 1s";
    let Some(text) = cursor.text(problems, expected) else {
        return Duration::ZERO;
    };
    if let Ok(nanos) = text.parse::<i64>() {
        return Duration::from_nanos(u64::try_from(nanos).unwrap_or_default());
    }
    let (negative, length) = match text.strip_prefix('-') {
        Some(length) => (true, length),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    match values::duration(length) {
        Ok(_) if negative => Duration::ZERO,
        Ok(duration) => duration,
        Err(error) => {
            cursor.reject(problems, format!("{}: {error}", in_quotes(text)));
            Duration::ZERO
        }
    }
}

/// A whole number; a negative one is as good as none.
fn burst(cursor: &Cursor<'_>, problems: &mut Problems) -> u64 {
    let expected = "a whole number of requests";
    let number = cursor.text(problems, expected).map(str::parse::<i64>);
    match number {
        Some(Ok(number)) => u64::try_from(number).unwrap_or_default(),
        Some(Err(_)) => {
            cursor.reject_shape(problems, expected);
            0
        }
        None => 0,
    }
}
