//! Memory use of all modules and all pages together.

use super::single;
use crate::memory::MemoryBudgets;
use firepit_exposition::record::{Family, Samples};

/// The families about shared memory budgets.
pub(crate) fn memory_families(budgets: &MemoryBudgets) -> Vec<Family> {
    let gauge = |name, help, bytes: usize| single(name, help, Samples::Gauge, &[], bytes as f64);
    vec![
        gauge(
            "firepit_modules_memory_bytes",
            "Memory of all collectors that are not built in, in bytes: memories and tables of their \
             instances, content behind their handles, and emitted metrics.",
            budgets.modules_bytes(),
        ),
        gauge(
            "firepit_pages_in_flight_bytes",
            "Memory of all pages in flight, in bytes: pages in preparation, and pages that clients \
             have not read yet.",
            budgets.pages_bytes(),
        ),
    ]
}
