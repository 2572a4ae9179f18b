//! Names beyond `[a-zA-Z_:][a-zA-Z0-9_:]*`: how they are written for a client that accepts any UTF-8, and
//! how they are escaped for all others.
//!
//! A client asks for a scheme with the parameter `escaping` of its `Accept` header. The default is
//! [`Escaping::Underscores`], which every Prometheus can parse. The schemes are those of
//! [prometheus/common](https://prometheus.io/docs/instrumenting/escaping_schemes/), to the byte, with one
//! exception: a colon in a label name is escaped too, since the format permits colons without quotes only
//! in metric names.
//!
//! Two names can become one when they are escaped. So families are escaped before they are merged: see
//! [`merge::escape_names`](crate::merge::escape_names).

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt::Write as _;

/// Maximum bytes of an escaped or quoted name for each byte of the name: a dot becomes `_dot_`.
const MAX_GROWTH: usize = 5;
/// Bytes that escaping or quoting adds once: `U__`, or two quotes and the braces around a metric name.
const MAX_AROUND: usize = 5;

/// A scheme for names that are not plain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Escaping {
    /// No escaping: names are written in quotes.
    AllowUtf8,
    /// Each character that is not permitted becomes `_`. Different names may become one.
    #[default]
    Underscores,
    /// `.` becomes `_dot_`, `_` becomes `__`, and each other character that is not permitted `__`.
    Dots,
    /// `U__`, then each character that is not permitted as `_HEX_`, and `_` as `__`. It can be reversed.
    Values,
}

impl Escaping {
    /// A scheme by the value of the parameter `escaping`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::AllowUtf8, Self::Underscores, Self::Dots, Self::Values];
        all.into_iter().find(|scheme| scheme.as_str() == name)
    }

    /// The value of the parameter `escaping`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AllowUtf8 => "allow-utf-8",
            Self::Underscores => "underscores",
            Self::Dots => "dots",
            Self::Values => "values",
        }
    }

    /// A metric name in this scheme. Plain names stay as they are.
    #[must_use]
    pub fn metric(self, name: &str) -> Cow<'_, str> {
        if is_plain_metric(name) {
            return Cow::Borrowed(name);
        }
        self.escape(name, |char| char == ':')
    }

    /// A label name in this scheme. Plain names stay as they are.
    #[must_use]
    pub fn label(self, name: &str) -> Cow<'_, str> {
        if is_plain_label(name) {
            return Cow::Borrowed(name);
        }
        self.escape(name, |_| false)
    }

    fn escape(self, name: &str, extra: impl Fn(char) -> bool + Copy) -> Cow<'_, str> {
        let permitted =
            |place: usize, char: char| is_first(char, extra) || place > 0 && char.is_ascii_digit();
        let mut out = String::with_capacity(name.len() + 8);
        if self == Self::Values {
            out.push_str("U__");
        }
        for (place, char) in name.char_indices() {
            match (self, char) {
                (Self::AllowUtf8, _) => return Cow::Borrowed(name),
                (Self::Dots | Self::Values, '_') => out.push_str("__"),
                (Self::Dots, '.') => out.push_str("_dot_"),
                (_, char) if permitted(place, char) => out.push(char),
                (Self::Underscores, _) => out.push('_'),
                (Self::Dots, _) => out.push_str("__"),
                (Self::Values, char) => {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "_{:x}_", u32::from(char));
                }
            }
        }
        Cow::Owned(out)
    }
}

/// Whether a metric name is `[a-zA-Z_:][a-zA-Z0-9_:]*`, which needs neither quotes nor escaping.
#[must_use]
pub fn is_plain_metric(name: &str) -> bool {
    is_plain(name, |byte| byte == b':')
}

/// Whether a label name is `[a-zA-Z_][a-zA-Z0-9_]*`, which needs neither quotes nor escaping.
#[must_use]
pub fn is_plain_label(name: &str) -> bool {
    is_plain(name, |_| false)
}

/// Whether a text can be a name: it is not empty, and has no characters that break or garble a line. They
/// are control characters, line separators and marks that change the direction of writing.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let garbles = |char: char| {
        char.is_control()
            || matches!(
                char,
                '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            )
            || matches!(char, '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    !name.is_empty() && !name.chars().any(garbles)
}

/// Whether Prometheus reserves a label name, as it is or as it is escaped by default.
#[must_use]
pub fn is_reserved_label(name: &str) -> bool {
    Escaping::Underscores.label(name).starts_with("__")
}

/// Maximum bytes of a name in any scheme, with quotes and braces if it needs them.
#[must_use]
pub fn max_escaped(name: &str, is_plain: bool) -> usize {
    if is_plain {
        name.len()
    } else {
        MAX_GROWTH
            .saturating_mul(name.len())
            .saturating_add(MAX_AROUND)
    }
}

/// Maximum bytes of a name as it is, with quotes and braces if it needs them.
pub(crate) fn max_quoted(name: &str, is_plain: bool) -> usize {
    if is_plain {
        name.len()
    } else {
        name.len().saturating_mul(2).saturating_add(MAX_AROUND)
    }
}

fn is_first(char: char, extra: impl Fn(char) -> bool) -> bool {
    char.is_ascii_alphabetic() || char == '_' || extra(char)
}

/// Each byte is checked, without an early end: then the compiler checks many at once, and names that are
/// not plain are rare.
fn is_plain(name: &str, extra: impl Fn(u8) -> bool) -> bool {
    let is_permitted = |byte: u8| {
        let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        letter | (byte.wrapping_sub(b'0') < 10) | (byte == b'_') | extra(byte)
    };
    let bytes = name.as_bytes();
    let begins = bytes.first().is_some_and(|byte| !byte.is_ascii_digit());
    begins && (bytes.iter()).fold(true, |all, &byte| all & is_permitted(byte))
}
