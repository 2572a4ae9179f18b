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
use std::ptr::NonNull;
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

    /// A module of the bundle inside of this binary. Its code is looked at when it is linked, and a
    /// process may load it once: it runs where it lies.
    #[must_use]
    pub fn builtin(&self, module: &bundle::Module<'static>) -> Module {
        Module::builtin(module)
    }

    /// Code of the bundle, where it lies if that can be.
    fn embedded(&self, code: &'static [u8]) -> Result<Component, LoadError> {
        let is_aligned = code.as_ptr().addr().is_multiple_of(bundle::ALIGNMENT);
        // SAFETY: the bytes are part of this binary, put there by its build, which made them with
        // `Engine::precompile_component`; wasmtime itself checks that version and settings fit.
        // They are borrowed for good and nobody may write to them, as using them in place demands.
        let component = unsafe {
            match engine::IN_PLACE && is_aligned {
                true => Component::deserialize_raw(&self.engine, NonNull::from(code)),
                false => Component::deserialize(&self.engine, code),
            }
        };
        component.map_err(LoadError::Engine)
    }

    /// Code of the bundle that is packed there.
    fn packed(&self, code: &[u8]) -> Result<Component, LoadError> {
        let code = bundle::unpack(code)?;
        // SAFETY: as in `embedded`, but for the place.
        unsafe { Component::deserialize(&self.engine, &code) }.map_err(LoadError::Engine)
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

    /// Compiles a file for the bundle of another build.
    ///
    /// # Errors
    /// As [`Self::file`].
    pub fn precompile(&self, path: &Path) -> Result<(Module, Vec<u8>), LoadError> {
        let wasm = Wasm::read(path, None)?;
        let code = self.compile(&wasm)?;
        let component = self.own(&code)?;
        let source = Source::File(wasm.path.clone());
        let module = Module::new(self, source, wasm.sha256.clone(), None, component)?;
        Ok((module, code))
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
        let code = self.compile(wasm)?;
        if let Some(cache) = &self.cache {
            cache.put(&wasm.sha256, &code);
        }
        self.own(&code)
    }

    fn compile(&self, wasm: &Wasm) -> Result<Vec<u8>, LoadError> {
        let code = self.compiler.compile(&self.engine, wasm.bytes());
        code.map_err(|source| LoadError::Compile {
            origin: Source::File(wasm.path.clone()),
            source,
        })
    }

    /// Code that [`Self::compile`] made a moment before.
    fn own(&self, code: &[u8]) -> Result<Component, LoadError> {
        // SAFETY: these bytes come from `Engine::precompile_component`, called by this program: in
        // this process, or in another one of the same binary that takes no orders from the module.
        unsafe { Component::deserialize(&self.engine, code) }.map_err(LoadError::Engine)
    }
}
