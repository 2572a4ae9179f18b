//! Records which interfaces a guest called, for operators who want to know what it needs.

use std::collections::BTreeSet;

use super::State;
use crate::grants::Interface;

/// A set of interfaces in one word, because it is updated at every call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Called(u32);

impl Called {
    fn insert(&mut self, interface: Interface) {
        self.0 |= 1 << interface as u32;
    }

    /// Adds the interfaces of another set.
    pub fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// The interfaces in the set.
    pub fn interfaces(self) -> BTreeSet<Interface> {
        let is_in = |interface: &Interface| self.0 & (1 << *interface as u32) != 0;
        Interface::ALL.iter().copied().filter(is_in).collect()
    }
}

impl State {
    /// The state for a function of `interface`. Every call of such a function passes through here.
    pub(super) fn using(&mut self, interface: Interface) -> &mut Self {
        self.called.insert(interface);
        self
    }

    /// Interfaces whose functions the instance has called.
    pub(crate) fn called(&self) -> Called {
        self.called
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_interface_is_recorded_separately() {
        let mut all = Called::default();
        for &interface in Interface::ALL {
            let mut called = Called::default();
            called.insert(interface);
            assert_eq!(called.interfaces(), [interface].into());
            all.add(called);
        }
        assert!(all.interfaces().iter().eq(Interface::ALL));
    }
}
