//! A module as machine code, ready to be instantiated many times.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

use super::{LoadError, Loader};
use crate::budget::Budget;
use crate::contract::CollectorPre;
use crate::contract::versions;
use crate::descriptor::Descriptor;
use crate::grants::{ImportClass, Interface};
use crate::host::{Access, Accounts, LinkError, LogMinute, Resources, State, engine_message};
use crate::instance::{self, Allowance, Instance};
use crate::limits::Limits;
use crate::module::bundle;
use crate::watchdog::Watchdog;
use firepit_exposition::escape::quoted;

/// The source of a module.
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

/// An import of a module: an interface, or a function of an interface whose functions are granted
/// one by one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import(pub String);

/// A module as machine code. Clones share the code.
#[derive(Clone)]
pub struct Module {
    /// Its source.
    pub source: Source,
    /// SHA-256 of its WebAssembly in hexadecimal.
    pub sha256: String,
    /// Bytes of its WebAssembly; unknown for built-in modules.
    pub size: Option<usize>,
    /// Its imports, in alphabetic order.
    pub imports: Vec<Import>,
    code: Code,
}

/// Machine code, loaded or not.
#[derive(Clone)]
enum Code {
    Loaded {
        component: Component,
        /// Linked for `describe`.
        describe_pre: CollectorPre<State>,
    },
    /// In the bundle, with the descriptor from the build. The code of a disabled collector is never
    /// read.
    Embedded {
        code: &'static [u8],
        /// Of packed code.
        dictionary: Option<&'static [u8]>,
        descriptor: Descriptor,
        /// Loaded once: code that runs in place cannot be loaded twice.
        component: Arc<Mutex<Option<Component>>>,
    },
}

/// The code of a module, linked with what it was granted. Clones share it.
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

/// Interfaces of a module during `describe`: nothing is granted yet, and these reveal nothing about
/// the host. Files are closed.
const DESCRIBE_INTERFACES: [Interface; 5] = [
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
                version: quoted(&version),
            });
        }
        let describe_pre = link(
            loader,
            &source,
            &component,
            &BTreeSet::from(DESCRIBE_INTERFACES),
        )?;
        Ok(Self {
            source,
            sha256,
            size,
            imports,
            code: Code::Loaded {
                component,
                describe_pre,
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
                dictionary: module.is_packed.then_some(module.dictionary),
                descriptor: module.descriptor.clone(),
                component: Arc::default(),
            },
        }
    }

    /// The version of the contract that it was built against: the latest one among its imports.
    #[must_use]
    pub fn contract(&self) -> Option<String> {
        let versions = self.imports.iter().filter_map(|import| {
            let (_, version) = versions::of_contract(&import.0)?;
            Some(version)
        });
        let latest = versions.max_by_key(|version| versions::patch(version));
        latest.map(str::to_owned)
    }

    /// Links its imports with what is granted. A call of a function that is not granted fails.
    ///
    /// # Errors
    /// If it uses a part of an interface that this firepit does not have.
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
                dictionary,
                component,
                ..
            } => {
                let mut component = component.lock().unwrap_or_else(PoisonError::into_inner);
                match &*component {
                    Some(component) => Ok(component.clone()),
                    None => {
                        let code = match dictionary {
                            Some(dictionary) => loader.packed(code, dictionary)?,
                            None => loader.embedded(code)?,
                        };
                        Ok(component.insert(code).clone())
                    }
                }
            }
        }
    }

    /// Calls `describe`, unless the build did: without files, with little fuel. Its memory counts
    /// in `budget`.
    ///
    /// # Errors
    /// If the call fails, or the descriptor breaks a rule of the contract.
    pub(crate) fn describe(
        &self,
        limits: &Arc<Limits>,
        watchdog: &Watchdog,
        budget: Budget,
    ) -> Result<Descriptor, LoadError> {
        let descriptor = match &self.code {
            Code::Loaded { describe_pre, .. } => {
                self.call_describe(describe_pre, limits, watchdog, budget)?
            }
            Code::Embedded { descriptor, .. } => descriptor.clone(),
        };
        descriptor.check().map_err(|source| LoadError::Descriptor {
            origin: self.source.clone(),
            source,
        })
    }

    fn call_describe(
        &self,
        describe_pre: &CollectorPre<State>,
        limits: &Arc<Limits>,
        watchdog: &Watchdog,
        budget: Budget,
    ) -> Result<Descriptor, LoadError> {
        let allowance = Allowance {
            fuel: limits.describe_fuel,
            deadline: Instant::now() + limits.deadline,
            cpu: None,
            watchdog,
        };
        let name: Arc<str> = self.source.to_string().into();
        // None of them is linked yet.
        let resources = Arc::new(Resources::new(None));
        let access = Access::closed(limits, &resources);
        let accounts = Accounts {
            minute: Arc::new(LogMinute::new(limits)),
            budget,
        };
        Instance::new(
            describe_pre,
            &name,
            limits,
            access,
            &resources,
            accounts,
            allowance,
        )
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
    let linkers = loader.linkers(component.engine());
    let linked = linkers.link(component, granted);
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
        what: engine_message(&error),
    })
}

/// The imports of a component, by name.
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
