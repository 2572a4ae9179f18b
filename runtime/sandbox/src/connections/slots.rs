//! The bound on connections that are open at a time, in all collectors together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Maximum number of connections that all collectors together have open.
pub const MAX_OPEN: usize = 64;

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
