//! Signatures: the types of values as text. `a(so)` is an array of structures of a string and an object path.

use super::{MAX_SIGNATURE, Malformed};

/// Maximum arrays inside each other, and maximum structures.
const MAX_NESTED: u8 = 32;

/// Splits a checked signature, or that of an array's elements, into its first complete type and the rest.
/// [`Malformed::Type`] if it is empty.
pub(super) fn first(signature: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    if signature.is_empty() {
        return Err(Malformed::Type);
    }
    let anything = Nested {
        element: true,
        ..Nested::default()
    };
    let end = end_of_type(signature, 0, anything)?;
    signature.split_at_checked(end).ok_or(Malformed::Signature)
}

/// Checks an entire signature.
pub(super) fn check(signature: &[u8]) -> Result<(), Malformed> {
    if signature.len() > MAX_SIGNATURE {
        return Err(Malformed::Signature);
    }
    let mut at = 0;
    while at < signature.len() {
        at = end_of_type(signature, at, Nested::default())?;
    }
    Ok(())
}

/// The alignment of a type in bytes, by the first character of its signature.
pub(super) fn alignment(signature: &[u8]) -> usize {
    match signature.first() {
        Some(b'n' | b'q') => 2,
        Some(b'b' | b'i' | b'u' | b'h' | b's' | b'o' | b'a') => 4,
        Some(b'x' | b't' | b'd' | b'(' | b'{') => 8,
        _ => 1,
    }
}

/// Containers around a type.
#[derive(Debug, Clone, Copy, Default)]
struct Nested {
    arrays: u8,
    structures: u8,
    /// Whether the type is an element of an array, where dictionary entries may be.
    element: bool,
}

fn end_of_type(signature: &[u8], at: usize, nested: Nested) -> Result<usize, Malformed> {
    let code = signature.get(at).ok_or(Malformed::Signature)?;
    match code {
        b'a' if nested.arrays < MAX_NESTED => {
            let arrays = nested.arrays + 1;
            let element = Nested {
                arrays,
                element: true,
                ..nested
            };
            end_of_type(signature, at + 1, element)
        }
        b'(' | b'{' if nested.structures < MAX_NESTED => {
            let inside = Nested {
                structures: nested.structures + 1,
                element: false,
                ..nested
            };
            match code {
                b'(' => end_of_structure(signature, at + 1, inside),
                _ if nested.element => end_of_entry(signature, at + 1, inside),
                _ => Err(Malformed::Signature),
            }
        }
        b'v' => Ok(at + 1),
        code if is_basic(*code) => Ok(at + 1),
        _ => Err(Malformed::Signature),
    }
}

fn end_of_structure(signature: &[u8], start: usize, nested: Nested) -> Result<usize, Malformed> {
    let mut at = start;
    while signature.get(at) != Some(&b')') {
        at = end_of_type(signature, at, nested)?;
    }
    if at == start {
        return Err(Malformed::Signature);
    }
    Ok(at + 1)
}

/// A dictionary entry: a key of a basic type, and a value.
fn end_of_entry(signature: &[u8], start: usize, nested: Nested) -> Result<usize, Malformed> {
    let has_key = signature.get(start).is_some_and(|code| is_basic(*code));
    let end = end_of_type(signature, start + 1, nested)?;
    if !has_key || signature.get(end) != Some(&b'}') {
        return Err(Malformed::Signature);
    }
    Ok(end + 1)
}

fn is_basic(code: u8) -> bool {
    b"ybnqiuxtdhsog".contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_split_into_complete_types() {
        let split = |text: &'static str| {
            let (first, rest) = first(text.as_bytes()).unwrap();
            (
                first.escape_ascii().to_string(),
                rest.escape_ascii().to_string(),
            )
        };
        for (text, head, rest) in [
            ("su", "s", "u"),
            ("a(ssssssouso)u", "a(ssssssouso)", "u"),
            ("aaay", "aaay", ""),
            ("a{sv}(v)", "a{sv}", "(v)"),
            ("(a{s(ai)}v)", "(a{s(ai)}v)", ""),
        ] {
            assert_eq!(split(text), (head.to_owned(), rest.to_owned()));
        }
        assert_eq!(first(b""), Err(Malformed::Type));
    }

    #[test]
    fn malformed_signatures_are_rejected() {
        for text in [
            "a", "(", ")", "()", "(s", "s)", "{sv}", "a{s}", "a{vs}", "a{sv", "a{svs}", "a{(s)v}",
            "z", "a\0", "é", "(a{sv)}",
        ] {
            assert_eq!(check(text.as_bytes()), Err(Malformed::Signature), "{text}");
        }
        assert_eq!(check(b""), Ok(()));
        assert_eq!(check(b"ybnqiuxtdhsogva{sv}"), Ok(()));
    }

    #[test]
    fn length_and_nesting_are_limited() {
        assert_eq!(check(&[b'y'; 255]), Ok(()));
        assert_eq!(check(&[b'y'; 256]), Err(Malformed::Signature));

        let nested = |arrays: usize, structures: usize| {
            let (open, close) = ("(".repeat(structures), ")".repeat(structures));
            format!("{}{open}y{close}", "a".repeat(arrays)).into_bytes()
        };
        assert_eq!(check(&nested(32, 32)), Ok(()));
        assert_eq!(check(&nested(33, 0)), Err(Malformed::Signature));
        assert_eq!(check(&nested(0, 33)), Err(Malformed::Signature));
    }
}
