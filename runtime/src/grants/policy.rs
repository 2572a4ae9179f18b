//! What an operator allows a module, whatever it asks for.

use std::collections::BTreeSet;

use super::{Interface, Names};

/// What a module may have at most. It gets what it asks for of this, never more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Which files.
    pub reads: Reads,
    /// Which interfaces.
    pub interfaces: BTreeSet<Interface>,
    /// Whether it did not come with firepit. Then files that others than their owner and its group may
    /// not read, and those that are given by their full name alone, are given where
    /// [`Reads::Only`] has their very path, without a wildcard.
    pub guarded: bool,
    /// Which of the metric names that belong to others.
    pub names: Names,
}

/// Which of the declared files a module may have. The never-list stands above each of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reads {
    /// All that it declares: for the collectors that come with firepit.
    Everything,
    /// What it declares below `/proc` and `/sys`; no directory of an option, nothing of `/rootfs`
    /// and `/udev`.
    Declared,
    /// What it declares and one of these patterns matches. They have the form of the
    /// descriptor's, see [`super::Grants::compile`].
    Only(Vec<String>),
}

impl Policy {
    /// For the collectors that come with firepit: everything that they ask for.
    #[must_use]
    pub fn builtin() -> Self {
        Self {
            reads: Reads::Everything,
            interfaces: Interface::ALL.into(),
            guarded: false,
            names: Names::All,
        }
    }

    /// For a module that the operator has said nothing about.
    #[must_use]
    pub fn stranger() -> Self {
        Self {
            reads: Reads::Declared,
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
    fn a_stranger_gets_a_list_of_interfaces() {
        let policy = Policy::stranger();
        assert_eq!(policy.reads, Reads::Declared);
        let names: Vec<_> = policy.interfaces.iter().map(|own| own.name()).collect();
        assert_eq!(names, ["metrics", "files", "log", "clocks", "random"]);
    }
}
