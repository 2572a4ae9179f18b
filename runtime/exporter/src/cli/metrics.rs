//! Flags about the names of the built-in metric families.

use clap::{Arg, ArgMatches};

use super::UsageError;
use super::args::{choice, valued};
use super::resolve::value;
use crate::values::ValueError;
use firepit_exposition::names::{BuiltinNames, Namespace};

pub(super) const NAMESPACE: &str = "metrics.namespace";
pub(super) const COMPAT: &str = "metrics.compat";

/// A value of [`COMPAT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compat {
    /// Today's names only.
    None,
    /// The names of node_exporter 0.6 to 0.8 as well.
    V08,
}

/// Reads a value of [`COMPAT`].
pub(super) fn compat(text: &str) -> Result<Compat, ValueError> {
    match text {
        "none" => Ok(Compat::None),
        "0.8" => Ok(Compat::V08),
        _ => Err(ValueError::Compat),
    }
}

pub(super) fn flags() -> [Arg; 2] {
    [
        valued(NAMESPACE, "WORD", "node", Namespace::parse).help(
            "First word of the names of the built-in metric families, such as `node` in \
             `node_load1`.",
        ),
        choice(COMPAT, "VERSION", "none", &["none", "0.8"], compat).help(
            "Expose metrics also under the names that they had in this version of node_exporter, \
             for dashboards that still ask for these.",
        ),
    ]
}

/// The names of the built-in families.
pub(super) fn names(matches: &ArgMatches) -> Result<BuiltinNames, UsageError> {
    Ok(BuiltinNames {
        namespace: value(matches, NAMESPACE)?,
        old: value::<Compat>(matches, COMPAT)? == Compat::V08,
    })
}
