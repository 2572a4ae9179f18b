//! A module as machine code, ready to be instantiated many times.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use wasmtime::Engine;
use wasmtime::component::Component;

use super::LoadError;
use crate::contract::CollectorPre;
use crate::descriptor::Descriptor;
use crate::files::Files;
use crate::host::State;
use crate::instance::{Allowance, Instance};
use crate::limits::Limits;
use crate::watchdog::Watchdog;

/// Where a module comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// From the binary itself, under the name that the build gave it.
    Builtin(String),
    /// From a file.
    File(PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin(name) => write!(f, "the built-in module {name}"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// An interface that a module imports: what it asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import(pub String);

/// A module as machine code.
pub struct Module {
    /// Where it comes from.
    pub source: Source,
    /// SHA-256 of its WebAssembly in hexadecimal.
    pub sha256: String,
    /// Bytes of its WebAssembly; unknown for what is built in.
    pub size: Option<usize>,
    /// What it imports, in alphabetic order.
    pub imports: Vec<Import>,
    pub(crate) pre: CollectorPre<State>,
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl Module {
    pub(super) fn new(
        source: Source,
        sha256: String,
        size: Option<usize>,
        imports: Vec<Import>,
        pre: CollectorPre<State>,
    ) -> Self {
        Self {
            source,
            sha256,
            size,
            imports,
            pre,
        }
    }

    /// Asks the module what it is: without files, with little fuel.
    pub(crate) fn describe(
        &self,
        limits: &Arc<Limits>,
        watchdog: &Watchdog,
    ) -> Result<Descriptor, LoadError> {
        let allowance = Allowance {
            fuel: limits.describe_fuel,
            deadline: Instant::now() + limits.deadline,
            watchdog,
        };
        let name: Arc<str> = self.source.to_string().into();
        let descriptor = Instance::new(&self.pre, &name, limits, Files::closed(limits), allowance)
            .and_then(|mut instance| instance.describe(allowance));
        let descriptor = descriptor.map_err(|source| LoadError::Describe {
            origin: self.source.clone(),
            source,
        })?;
        descriptor.check().map_err(|source| LoadError::Descriptor {
            origin: self.source.clone(),
            source,
        })
    }
}

/// What a component imports, by name.
pub(super) fn imports(engine: &Engine, component: &Component) -> Vec<Import> {
    let component_type = component.component_type();
    let imports = component_type.imports(engine);
    let mut imports: Vec<Import> = imports.map(|(name, _)| Import(name.to_owned())).collect();
    imports.sort();
    imports
}
