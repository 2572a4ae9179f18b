//! A module that said what it is.

use std::sync::Arc;

use crate::crew::Crew;
use crate::descriptor::Descriptor;
use crate::limits::Limits;
use crate::load::{LoadError, Module};

/// A module, and what it says of itself.
#[derive(Debug)]
pub struct Loaded {
    /// Its machine code, and where that comes from.
    pub module: Module,
    /// What it says of itself.
    pub descriptor: Descriptor,
}

impl Loaded {
    /// Asks a module what it is, in the sandbox, without files.
    ///
    /// # Errors
    /// Where it does not say, or breaks a rule of the contract.
    pub fn new(module: Module, limits: &Arc<Limits>, crew: &Crew) -> Result<Self, LoadError> {
        let descriptor = module.describe(limits, crew)?;
        Ok(Self { module, descriptor })
    }

    /// Whether two are the same content under the same name.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.module.sha256 == other.module.sha256
            && self.descriptor.name == other.descriptor.name
            && self.module.source == other.module.source
    }
}
