//! The short texts of SELinux: configuration, mode, label.

use firepit_sdk::parse::{Text, attribute};

/// The mode of `/etc/selinux/config`: 1 for enforcing, 0 for permissive, -1 for anything else.
pub(crate) fn configured(text: &Text) -> f64 {
    let lines = text.lines().map(|line| line.as_str().trim());
    let mut values = lines.filter_map(|line| line.strip_prefix("SELINUX="));
    match values.next().map(str::trim) {
        Some("enforcing") => 1.0,
        Some("permissive") => 0.0,
        _ => -1.0,
    }
}

/// The mode in the file `enforce`; -1 if it is not an integer.
pub(crate) fn current(content: &[u8]) -> f64 {
    let mode = attribute(content).parse::<i64>();
    mode.map_or(-1.0, |mode| mode as f64)
}

/// The label of a process, without the NUL that the kernel ends it with.
pub(crate) fn label(content: &[u8]) -> String {
    let text = String::from_utf8_lossy(content);
    text.trim_end_matches(['\0', '\n']).to_owned()
}

/// Whether `/proc/filesystems` lists the file system of SELinux.
pub(crate) fn is_known(text: &Text) -> bool {
    (text.lines()).any(|line| line.columns().last() == Some("selinuxfs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text {
        Text::new("config", text)
    }

    #[test]
    fn configured_modes() {
        for (config, mode) in [
            ("SELINUX=enforcing\n", 1.0),
            ("a=b\n  SELINUX=permissive  \nSELINUX=enforcing\n", 0.0),
            ("SELINUX=disabled", -1.0),
            ("SELINUX=", -1.0),
            ("#SELINUX=enforcing\nSELINUXTYPE=enforcing\n", -1.0),
            ("", -1.0),
        ] {
            assert_eq!(configured(&text(config)), mode, "{config:?}");
        }
        assert_eq!(configured(&text(&"x=1\n".repeat(1 << 18))), -1.0);
    }

    #[test]
    fn current_modes() {
        for (content, mode) in [
            ("1", 1.0),
            ("0\n", 0.0),
            ("", -1.0),
            ("on", -1.0),
            ("-7", -7.0),
        ] {
            assert_eq!(current(content.as_bytes()), mode, "{content:?}");
        }
        assert_eq!(current(&[0xff; 1 << 20]), -1.0);
    }

    #[test]
    fn labels_end_at_their_nul() {
        assert_eq!(label(b"u:r:t:s0\0"), "u:r:t:s0");
        assert_eq!(label(b"kernel\n"), "kernel");
        assert_eq!(label(b""), "");
        assert_eq!(label(&[0xff]), "\u{fffd}");
    }

    #[test]
    fn known_types() {
        assert!(is_known(&text("nodev\tproc\nnodev\tselinuxfs\n")));
        assert!(!is_known(&text("nodev\tproc\n\text4\n")));
        assert!(!is_known(&text("")));
    }
}
