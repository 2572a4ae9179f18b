//! The operator's policy: what a module may have, regardless of what it declares.

use std::collections::BTreeSet;

use firepit_exposition::names::Names;

use super::{Connects, Interface};

/// The maximum that a module may have. It gets the part of it that it declares, never more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Files.
    pub reads: Reads,
    /// Addresses.
    pub connects: Connects,
    /// Interfaces.
    pub interfaces: BTreeSet<Interface>,
    /// Whether the module is third-party. If so, files that only their owner and its group may
    /// read, and files granted by full name only, are granted only if [`Reads::Only`] contains
    /// their exact path, without a wildcard.
    pub guarded: bool,
    /// Reserved metric names.
    pub names: Names,
}

/// The declared files that a module may have. The never-list overrides each of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reads {
    /// All that it declares. For built-in collectors.
    Everything,
    /// What it declares below `/proc` and `/sys`, without directories of options, `/rootfs` and
    /// `/udev`.
    Declared,
    /// What it declares and one of these patterns matches. They have the form of the descriptor's
    /// patterns, see [`super::Grants::compile`].
    Only(Vec<String>),
}

impl Policy {
    /// For built-in collectors: everything that they declare.
    #[must_use]
    pub fn builtin() -> Self {
        Self {
            reads: Reads::Everything,
            connects: Connects::Everything,
            interfaces: Interface::ALL.iter().copied().collect(),
            guarded: false,
            names: Names::All,
        }
    }

    /// For a third-party module without grants of the operator.
    #[must_use]
    pub fn third_party() -> Self {
        Self {
            reads: Reads::Declared,
            connects: Connects::nothing(),
            interfaces: BTreeSet::from([
                Interface::Metrics,
                Interface::Files,
                Interface::Log,
                Interface::Clocks,
                Interface::Random,
            ]),
            guarded: true,
            names: Names::Only(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn third_party_module_gets_the_default_interfaces() {
        let policy = Policy::third_party();
        assert_eq!(policy.reads, Reads::Declared);
        let names: Vec<_> = policy.interfaces.iter().map(|own| own.name()).collect();
        assert_eq!(names, ["metrics", "files", "log", "clocks", "random"]);
    }
}
