//! Entities.

use std::borrow::Cow;

use crate::parse::position;

/// The longest entity: `&#1114111;`, with some zeros before the digits.
const LONGEST: usize = 16;

/// Replaces entities by the characters that they stand for. Others stay as they are, and so does an `&` alone: those
/// that a document type declares are not used, and some services forget to escape.
pub(super) fn unescape(text: Cow<'_, str>) -> Cow<'_, str> {
    if position(text.as_bytes(), b'&').is_none() {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let (character, after) = entity(after).unwrap_or(('&', after));
        plain.push(character);
        rest = after;
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// The character of the entity at the beginning, and what follows it.
fn entity(text: &str) -> Option<(char, &str)> {
    let end = text.bytes().take(LONGEST).position(|byte| byte == b';')?;
    Some((character(text.get(..end)?)?, text.get(end + 1..)?))
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = entity.strip_prefix('#')?;
            let (digits, radix) = match number.strip_prefix('x') {
                Some(digits) => (digits, 16),
                None => (number, 10),
            };
            let is_number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let number = u32::from_str_radix(digits, radix)
                .ok()
                .filter(|_| is_number)?;
            char::from_u32(number).filter(|character| *character != '\0')
        }
    }
}
