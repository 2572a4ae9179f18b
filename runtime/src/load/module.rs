//! A module as machine code, and what it takes to instantiate it many times.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

use super::{LoadError, Loader};
use crate::bundle;
use crate::contract::CollectorPre;
use crate::crew::Crew;
use crate::descriptor::Descriptor;
use crate::files::Files;
use crate::grants::{ImportClass, Interface};
use crate::host::{Accounts, LinkError, LogMinute, Means, State, said};
use crate::instance::{self, Allowance, Instance};
use crate::limits::Limits;
use crate::shown::shown;
use crate::versions;

/// Where a module comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// From the binary itself, under the name that the build gave it.
    Builtin(String),
    /// From a file.
    File(PathBuf),
}

impl Source {
    /// The source as a label: `built-in`, or the path.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Builtin(_) => "built-in".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin(name) => write!(f, "the built-in module {name}"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// What a module imports, and so asks for: an interface, or a function of one where these are
/// granted one by one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import(pub String);

/// A module as machine code. Copies share the code.
#[derive(Clone)]
pub struct Module {
    /// Where it comes from.
    pub source: Source,
    /// SHA-256 of its WebAssembly in hexadecimal.
    pub sha256: String,
    /// Bytes of its WebAssembly; unknown for what is built in.
    pub size: Option<usize>,
    /// What it imports, in alphabetic order.
    pub imports: Vec<Import>,
    code: Code,
}

/// Machine code, and how much of it was looked at.
#[derive(Clone)]
enum Code {
    Loaded {
        component: Component,
        /// As it is asked what it is.
        undecided: CollectorPre<State>,
    },
    /// In the bundle, with what the module said at the build. Of a collector that is switched off
    /// no more is ever read.
    Embedded {
        code: &'static [u8],
        is_packed: bool,
        descriptor: Descriptor,
        /// Made once: code that runs where it lies cannot be loaded twice.
        component: Arc<Mutex<Option<Component>>>,
    },
}

/// The code of a module with what it was granted behind its imports. Copies share it.
#[derive(Clone)]
pub struct Linked(pub(crate) CollectorPre<State>);

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Linked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linked").finish_non_exhaustive()
    }
}

/// What a module has while it says what it is: nobody has granted anything yet, so these give
/// away nothing about the host. Files are closed.
const TO_DESCRIBE: [Interface; 5] = [
    Interface::Metrics,
    Interface::Files,
    Interface::Log,
    Interface::Clocks,
    Interface::Random,
];

impl Module {
    pub(super) fn new(
        loader: &Loader,
        source: Source,
        sha256: String,
        size: Option<usize>,
        component: Component,
    ) -> Result<Self, LoadError> {
        let imports = imports(component.engine(), &component);
        let version = |import: &Import| {
            let (_, version) = versions::of_contract(&import.0)?;
            (!versions::is_served(version)).then(|| version.to_owned())
        };
        if let Some(version) = imports.iter().find_map(version) {
            return Err(LoadError::Contract {
                origin: source,
                version: shown(&version),
            });
        }
        let undecided = link(loader, &source, &component, &BTreeSet::from(TO_DESCRIBE))?;
        Ok(Self {
            source,
            sha256,
            size,
            imports,
            code: Code::Loaded {
                component,
                undecided,
            },
        })
    }

    pub(super) fn builtin(module: &bundle::Module<'static>) -> Self {
        Self {
            source: Source::Builtin(module.name.clone()),
            sha256: module.sha256.clone(),
            size: None,
            imports: module.imports.iter().cloned().map(Import).collect(),
            code: Code::Embedded {
                code: module.code,
                is_packed: module.is_packed,
                descriptor: module.descriptor.clone(),
                component: Arc::default(),
            },
        }
    }

    /// The version of the contract that it was built against: the latest one that it imports.
    #[must_use]
    pub fn contract(&self) -> Option<String> {
        let versions = self.imports.iter().filter_map(|import| {
            let (_, version) = versions::of_contract(&import.0)?;
            Some(version)
        });
        let latest = versions.max_by_key(|version| versions::patch(version));
        latest.map(str::to_owned)
    }

