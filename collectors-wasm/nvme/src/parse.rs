//! Names of namespaces.

/// The number of a namespace from the name of its block device: `2` of `nvme0n2`. `None` for other
/// names, such as `nvme0c0n2` of a path of a multipath device, or `ng0n2`.
pub(crate) fn nsid(name: &str) -> Option<&str> {
    name.match_indices("nvme").find_map(|(at, found)| {
        let rest = name.get(at + found.len()..)?;
        let (controller, rest) = digits(rest);
        let (nsid, _) = digits(rest.strip_prefix('n')?);
        (!controller.is_empty() && !nsid.is_empty()).then_some(nsid)
    })
}

/// The digits that a text begins with, and what follows them.
fn digits(text: &str) -> (&str, &str) {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_by_their_names() {
        for (name, expected) in [
            ("nvme0n1", Some("1")),
            ("nvme10n23", Some("23")),
            ("nvme0n1p2", Some("1")),
            ("xnvme0n3", Some("3")),
            ("nvme0nvme1n4", Some("4")),
            ("nvme0c0n1", None),
            ("ng0n1", None),
            ("hwmon3", None),
            ("nvme", None),
            ("nvmen1", None),
            ("nvme0n", None),
            ("nvme0", None),
            ("", None),
            ("nvme٣n1", None),
        ] {
            assert_eq!(nsid(name), expected, "{name:?}");
        }
        assert_eq!(nsid(&"nvme0".repeat(1 << 14)), None);
    }
}
