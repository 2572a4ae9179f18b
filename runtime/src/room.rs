//! What all modules and all pages together may take of memory. One per program.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::budget::{Budget, Exceeded, Hold};
use crate::heap;
use crate::limits::TotalLimits;
use crate::load::Source;

/// Memory of modules that was given back, after which the allocator is asked to give it back too.
const MUCH: usize = 32 << 20;

/// The budgets that all collectors and all scrapes share.
#[derive(Debug)]
pub struct Room {
    modules: Budget,
    pages: Budget,
    page_bytes: AtomicUsize,
    /// Length of the last page.
    last_page: AtomicUsize,
}

impl Default for Room {
    fn default() -> Self {
        let TotalLimits {
            modules_bytes,
            page_bytes,
            in_flight_bytes,
        } = TotalLimits::default();
        Self {
            modules: Budget::new(modules_bytes),
            pages: Budget::new(in_flight_bytes),
            page_bytes: AtomicUsize::new(page_bytes),
            last_page: AtomicUsize::new(0),
        }
    }
}

impl Room {
    /// Sets what the command line says.
    pub fn set(&self, limits: &TotalLimits) {
        self.modules.set_limit(limits.modules_bytes);
        self.pages.set_limit(limits.in_flight_bytes);
        (self.page_bytes).store(limits.page_bytes, Ordering::Relaxed);
    }

    /// A budget for one instance of a module. What is built in is counted for itself alone: others
    /// cannot take its memory away.
    pub(crate) fn of_instance(&self, source: &Source) -> Budget {
        match source {
            Source::Builtin(_) => Budget::unbounded(),
            Source::File(_) => self.modules.within(usize::MAX),
        }
    }

    /// Bytes that are held for all modules that are not built in.
    pub(crate) fn modules_bytes(&self) -> usize {
        self.modules.used()
    }

    /// Bytes of all pages that are made and that nobody took yet.
    pub(crate) fn pages_bytes(&self) -> usize {
        self.pages.used()
    }

    /// Bytes that one page may have.
    pub(crate) fn page_limit(&self) -> usize {
        self.page_bytes.load(Ordering::Relaxed)
    }

    /// Takes the room for a page before anything is done for it: as much as the last one had.
    pub(crate) fn for_page(&self) -> Result<Hold, Exceeded> {
        self.pages.take(self.last_page.load(Ordering::Relaxed))
    }

    /// Notes how long a page became.
    pub(crate) fn note_page(&self, bytes: usize) {
        self.last_page.store(bytes, Ordering::Relaxed);
    }

    /// Gives much memory back to the system, where modules gave much back. The allocator alone keeps
    /// what lies between pieces that are still in use.
    pub(crate) fn tidy(&self) {
        if self.modules.take_returned(MUCH).is_some() {
            heap::trim();
        }
    }
}