    /// Puts what is granted behind its imports. What is not granted refuses when it is called.
    ///
    /// # Errors
    /// Where it uses something of an interface that this firepit does not have.
    pub fn link(
        &self,
        loader: &Loader,
        granted: &BTreeSet<Interface>,
    ) -> Result<Linked, LoadError> {
        let component = self.component(loader)?;
        link(loader, &self.source, &component, granted).map(Linked)
    }

    fn component(&self, loader: &Loader) -> Result<Component, LoadError> {
        match &self.code {
            Code::Loaded { component, .. } => Ok(component.clone()),
            Code::Embedded {
                code,
                is_packed,
                component,
                ..
            } => {
                let mut component = component.lock().unwrap_or_else(PoisonError::into_inner);
                match &*component {
                    Some(component) => Ok(component.clone()),
                    None => {
                        let code = match is_packed {
                            true => loader.packed(code)?,
                            false => loader.embedded(code)?,
                        };
                        Ok(component.insert(code).clone())
                    }
                }
            }
        }
    }

    /// Asks the module what it is, unless the build did: without files, with little fuel.
    pub(crate) fn describe(
        &self,
        limits: &Arc<Limits>,
        crew: &Crew,
    ) -> Result<Descriptor, LoadError> {
        let descriptor = match &self.code {
            Code::Loaded { undecided, .. } => self.ask(undecided, limits, crew)?,
            Code::Embedded { descriptor, .. } => descriptor.clone(),
        };
        descriptor.check().map_err(|source| LoadError::Descriptor {
            origin: self.source.clone(),
            source,
        })
    }

    fn ask(
        &self,
        undecided: &CollectorPre<State>,
        limits: &Arc<Limits>,
        crew: &Crew,
    ) -> Result<Descriptor, LoadError> {
        let allowance = Allowance {
            fuel: limits.describe_fuel,
            deadline: Instant::now() + limits.deadline,
            cpu: None,
            watchdog: &crew.watchdog,
        };
        let budget = crew.room.of_instance(&self.source);
        let name: Arc<str> = self.source.to_string().into();
        let files = Files::closed(limits);
        // Nothing of it is linked yet.
        let means = Arc::new(Means::new(None));
        let accounts = Accounts {
            minute: Arc::new(LogMinute::new(limits)),
            budget,
        };
        Instance::new(undecided, &name, limits, files, &means, accounts, allowance)
            .map_err(|none| none.failure)
            .and_then(|mut instance| instance.describe(allowance))
            .map_err(|source| LoadError::Describe {
                origin: self.source.clone(),
                source,
            })
    }
}

fn link(
    loader: &Loader,
    source: &Source,
    component: &Component,
    granted: &BTreeSet<Interface>,
) -> Result<CollectorPre<State>, LoadError> {
    let origin = || source.clone();
    let linked = (loader.linkers(component.engine())).link(component, granted);
    let linked = linked.map_err(|error| match error {
        LinkError::Later { what, version } => LoadError::Newer {
            origin: origin(),
            what,
            version,
        },
        source => LoadError::Link {
            origin: origin(),
            source,
        },
    })?;
    instance::prepare(linked).map_err(|error| LoadError::Exports {
        origin: origin(),
        what: said(&error),
    })
}

/// What a component imports, by name.
fn imports(engine: &Engine, component: &Component) -> Vec<Import> {
    let component_type = component.component_type();
    let mut imports = Vec::new();
    for (name, item) in component_type.imports(engine) {
        match (ImportClass::of(name), item.ty) {
            (ImportClass::System, ComponentItem::ComponentInstance(system)) => {
                let functions = system.exports(engine).filter_map(|(function, item)| {
                    let is_function = matches!(item.ty, ComponentItem::ComponentFunc(_));
                    is_function.then(|| Import(format!("{name}#{function}")))
                });
                imports.extend(functions);
            }
            _ => imports.push(Import(name.to_owned())),
        }
    }
    imports.sort();
    imports
}
