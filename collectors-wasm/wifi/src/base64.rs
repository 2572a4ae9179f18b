//! Base64 with the standard alphabet and padding (RFC 4648, section 4), as Go writes bytes in JSON.

/// The bytes of a text.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let (groups, []) = text.as_bytes().as_chunks::<4>() else {
        return None;
    };
    let mut bytes = Vec::with_capacity(groups.len() * 3);
    let (last, others) = match groups.split_last() {
        Some((last, others)) => (last, others),
        None => return Some(bytes),
    };
    for group in others {
        bytes.extend(whole(*group)?);
    }
    let kept = match last {
        [_, _, b'=', b'='] => 1,
        [_, _, _, b'='] => 2,
        _ => 3,
    };
    let padding_as_zero = last.map(|digit| if digit == b'=' { b'A' } else { digit });
    let (digits, _) = last.split_at_checked(kept + 1)?;
    if digits.contains(&b'=') {
        return None;
    }
    bytes.extend(whole(padding_as_zero)?.into_iter().take(kept));
    Some(bytes)
}

fn whole(group: [u8; 4]) -> Option<[u8; 3]> {
    let mut bits: u32 = 0;
    for digit in group {
        bits = bits << 6 | u32::from(value(digit)?);
    }
    let [_, first, second, third] = bits.to_be_bytes();
    Some([first, second, third])
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc() {
        let cases = [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ];
        for (text, expected) in cases {
            assert_eq!(decode(text), Some(expected.into()), "{text:?}");
        }
        assert_eq!(decode("+/+/"), Some(vec![0xfb, 0xff, 0xbf]));
    }

    #[test]
    fn invalid_base64_is_rejected() {
        for text in [
            "Z", "Zg", "Zg=", "Zg==Zg==", "Z===", "====", "=g==", "Z-==", "Zm 9v", "Zg=a",
        ] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
