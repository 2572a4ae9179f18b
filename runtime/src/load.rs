//! From a file, or from the binary itself, to a module that can be instantiated.
//!
//! Machine code is only ever taken from three places: the bundle inside of this binary, the
//! private cache that this program wrote itself, and its own compiler. Everything else is
//! WebAssembly and is compiled, by default in a process of its own with bounds that hold.

mod cache;
mod child;
mod compile;
mod error;
mod frame;
mod module;
mod read;

use std::path::Path;
use std::sync::Arc;

use wasmtime::Engine;
use wasmtime::component::Component;

pub use self::cache::{Cache, CacheError};
pub use self::child::compile_child;
pub use self::compile::{CompileError, CompileLimits, Compiler};
pub use self::error::LoadError;
pub use self::module::{Import, Linked, Module, Source};
pub use self::read::Wasm;
pub use crate::host::LinkError;
use crate::host::Linkers;
use crate::{bundle, engine};

/// Turns modules into machine code, or takes it from where it already is.
#[derive(Clone)]
pub struct Loader {
    engine: Engine,
    linkers: Arc<Linkers>,
    compiler: Compiler,
    cache: Option<Arc<Cache>>,
}

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader").finish_non_exhaustive()
    }
}

impl Loader {
    /// Makes an engine. What is compiled is compiled by `compiler`, and kept in `cache`.
    ///
    /// # Errors
    /// Where the engine does not run on this machine.
    pub fn new(cache: Option<Cache>, compiler: Compiler) -> Result<Self, LoadError> {
        let engine = engine::engine().map_err(LoadError::Engine)?;
        Ok(Self {
            linkers: Arc::new(Linkers::new(&engine)),
            engine,
            compiler,
            cache: cache.map(Arc::new),
        })
    }

    /// The engine, for its epoch.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What modules may import.
    fn linkers(&self) -> &Linkers {
        &self.linkers
    }

    /// A module of the bundle inside of this binary.
    ///
    /// # Errors
    /// Where the bundle was made for another engine than this one.
    pub fn builtin(&self, module: &bundle::Module<'_>) -> Result<Module, LoadError> {
        // SAFETY: the bytes are part of this binary, put there by its build, which made them with
        // `Engine::precompile_component`; wasmtime itself checks that version and settings fit.
        let component = unsafe { Component::deserialize(&self.engine, module.code) };
        let component = component.map_err(LoadError::Engine)?;
        let source = Source::Builtin(module.name.to_owned());
        Module::new(self, source, module.sha256.to_owned(), None, component)
    }

    /// A WebAssembly file. `pinned` is the SHA-256 in hexadecimal that it has to have.
    ///
    /// # Errors
    /// Where it cannot be read, is another one, is no collector, or does not compile.
    pub fn file(&self, path: &Path, pinned: Option<&str>) -> Result<Module, LoadError> {
        self.module(&Wasm::read(path, pinned)?)
    }

    /// What was read of a file.
    ///
    /// # Errors
    /// Where it does not compile, or is no collector.
    pub fn module(&self, wasm: &Wasm) -> Result<Module, LoadError> {
        let source = Source::File(wasm.path.clone());
        let component = self.component(wasm)?;
        let size = Some(wasm.bytes().len());
        Module::new(self, source, wasm.sha256.clone(), size, component)
    }

    fn component(&self, wasm: &Wasm) -> Result<Component, LoadError> {
        if let Some(code) = self.cache.as_ref().and_then(|kept| kept.get(&wasm.sha256)) {
            // SAFETY: the cache is a directory that nobody else may write to, it gives out only
            // what carries the digest that this program wrote, and wasmtime itself checks that
            // version and settings fit.
            if let Ok(component) = unsafe { Component::deserialize(&self.engine, &code) } {
                return Ok(component);
            }
        }
        let code = self.compiler.compile(&self.engine, wasm.bytes());
        let code = code.map_err(|source| LoadError::Compile {
            origin: Source::File(wasm.path.clone()),
            source,
        })?;
        if let Some(cache) = &self.cache {
            cache.put(&wasm.sha256, &code);
        }
        // SAFETY: these bytes come from `Engine::precompile_component`, called by this program: in
        // this process, or in another one of the same binary that takes no orders from the module.
        unsafe { Component::deserialize(&self.engine, &code) }.map_err(LoadError::Engine)
    }
}

/// Compiles WebAssembly for the bundle of another build.
///
/// # Errors
/// Where it is no component or does not compile.
pub fn precompile(path: &Path) -> Result<(String, Vec<u8>), LoadError> {
    let engine = engine::engine().map_err(LoadError::Engine)?;
    let wasm = Wasm::read(path, None)?;
    let code = Compiler::InProcess.compile(&engine, wasm.bytes());
    let code = code.map_err(|source| LoadError::Compile {
        origin: Source::File(path.to_owned()),
        source,
    })?;
    Ok((wasm.sha256, code))
}
