//! From a file, or from the binary itself, to a module that can be instantiated.
//!
//! Machine code is only ever taken from two places: the bundle inside of this binary, and the
//! private cache that this program wrote itself. Everything else is WebAssembly and is compiled.

mod cache;
mod module;
mod read;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

pub use self::cache::{Cache, CacheError};
pub use self::module::{Import, Module, Source};
use crate::descriptor::DescriptorError;
use crate::failure::Failure;
use crate::host::{self, State};
use crate::registry::DuplicateName;
use crate::{bundle, engine, instance};

/// Why a module cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Something else than a regular file.
    #[error("{0} is not a regular file")]
    NotAFile(PathBuf),
    /// The file is longer than any module may be.
    #[error("{path} has more than {limit} bytes, the most that a module may have")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most bytes allowed.
        limit: u64,
    },
    /// No WebAssembly at all.
    #[error("{0} is not WebAssembly")]
    NotWasm(Source),
    /// A core module.
    #[error(
        "{0} is a core WebAssembly module and not a component: build it for the target wasm32-wasip2, \
         or wrap it with `wasm-tools component new`"
    )]
    CoreModule(Source),
    /// It does not compile.
    #[error("{origin} does not compile")]
    Compile {
        /// Which module.
        origin: Source,
        /// The compiler's message.
        #[source]
        source: wasmtime::Error,
    },
    /// It imports what this host does not give, or lacks the exports of a collector.
    #[error("{origin} is not a collector that this firepit can run")]
    Link {
        /// Which module.
        origin: Source,
        /// What is missing.
        #[source]
        source: wasmtime::Error,
    },
    /// It does not say what it is.
    #[error("{origin} does not describe itself")]
    Describe {
        /// Which module.
        origin: Source,
        /// How the call ended.
        #[source]
        source: Failure,
    },
    /// What it says of itself breaks a rule.
    #[error("{origin} describes itself wrongly")]
    Descriptor {
        /// Which module.
        origin: Source,
        /// The rule.
        #[source]
        source: DescriptorError,
    },
    /// Another collector has its name.
    #[error(transparent)]
    Duplicate(#[from] DuplicateName),
    /// The engine does not run on this machine.
    #[error("the WebAssembly engine does not run on this machine")]
    Engine(#[source] wasmtime::Error),
}

/// Turns modules into machine code, or takes it from where it already is.
#[derive(Clone)]
pub struct Loader {
    engine: Engine,
    linker: Arc<Linker<State>>,
    cache: Option<Arc<Cache>>,
}

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader").finish_non_exhaustive()
    }
}

impl Loader {
    /// Makes an engine and everything that guests may import.
    ///
    /// # Errors
    /// Where the engine does not run on this machine.
    pub fn new(cache: Option<Cache>) -> Result<Self, LoadError> {
        let engine = engine::engine().map_err(LoadError::Engine)?;
        let linker = host::linker(&engine).map_err(LoadError::Engine)?;
        Ok(Self {
            engine,
            linker: Arc::new(linker),
            cache: cache.map(Arc::new),
        })
    }

    /// The engine, for its epoch.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A module of the bundle inside of this binary.
    ///
    /// # Errors
    /// Where the bundle was made for another engine than this one.
    pub fn builtin(&self, module: &bundle::Module<'_>) -> Result<Module, LoadError> {
        let source = Source::Builtin(module.name.to_owned());
        // SAFETY: the bytes are part of this binary, put there by its build, which made them with
        // `Engine::precompile_component`; wasmtime itself checks that version and settings fit.
        let component = unsafe { Component::deserialize(&self.engine, module.code) };
        let component = component.map_err(|error| LoadError::Compile {
            origin: source.clone(),
            source: error,
        })?;
        self.link(source, module.sha256.to_owned(), None, &component)
    }

    /// A WebAssembly file.
    ///
    /// # Errors
    /// Where it cannot be read, is no collector, or does not compile.
    pub fn file(&self, path: &Path) -> Result<Module, LoadError> {
        let wasm = read::component(path)?;
        let source = Source::File(path.to_owned());
        let sha256 = read::sha256(&wasm);
        let component = self
            .component(&wasm, &sha256)
            .map_err(|error| LoadError::Compile {
                origin: source.clone(),
                source: error,
            })?;
        self.link(source, sha256, Some(wasm.len()), &component)
    }

    fn component(&self, wasm: &[u8], sha256: &str) -> wasmtime::Result<Component> {
        let Some(cache) = &self.cache else {
            return Component::from_binary(&self.engine, wasm);
        };
        if let Some(code) = cache.get(sha256) {
            // SAFETY: the cache is a directory that nobody else may write to, it gives out only
            // what carries the digest that this program wrote, and wasmtime itself checks that
            // version and settings fit.
            if let Ok(component) = unsafe { Component::deserialize(&self.engine, &code) } {
                return Ok(component);
            }
        }
        let code = self.engine.precompile_component(wasm)?;
        if let Err(error) = cache.put(sha256, &code) {
            tracing::warn!(%error, "cannot keep a compiled module; it will be compiled again");
        }
        // SAFETY: these bytes come from `Engine::precompile_component` of this very engine.
        unsafe { Component::deserialize(&self.engine, &code) }
    }

    fn link(
        &self,
        source: Source,
        sha256: String,
        size: Option<usize>,
        component: &Component,
    ) -> Result<Module, LoadError> {
        let imports = module::imports(&self.engine, component);
        let pre = self.linker.instantiate_pre(component);
        let pre = pre
            .and_then(instance::prepare)
            .map_err(|error| LoadError::Link {
                origin: source.clone(),
                source: error,
            })?;
        Ok(Module::new(source, sha256, size, imports, pre))
    }
}

/// Compiles WebAssembly for the bundle of another build.
///
/// # Errors
/// Where it is no component or does not compile.
pub fn precompile(path: &Path) -> Result<(String, Vec<u8>), LoadError> {
    let engine = engine::engine().map_err(LoadError::Engine)?;
    let wasm = read::component(path)?;
    let code = (engine.precompile_component(&wasm)).map_err(|error| LoadError::Compile {
        origin: Source::File(path.to_owned()),
        source: error,
    })?;
    Ok((read::sha256(&wasm), code))
}
