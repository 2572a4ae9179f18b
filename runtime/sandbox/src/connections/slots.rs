//! The bounds on connections that are open at a time: in all collectors together, and in all third-party
//! modules together, so that these leave places to the built-in collectors.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::fd_limit;

/// Part of the places that all third-party modules together have: one half.
const THIRD_PARTY: usize = 2;

/// Places of all collectors.
#[derive(Debug)]
pub(super) struct Shared {
    all: Slots,
    third_party: Slots,
    /// The number of places.
    max: usize,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            all: Slots::default(),
            third_party: Slots::default(),
            max: fd_limit::max_connections(),
        }
    }
}

/// A place among those of all collectors.
#[derive(Debug)]
pub(super) struct SharedSlot {
    _of_all: Slot,
    _of_third_party: Option<Slot>,
}

impl Shared {
    /// Takes a place; `None` if there is none for this collector.
    pub(super) fn take(&self, is_third_party: bool) -> Option<SharedSlot> {
        let of_third_party = match is_third_party {
            true => Some(self.third_party.take(self.max / THIRD_PARTY)?),
            false => None,
        };
        Some(SharedSlot {
            _of_all: self.all.take(self.max)?,
            _of_third_party: of_third_party,
        })
    }
}

/// Places for open connections.
#[derive(Debug, Default)]
pub(super) struct Slots(Arc<AtomicUsize>);

/// A taken place. It is free again when this value is dropped.
#[derive(Debug)]
pub(super) struct Slot(Arc<AtomicUsize>);

impl Slots {
    /// Takes one of `max` places; `None` if all are taken.
    pub(super) fn take(&self, max: usize) -> Option<Slot> {
        let more = |used: usize| (used < max).then_some(used + 1);
        (self.0)
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .ok()
            .map(|_| Slot(Arc::clone(&self.0)))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn third_party_modules_leave_places_to_others() {
        let shared = Shared::default();
        let mut held: Vec<_> = (0..shared.max / THIRD_PARTY)
            .map(|_| shared.take(true).unwrap())
            .collect();
        assert!(shared.take(true).is_none());
        held.pop();
        assert!(shared.take(true).is_some());
        while let Some(slot) = shared.take(false) {
            held.push(slot);
        }
        assert_eq!(held.len(), shared.max);
        assert!(shared.take(true).is_none());
    }

    #[test]
    fn a_dropped_slot_is_free_again() {
        let slots = Slots::default();
        let first = slots.take(2);
        let second = slots.take(2);
        assert!(first.is_some() && second.is_some());
        assert!(slots.take(2).is_none());
        drop(first);
        assert!(slots.take(2).is_some());
    }
}
