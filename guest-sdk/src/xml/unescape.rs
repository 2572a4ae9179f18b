//! Entities.

use std::borrow::Cow;

/// The longest entity: `&#1114111;`, with some zeros before the digits.
const LONGEST: usize = 16;

/// Replaces entities by the characters that they stand for.
///
/// # Errors
/// An entity is unknown: those that a document type declares are not used.
pub(super) fn unescape(text: Cow<'_, str>) -> Result<Cow<'_, str>, &'static str> {
    if !text.contains('&') {
        return Ok(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let end = after.bytes().take(LONGEST).position(|byte| byte == b';');
        let (name, after) = (end.and_then(|end| Some((after.get(..end)?, after.get(end + 1..)?))))
            .ok_or("an & without an entity")?;
        plain.push(character(name).ok_or("an unknown entity")?);
        rest = after;
    }
    plain.push_str(rest);
    Ok(Cow::Owned(plain))
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
