//! What a granted pattern of paths needs.

/// The beginning of a pattern: a tree, or the directory that an option names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Top<'a> {
    Proc,
    Sys,
    Rootfs,
    Udev,
    /// The option of this name.
    Option(&'a str),
}

/// Files that only root may read: collectors leave them out if firepit runs as another user.
const ROOT_ONLY: [&str; 6] = [
    "slabinfo",
    "energy_uj",
    "product_serial",
    "product_uuid",
    "board_serial",
    "chassis_serial",
];

/// The beginning of a pattern, and the pattern below it.
pub(super) fn split(pattern: &str) -> Option<(Top<'_>, &str)> {
    if let Some(rest) = pattern.strip_prefix('{') {
        let (option, below) = rest.split_once('}')?;
        return Some((Top::Option(option), below.trim_start_matches('/')));
    }
    let (top, below) = match pattern.strip_prefix('/')?.split_once('/') {
        Some(split) => split,
        None => (pattern.strip_prefix('/')?, ""),
    };
    let top = match top {
        "proc" => Top::Proc,
        "sys" => Top::Sys,
        "rootfs" => Top::Rootfs,
        "udev" => Top::Udev,
        _ => return None,
    };
    Some((top, below))
}

/// Whether a pattern below `/proc` matches files of other processes.
pub(super) fn is_of_processes(below: &str) -> bool {
    let first = below.split('/').next().unwrap_or_default();
    has_wildcard(first) || (!first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a pattern below `/proc` matches files about the network of the process that reads them.
pub(super) fn is_of_network(below: &str) -> bool {
    let mut names = below.split('/');
    match names.next() {
        Some("net") => true,
        Some("self" | "thread-self") => names.next() == Some("net"),
        Some(first) if has_wildcard(first) => names.next().is_none_or(has_wildcard),
        _ => false,
    }
}

/// Whether a pattern names a file that only root may read, or one in a directory that only root
/// may enter.
pub(super) fn is_root_only(below: &str) -> bool {
    let name = below.rsplit('/').next().unwrap_or_default();
    // runit's, of a service: `supervise`, `supervise.*`.
    let mut names = below.split('/');
    ROOT_ONLY.contains(&name) || names.any(|name| name.starts_with("supervise"))
}

fn has_wildcard(name: &str) -> bool {
    name.contains(['*', '?', '['])
}

/// The directories above the first wildcard of an option's value.
pub(super) fn above_wildcards(value: &str) -> &str {
    let Some(wild) = value.find(['*', '?', '[']) else {
        return value;
    };
    let before = value.get(..wild).unwrap_or_default();
    match before.rfind('/') {
        Some(0) => "/",
        Some(end) => before.get(..end).unwrap_or_default(),
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_split_into_root_and_rest() {
        for (pattern, expected) in [
            ("/proc/net/dev", Some((Top::Proc, "net/dev"))),
            ("/sys/class/net/*", Some((Top::Sys, "class/net/*"))),
            ("/rootfs", Some((Top::Rootfs, ""))),
            ("/udev/b*", Some((Top::Udev, "b*"))),
            (
                "{directory}/*.prom",
                Some((Top::Option("directory"), "*.prom")),
            ),
            ("/etc/passwd", None),
            ("relative", None),
        ] {
            assert_eq!(split(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn process_and_network_files_are_recognized() {
        for (below, processes, network) in [
            ("[0-9]*/stat", true, false),
            ("1/mountinfo", true, false),
            ("**", true, true),
            ("[0-9]*/net/dev", true, false),
            ("self/mountinfo", false, false),
            ("self/net/dev", false, true),
            ("net/dev", false, true),
            ("net", false, true),
            ("stat", false, false),
        ] {
            assert_eq!(is_of_processes(below), processes, "{below}");
            assert_eq!(is_of_network(below), network, "{below}");
        }
        assert!(is_root_only("slabinfo") && is_root_only("class/powercap/*/energy_uj"));
        assert!(is_root_only("*/supervise/status") && is_root_only("run/supervise.*/down"));
        assert!(!is_root_only("class/powercap/*/name"));
    }

    #[test]
    fn option_value_is_reduced_to_the_directory_above_its_wildcards() {
        for (value, expected) in [
            ("/var/lib/text", "/var/lib/text"),
            ("/var/lib/*/text", "/var/lib"),
            ("/var/lib/text*", "/var/lib"),
            ("/*/text", "/"),
            ("*/text", ""),
        ] {
            assert_eq!(above_wildcards(value), expected, "{value}");
        }
    }
}
