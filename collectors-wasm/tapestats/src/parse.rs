//! The names of the class: `st0` is a drive, `nst0` the same without rewinding, `st0l`, `st0m` and
//! `st0a` are its other modes.

/// Whether an entry of the class is a drive itself.
pub(crate) fn is_drive(name: &str) -> bool {
    let number = name.strip_prefix("st").unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_mode_is_a_drive() {
        for name in ["st0", "st12", "st007"] {
            assert!(is_drive(name), "{name:?}");
        }
        for name in [
            "", "st", "nst0", "st0a", "st0l", "sta", "st-1", "st0 ", "ST0", "st٣",
        ] {
            assert!(!is_drive(name), "{name:?}");
        }
        assert!(is_drive(&format!("st{}", "0".repeat(1 << 16))));
    }
}
