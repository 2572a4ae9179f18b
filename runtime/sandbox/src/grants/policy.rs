//! The operator's policy: what a module may have, regardless of what it declares.

use std::collections::BTreeSet;

use firepit_exposition::names::Names;

use super::{Addresses, ConnectError, Connects, Interface, OptionValues};
use crate::descriptor::Setting;

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

    /// Grants these addresses instead of others. To grant an address is to grant the interface.
    pub fn grant_connects(&mut self, addresses: Vec<String>) {
        if !addresses.is_empty() {
            self.interfaces.insert(Interface::Connections);
        }
        self.connects = Connects::Only(addresses);
    }

    /// The addresses of these that the policy allows, with the values of the collector's options.
    ///
    /// # Errors
    /// An address cannot be granted.
    pub fn addresses(
        &self,
        connects: &[String],
        settings: &[Setting],
    ) -> Result<Addresses, ConnectError> {
        if !self.interfaces.contains(&Interface::Connections) {
            return Ok(Addresses::default());
        }
        // As for files: a module must not grant itself an address by the default of its own option.
        let values = |name: &str| {
            let setting = settings.iter().find(|setting| setting.name == name)?;
            let is_granted = setting.explicit || !self.guarded;
            Some(OptionValues {
                values: if is_granted {
                    setting.values.clone()
                } else {
                    Vec::new()
                },
                explicit: setting.explicit,
            })
        };
        Addresses::compile(connects, &values, false)?.within(&self.connects, &values)
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
