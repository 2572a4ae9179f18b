//! Memory budgets for all modules and all responses together. One set per program.

pub mod heap;

use std::sync::atomic::{AtomicUsize, Ordering};

use firepit_sandbox::budget::{Budget, Exceeded, Hold};
use firepit_sandbox::module::Source;

/// Memory limits for all collectors and all responses together, for the whole program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TotalLimits {
    /// Maximum bytes of all third-party modules: memories and tables of their instances, files and
    /// listings of their handles, host answers on their way to them, and families that wait for their
    /// response.
    pub modules_bytes: usize,
    /// Maximum bytes of one response.
    pub page_bytes: usize,
    /// Maximum bytes of all responses that are being built or not yet sent. At least those of one
    /// response.
    pub in_flight_bytes: usize,
}

impl Default for TotalLimits {
    fn default() -> Self {
        Self {
            modules_bytes: 256 << 20,
            page_bytes: 64 << 20,
            in_flight_bytes: 128 << 20,
        }
    }
}

/// Memory released by modules after which the allocator is told to return free memory to the system.
const TRIM_AFTER: usize = 32 << 20;

/// The budgets that all collectors and all scrapes share.
#[derive(Debug)]
pub struct MemoryBudgets {
    modules: Budget,
    pages: Budget,
    page_bytes: AtomicUsize,
    /// Length of the last response.
    last_page: AtomicUsize,
}

impl Default for MemoryBudgets {
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

impl MemoryBudgets {
    /// Applies the limits of the command line.
    pub fn set(&self, limits: &TotalLimits) {
        self.modules.set_limit(limits.modules_bytes);
        self.pages.set_limit(limits.in_flight_bytes);
        self.page_bytes.store(limits.page_bytes, Ordering::Relaxed);
    }

    /// The budget that all instances of a module are charged to. A built-in collector has none, so that
    /// others cannot take its memory.
    pub(crate) fn of_module(&self, source: &Source) -> Option<Budget> {
        match source {
            Source::Builtin(_) => None,
            Source::File(_) => Some(self.modules.clone()),
        }
    }

    /// Bytes that are held for all third-party modules.
    pub(crate) fn modules_bytes(&self) -> usize {
        self.modules.used()
    }

    /// Bytes of all responses that are built and not yet sent.
    pub(crate) fn pages_bytes(&self) -> usize {
        self.pages.used()
    }

    /// Maximum bytes of one response.
    pub(crate) fn page_limit(&self) -> usize {
        self.page_bytes.load(Ordering::Relaxed)
    }

    /// Reserves the memory for a response before work on it starts: as much as the last one had.
    pub(crate) fn for_page(&self) -> Result<Hold, Exceeded> {
        self.pages.take(self.last_page.load(Ordering::Relaxed))
    }

    /// Records the length of a response.
    pub(crate) fn note_page(&self, bytes: usize) {
        self.last_page.store(bytes, Ordering::Relaxed);
    }

    /// Returns free memory to the system if modules released much. The allocator on its own keeps free
    /// memory between blocks that are in use.
    pub(crate) fn tidy(&self) {
        if self.modules.take_returned(TRIM_AFTER).is_some() {
            heap::trim();
        }
    }
}
