//! The headers that a web config file may set, `http_server_config.headers`.

use hyper::header::{
    CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS, X_XSS_PROTECTION,
};

use super::scalars;
use crate::config::cursor::Cursor;
use crate::config::problems::Problems;
use firepit_exposition::escape::quoted;

/// A header with its spelling in the file, and its values if they are an enumeration.
type Allowed = (&'static str, HeaderName, &'static [&'static str]);

const ALLOWED: [Allowed; 5] = [
    ("Strict-Transport-Security", STRICT_TRANSPORT_SECURITY, &[]),
    (
        "X-Content-Type-Options",
        X_CONTENT_TYPE_OPTIONS,
        &["nosniff"],
    ),
    ("X-Frame-Options", X_FRAME_OPTIONS, &["deny", "sameorigin"]),
    ("X-XSS-Protection", X_XSS_PROTECTION, &[]),
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY, &[]),
];

/// Reads the mapping of headers. One with an empty value is not sent.
pub(super) fn read(cursor: &Cursor<'_>, problems: &mut Problems) -> Vec<(HeaderName, HeaderValue)> {
    if !scalars::is_mapping(cursor, problems) {
        return Vec::new();
    }
    let pairs = cursor.pairs(problems);
    let headers = pairs
        .iter()
        .filter_map(|(name, value)| header(name, value, problems));
    headers.collect()
}

fn header(
    name: &str,
    cursor: &Cursor<'_>,
    problems: &mut Problems,
) -> Option<(HeaderName, HeaderValue)> {
    let Some((spelling, header, values)) = ALLOWED.iter().find(|(known, ..)| *known == name) else {
        let known: Vec<_> = ALLOWED.iter().map(|(known, ..)| *known).collect();
        let text = format!(
            "HTTP header \"{}\" can not be configured; the names are {}",
            quoted(name),
            known.join(", ")
        );
        cursor.reject_key(problems, text);
        return None;
    };
    let text = scalars::text(cursor, problems);
    if text.is_empty() {
        return None;
    }
    if !values.is_empty() && !values.contains(&text.as_str()) {
        let text = format!(
            "invalid value for {spelling}. Expected one of: [{}], but got: \"{}\"",
            values.join(" "),
            quoted(&text)
        );
        cursor.reject(problems, text);
        return None;
    }
    match HeaderValue::from_str(&text) {
        Ok(value) => Some((header.clone(), value)),
        Err(_) => {
            cursor.reject(
                problems,
                format!("invalid value for {spelling}: not text for a header"),
            );
            None
        }
    }
}
