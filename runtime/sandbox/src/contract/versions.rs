//! Versions of the contract that this build supports, and their functions.
//!
//! A component carries the version in the names of its imports, such as
//! `firepit:collector/files@0.1.0`. All versions 0.1.x are supported, as long as the component uses
//! nothing that was added after [`OWN`]; see the README of `wit/`.

use std::borrow::Cow;

use super::table::{self, PACKAGE};

/// The version of the contract that this firepit was built with.
pub const OWN: &str = "0.1.4";

/// Prefix of all supported versions.
const SERIES: &str = "0.1.";

/// The interface and the version of an import, if it belongs to the contract. For an imported
/// function, those of its interface.
pub(crate) fn of_contract(import: &str) -> Option<(&str, &str)> {
    let (interface, version) = import.strip_prefix(PACKAGE)?.split_once('@')?;
    let (version, _function) = version.split_once('#').unwrap_or((version, ""));
    Some((interface, version))
}

/// Whether modules of this version of the contract can run.
pub(crate) fn is_served(version: &str) -> bool {
    patch(version).is_some()
}

/// The interface and the version of an import, if its version is supported and newer than [`OWN`].
pub(crate) fn later(import: &str) -> Option<(&str, &str)> {
    let (interface, version) = of_contract(import)?;
    (patch(version)? > patch(OWN)?).then_some((interface, version))
}

/// The functions of an interface in this version of the contract.
pub(crate) fn functions(interface: &str) -> impl Iterator<Item = Cow<'static, str>> {
    table::interfaces()
        .find(|known| known.name == interface)
        .into_iter()
        .flat_map(table::Interface::functions)
}

/// Whether an interface has a function in this version of the contract.
pub(crate) fn has(interface: &str, function: &str) -> bool {
    functions(interface).any(|known| known == function)
}

/// The patch number of a supported version.
pub(crate) fn patch(version: &str) -> Option<u32> {
    let patch = version.strip_prefix(SERIES)?;
    // Rust's number parser would accept a `+`.
    let digits = patch.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| patch.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_version_is_that_of_the_contract() {
        for interface in table::interfaces() {
            assert_eq!(interface.version(), Some(OWN), "{}", interface.name);
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
    fn later_versions_are_recognized() {
        assert_eq!(
            later("firepit:collector/files@0.1.5"),
            Some(("files", "0.1.5"))
        );
        assert_eq!(
            later("firepit:collector/system@0.1.5#page-size"),
            Some(("system", "0.1.5"))
        );
        for import in [
            "firepit:collector/system@0.1.0#page-size",
            "firepit:collector/files@0.1.0",
            "firepit:collector/files@0.1.4",
            "firepit:collector/files@0.2.0",
            "firepit:collector/files",
            "wasi:io/streams@0.2.9",
        ] {
            assert_eq!(later(import), None, "{import}");
        }
    }
}
