//! Versions of the contract: which ones this firepit serves, and what it has.
//!
//! A component carries the version in the names of its imports, such as
//! `firepit:collector/files@0.1.0`. All versions 0.1.x are served as far as nothing is used that
//! came after [`OWN`]; see the README of `wit/`.

/// The version of the contract that this firepit was built with.
pub const OWN: &str = "0.1.2";

/// What all served versions begin with.
const SERIES: &str = "0.1.";

/// What the names of the contract's interfaces begin with.
const PACKAGE: &str = "firepit:collector/";

/// The functions of the interfaces that a collector imports.
const FUNCTIONS: [(&str, &[&str]); 8] = [
    (
        "metrics",
        &["emit", "emit-histograms", "emit-summaries", "skipped"],
    ),
    (
        "files",
        &[
            "read",
            "read-many",
            "list",
            "read-link",
            "real-path",
            "stat",
            "display-path",
        ],
    ),
    ("system", &["get-uname", "page-size", "clock-ticks"]),
    ("statfs", &["get"]),
    ("adjtimex", &["get"]),
    ("time-zone", &["at"]),
    ("netlink", &["dump"]),
    ("log", &["log"]),
];

/// The interface and the version of an import, if it is one of the contract. A function that is an
/// import by itself has those of its interface.
pub(crate) fn of_contract(import: &str) -> Option<(&str, &str)> {
    let (interface, version) = import.strip_prefix(PACKAGE)?.split_once('@')?;
    let (version, _function) = version.split_once('#').unwrap_or((version, ""));
    Some((interface, version))
}

/// Whether modules of this version of the contract can run here.
pub(crate) fn is_served(version: &str) -> bool {
    patch(version).is_some()
}

/// The interface and the version of an import, if it is of a version that is served and later than
/// this firepit.
pub(crate) fn later(import: &str) -> Option<(&str, &str)> {
    let (interface, version) = of_contract(import)?;
    (patch(version)? > patch(OWN)?).then_some((interface, version))
}

/// The functions that this firepit's version of an interface has.
pub(crate) fn functions(interface: &str) -> &'static [&'static str] {
    let own = FUNCTIONS.iter().find(|(name, _)| *name == interface);
    own.map_or(&[], |(_, functions)| functions)
}

/// Whether this firepit's version of an interface has a function.
pub(crate) fn has(interface: &str, function: &str) -> bool {
    functions(interface).contains(&function)
}

/// The last number of a version of the served series.
pub(crate) fn patch(version: &str) -> Option<u32> {
    let patch = version.strip_prefix(SERIES)?;
    // The parser of numbers would take a `+`.
    let digits = patch.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| patch.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIT: [(&str, &str); 8] = [
        ("metrics", include_str!("../../wit/metrics.wit")),
        ("files", include_str!("../../wit/files.wit")),
        ("system", include_str!("../../wit/system.wit")),
        ("statfs", include_str!("../../wit/statfs.wit")),
        ("adjtimex", include_str!("../../wit/adjtimex.wit")),
        ("time-zone", include_str!("../../wit/time-zone.wit")),
        ("netlink", include_str!("../../wit/netlink.wit")),
        ("log", include_str!("../../wit/log.wit")),
    ];

    #[test]
    fn what_it_has_is_what_the_contract_has() {
        for (interface, wit) in WIT {
            assert!(wit.contains(&format!("package firepit:collector@{OWN};")));
            let functions = wit.lines().filter_map(|line| {
                let (name, _) = line.split_once(": func(")?;
                Some(name.trim().trim_start_matches('%'))
            });
            let functions: Vec<&str> = functions.collect();
            let (_, own) = FUNCTIONS
                .iter()
                .find(|(name, _)| *name == interface)
                .unwrap();
            assert_eq!(*own, functions, "{interface}");
        }
    }

    #[test]
    fn patches_of_the_series_are_served() {
        for version in ["0.1.0", "0.1.9", "0.1.4294967295"] {
            assert!(is_served(version), "{version}");
        }
        for version in [
            "0.2.0",
            "1.0.0",
            "0.1",
            "0.1.",
            "0.1.+1",
            "0.1.0-rc1",
            "0.10.0",
            "0.1.99999999999",
            "",
        ] {
            assert!(!is_served(version), "{version}");
        }
    }

    #[test]
    fn later_ones_are_told() {
        assert_eq!(
            later("firepit:collector/files@0.1.3"),
            Some(("files", "0.1.3"))
        );
        assert_eq!(
            later("firepit:collector/system@0.1.3#page-size"),
            Some(("system", "0.1.3"))
        );
        for import in [
            "firepit:collector/system@0.1.0#page-size",
            "firepit:collector/files@0.1.0",
            "firepit:collector/files@0.1.2",
            "firepit:collector/files@0.2.0",
            "firepit:collector/files",
            "wasi:io/streams@0.2.9",
        ] {
            assert_eq!(later(import), None, "{import}");
        }
    }
}
