//! Memory budgets: a bound on the bytes that many owners use at a time.
//!
//! Memory that is used on behalf of a guest or a request is accompanied by a [`Hold`]. A hold is
//! taken before the memory is allocated, or right after a small bounded part of it, and returns its
//! bytes when it is dropped, on any thread. A [`Budget`] may be nested in another one: a byte then
//! counts in both, and either can reject it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

/// A bound on bytes. Clones share it.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    within: Option<Budget>,
    limit: AtomicUsize,
    used: AtomicUsize,
    /// Highest use since [`Budget::reset_peak`].
    peak: AtomicUsize,
    /// Bytes returned since [`Budget::take_returned`].
    returned: AtomicUsize,
}

/// A budget has no room for the requested bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Exceeded {
    /// The budget itself is exhausted.
    #[error("memory budget exhausted")]
    Own,
    /// The outer budget is exhausted.
    #[error("total memory budget exhausted")]
    Outer,
}

impl Budget {
    /// A budget of `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self::with(None, limit)
    }

    /// A budget that counts and never rejects.
    #[must_use]
    pub fn unbounded() -> Self {
        Self::new(usize::MAX)
    }

    /// A budget of `limit` bytes that also count in this one.
    #[must_use]
    pub fn within(&self, limit: usize) -> Self {
        Self::with(Some(self.clone()), limit)
    }

    fn with(within: Option<Self>, limit: usize) -> Self {
        Self(Arc::new(Shared {
            within,
            limit: AtomicUsize::new(limit),
            used: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            returned: AtomicUsize::new(0),
        }))
    }

    /// Changes the limit. Bytes that are already held stay held.
    pub fn set_limit(&self, bytes: usize) {
        self.0.limit.store(bytes, Ordering::Relaxed);
    }

    /// Bytes held at present.
    #[must_use]
    pub fn used(&self) -> usize {
        self.0.used.load(Ordering::Relaxed)
    }

    /// Highest number of bytes held since [`Self::reset_peak`].
    #[must_use]
    pub fn peak(&self) -> usize {
        self.0.peak.load(Ordering::Relaxed)
    }

    /// Starts a new peak measurement.
    pub fn reset_peak(&self) {
        self.0.peak.store(self.used(), Ordering::Relaxed);
    }

    /// Bytes returned since the last call, if there are at least `min`. Otherwise they keep
    /// counting.
    pub fn take_returned(&self, min: usize) -> Option<usize> {
        let returned = &self.0.returned;
        (returned.load(Ordering::Relaxed) >= min).then(|| returned.swap(0, Ordering::Relaxed))
    }

    /// Takes `bytes` from the budget.
    ///
    /// # Errors
    /// If the budget or an outer one has no room for them.
    pub fn take(&self, bytes: usize) -> Result<Hold, Exceeded> {
        let mut hold = self.hold();
        hold.grow(bytes).map(|()| hold)
    }

    /// A hold of zero bytes.
    pub fn hold(&self) -> Hold {
        Hold {
            budget: Some(self.clone()),
            bytes: 0,
        }
    }

    fn add(&self, bytes: usize) -> Result<(), Exceeded> {
        let Shared {
            within,
            limit,
            used,
            peak,
            ..
        } = &*self.0;
        let limit = limit.load(Ordering::Relaxed);
        let more = |used: usize| used.checked_add(bytes).filter(|&sum| sum <= limit);
        let before = used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .map_err(|_| Exceeded::Own)?;
        if within
            .as_ref()
            .is_some_and(|outer| outer.add(bytes).is_err())
        {
            used.fetch_sub(bytes, Ordering::Relaxed);
            return Err(Exceeded::Outer);
        }
        peak.fetch_max(before.saturating_add(bytes), Ordering::Relaxed);
        Ok(())
    }

    fn release(&self, bytes: usize) {
        self.0.used.fetch_sub(bytes, Ordering::Relaxed);
        match &self.0.within {
            Some(outer) => outer.release(bytes),
            None => {
                self.0.returned.fetch_add(bytes, Ordering::Relaxed);
            }
        }
    }
}

