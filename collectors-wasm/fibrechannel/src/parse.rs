//! Interpretation of the attributes of a host.

use firepit_sdk::parse::any_base_unsigned;

/// The text that a driver writes for an unsupported counter.
const NOT_IMPLEMENTED: u64 = u64::MAX;

/// An attribute as emitted: names and ids without their prefix `0x`.
pub(crate) fn text(attribute: &str, text: String) -> String {
    let is_number = matches!(attribute, "port_id" | "port_name" | "fabric_name");
    match text.get(2..) {
        Some(digits) if is_number && !digits.is_empty() => digits.to_owned(),
        _ => text,
    }
}

/// A counter, usually hexadecimal; `Ok(None)` if the driver does not support it.
pub(crate) fn counter(text: &str) -> Result<Option<u64>, String> {
    match any_base_unsigned(text) {
        Some(NOT_IMPLEMENTED) => Ok(None),
        Some(value) => Ok(Some(value)),
        None => Err(format!("expected an unsigned integer, found {text:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lose_their_prefix() {
        for (attribute, value, expected) in [
            ("port_id", "0x000002", "000002"),
            ("port_name", "0x1000e0071bce95f2", "1000e0071bce95f2"),
            ("fabric_name", "0x0", "0"),
            ("fabric_name", "0x", "0x"),
            ("fabric_name", "", ""),
            ("port_id", "aé", "aé"),
            ("speed", "16 Gbit", "16 Gbit"),
        ] {
            assert_eq!(text(attribute, value.to_owned()), expected, "{value:?}");
        }
    }

    #[test]
    fn counters_of_any_base() {
        assert_eq!(counter("0x13"), Ok(Some(19)));
        assert_eq!(counter("13"), Ok(Some(13)));
        assert_eq!(counter("0xffffffffffffffff"), Ok(None));
        assert_eq!(counter("0xfffffffffffffffe"), Ok(Some(u64::MAX - 1)));
    }

    #[test]
    fn anything_else_is_an_error() {
        for text in ["", "0x", "-1", "0x1ffffffffffffffff", "many", "\u{fffd}"] {
            let expected = format!("expected an unsigned integer, found {text:?}");
            assert_eq!(counter(text), Err(expected));
        }
        assert!(counter(&"1".repeat(1 << 16)).is_err());
    }
}
