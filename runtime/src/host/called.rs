//! Which interfaces a guest called, for somebody who wants to know what it needs.

use std::collections::BTreeSet;

use super::State;
use crate::grants::Interface;

/// A set of interfaces in one word: it is added to at every call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Called(u16);

impl Called {
    fn note(&mut self, interface: Interface) {
        self.0 |= 1 << interface as u16;
    }

    /// Adds those of another set.
    pub(crate) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// The interfaces.
    pub(crate) fn interfaces(self) -> BTreeSet<Interface> {
        let is_in = |interface: &Interface| self.0 & (1 << *interface as u16) != 0;
        Interface::ALL.into_iter().filter(is_in).collect()
    }
}

impl State {
    /// What a function of an interface works with. Every call of one comes through here.
    pub(super) fn using(&mut self, interface: Interface) -> &mut Self {
        self.called.note(interface);
        self
    }

    /// The interfaces of which functions were called since the instance began.
    pub(crate) fn called(&self) -> Called {
        self.called
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_interface_has_a_place_of_its_own() {
        let mut all = Called::default();
        for interface in Interface::ALL {
            let mut called = Called::default();
            called.note(interface);
            assert_eq!(called.interfaces(), [interface].into());
            all.add(called);
        }
        assert_eq!(all.interfaces(), Interface::ALL.into());
    }
}
