//! Limits on memories, tables and instances. Exceeding a limit ends the call at once, so that the
//! reason is known; a guest whose allocation merely failed would crash some instructions later.

use wasmtime::ResourceLimiter;

use super::stop;
use crate::budget::{Budget, Hold};
use crate::failure::Failure;
use crate::limits::Limits;

/// Maximum bytes of a table element.
const ELEMENT: usize = 16;

/// Counts the memories and tables of one instance.
pub(super) struct Memory {
    held: Hold,
    memory_bytes: usize,
    memory_limit: usize,
    table_elements: usize,
    table_limit: usize,
    instances: usize,
    memories: usize,
}

impl Memory {
    /// Empty counters. Memory is counted in `budget` as well.
    pub(super) fn new(limits: &Limits, budget: &Budget) -> Self {
        Self {
            held: budget.hold(),
            memory_bytes: 0,
            memory_limit: limits.memory_bytes,
            table_elements: 0,
            table_limit: limits.table_elements,
            instances: limits.instances,
            memories: limits.memories,
        }
    }

    /// Counts bytes of the host's memory.
    fn hold(&mut self, bytes: usize) -> wasmtime::Result<()> {
        self.held
            .grow(bytes)
            .map_err(|_| stop(Failure::TotalMemory))
    }
}

/// The new total, if it is within the limit.
fn grown(total: usize, current: usize, desired: usize, limit: usize) -> Option<usize> {
    let total = total.checked_add(desired.saturating_sub(current))?;
    (total <= limit).then_some(total)
}

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // A memory cannot grow beyond its own maximum. That is not an error.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let total = grown(self.memory_bytes, current, desired, self.memory_limit);
        self.memory_bytes = total.ok_or_else(|| stop(Failure::Memory("memory")))?;
        self.hold(desired.saturating_sub(current))?;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let total = grown(self.table_elements, current, desired, self.table_limit);
        self.table_elements = total.ok_or_else(|| stop(Failure::Memory("table elements")))?;
        let bytes = desired.saturating_sub(current).saturating_mul(ELEMENT);
        self.hold(bytes)?;
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.instances
    }

    fn memories(&self) -> usize {
        self.memories
    }
}