/// Bytes taken from a [`Budget`], returned when this value is dropped. The default holds zero bytes
/// of no budget and never rejects.
#[derive(Debug, Default)]
#[must_use = "a dropped hold returns its bytes at once"]
pub struct Hold {
    budget: Option<Budget>,
    bytes: usize,
}

impl Hold {
    /// Number of bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes more bytes.
    ///
    /// # Errors
    /// If the budget has no room for them; the bytes held before stay held.
    pub fn grow(&mut self, bytes: usize) -> Result<(), Exceeded> {
        if let (Some(budget), 1..) = (&self.budget, bytes) {
            budget.add(bytes)?;
            self.bytes += bytes;
        }
        Ok(())
    }

    /// Returns bytes until at most `bytes` are held.
    pub fn shrink_to(&mut self, bytes: usize) {
        let surplus = self.bytes.saturating_sub(bytes);
        if let (Some(budget), 1..) = (&self.budget, surplus) {
            budget.release(surplus);
            self.bytes -= surplus;
        }
    }

    /// Attaches the hold to `bytes`: it is released when their last copy is dropped.
    #[must_use]
    pub fn around(self, bytes: impl AsRef<[u8]> + Send + 'static) -> Bytes {
        struct Held<T>(T, #[expect(dead_code, reason = "kept for its Drop")] Hold);
        impl<T: AsRef<[u8]>> AsRef<[u8]> for Held<T> {
            fn as_ref(&self) -> &[u8] {
                self.0.as_ref()
            }
        }
        Bytes::from_owner(Held(bytes, self))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.shrink_to(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn held_bytes_are_bounded_and_released() {
        let budget = Budget::new(10);
        let mut first = budget.take(6).unwrap();
        assert_eq!(budget.take(5).unwrap_err(), Exceeded::Own);
        assert_eq!(budget.used(), 6);
        first.grow(4).unwrap();
        assert_eq!(first.grow(1), Err(Exceeded::Own));
        assert_eq!((first.bytes(), budget.used()), (10, 10));
        first.shrink_to(3);
        first.shrink_to(7);
        assert_eq!((first.bytes(), budget.used()), (3, 3));
        drop(first);
        assert_eq!((budget.used(), budget.peak()), (0, 10));
    }

    #[test]
    fn a_byte_counts_in_the_outer_budget_as_well() {
        let outer = Budget::new(10);
        let (one, other) = (outer.within(8), outer.within(8));
        let hold = one.take(7).unwrap();
        assert_eq!(one.take(2).unwrap_err(), Exceeded::Own);
        assert_eq!(other.take(4).unwrap_err(), Exceeded::Outer);
        assert_eq!((one.used(), other.used(), outer.used()), (7, 0, 7));
        let more = other.take(3).unwrap();
        drop(hold);
        assert_eq!((one.used(), other.used(), outer.used()), (0, 3, 3));
        drop(more);
        assert_eq!(outer.take_returned(11), None);
        assert_eq!(outer.take_returned(10), Some(10));
        assert_eq!(outer.take_returned(1), None);
    }

    #[test]
    fn sizes_near_the_maximum_do_not_overflow() {
        let budget = Budget::unbounded();
        let hold = budget.take(usize::MAX - 1).unwrap();
        assert_eq!(budget.take(2).unwrap_err(), Exceeded::Own);
        drop(hold);
        let mut nobodys = Hold::default();
        assert_eq!(nobodys.grow(usize::MAX), Ok(()));
        assert_eq!(nobodys.bytes(), 0);
    }

    #[test]
    fn last_copy_releases_the_bytes() {
        let budget = Budget::new(10);
        let bytes = budget.take(3).unwrap().around(b"abc".to_vec());
        let part = bytes.slice(1..2);
        drop(bytes);
        assert_eq!((part.as_ref(), budget.used()), (b"b".as_slice(), 3));
        drop(part);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn many_threads_never_hold_more_than_the_limit() {
        let budget = Budget::new(100);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for size in 0..2_000 {
                        let _hold = budget.take(size % 60);
                        assert!(budget.used() <= 100);
                    }
                });
            }
        });
        assert_eq!(budget.used(), 0);
        assert!(budget.peak() <= 100);
        budget.reset_peak();
        assert_eq!(budget.peak(), 0);
    }
}
