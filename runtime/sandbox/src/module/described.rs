//! A module with its descriptor.

use std::sync::Arc;

use super::{LoadError, Module};
use crate::budget::Budget;
use crate::descriptor::Descriptor;
use crate::limits::Limits;
use crate::watchdog::Watchdog;

/// A module with its descriptor.
#[derive(Debug)]
pub struct Described {
    /// Its machine code, and its source.
    pub module: Module,
    /// Its descriptor.
    pub descriptor: Descriptor,
}

impl Described {
    /// Calls `describe` of a module, in the sandbox, without files. Its memory counts in `budget`
    /// meanwhile.
    ///
    /// # Errors
    /// If the call fails, or the descriptor breaks a rule of the contract.
    pub fn new(
        module: Module,
        limits: &Arc<Limits>,
        watchdog: &Watchdog,
        budget: Budget,
    ) -> Result<Self, LoadError> {
        let descriptor = module.describe(limits, watchdog, budget)?;
        Ok(Self { module, descriptor })
    }

    /// Whether both have the same content, source and name.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.module.sha256 == other.module.sha256
            && self.descriptor.name == other.descriptor.name
            && self.module.source == other.module.source
    }
}
