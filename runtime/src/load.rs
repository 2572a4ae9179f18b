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
mod remembered;
mod usage;

use std::path::Path;
use std::ptr::NonNull;
use std::sync::{Arc, OnceLock};

use wasmtime::Engine;
use wasmtime::component::Component;

pub use self::cache::{Cache, CacheError};
pub use self::child::compile_child;
pub use self::compile::{CompileError, CompileLimits, Compiler};
pub use self::error::LoadError;
pub use self::module::{Import, Linked, Module, Source};
pub use self::read::Wasm;
use self::remembered::Remembered;
pub use self::usage::CompilerUsage;
use self::usage::Spent;
pub use crate::host::LinkError;
use crate::host::Linkers;
use crate::{bundle, engine};

/// Turns modules into machine code, or takes it from where it already is.
#[derive(Clone)]
pub struct Loader {
    own: Side,
    /// Made once there is a module from a file: most programs have none.
    strangers: Arc<OnceLock<Side>>,
    compiler: Compiler,
    cache: Option<Arc<Cache>>,
    remembered: Arc<Remembered>,
    spent: Arc<Spent>,
}

/// An engine, and what modules may import there.
#[derive(Clone)]
struct Side {
    engine: Engine,
    linkers: Arc<Linkers>,
}

impl Side {
    fn new(engine: Engine) -> Self {
        Self {
            linkers: Arc::new(Linkers::new(&engine)),
            engine,
        }
    }
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
        let cache = cache.map(Arc::new);
        Ok(Self {
            own: Side::new(engine::engine().map_err(LoadError::Engine)?),
            strangers: Arc::default(),
            compiler,
            remembered: Arc::new(Remembered::new(cache.clone())),
            cache,
            spent: Arc::default(),
        })
    }

    /// Something that advances the epoch of all engines when it is called.
    pub(crate) fn epochs(&self) -> impl Fn() + Send + 'static {
        let (own, strangers) = (self.own.engine.clone(), Arc::clone(&self.strangers));
        move || {
            own.increment_epoch();
            if let Some(strangers) = strangers.get() {
                strangers.engine.increment_epoch();
            }
        }
    }

    /// What compilers used so far.
    #[must_use]
    pub fn compiler_usage(&self) -> CompilerUsage {
        self.spent.so_far()
    }

    /// The engine of modules from files.
    fn strangers(&self) -> Result<&Side, LoadError> {
        if let Some(side) = self.strangers.get() {
            return Ok(side);
        }
        let side = Side::new(engine::strangers().map_err(LoadError::Engine)?);
        // Where two threads come here at once, the first one's is used by both.
        Ok(self.strangers.get_or_init(|| side))
    }

    /// What modules of an engine may import.
    fn linkers(&self, engine: &Engine) -> &Linkers {
        match self.strangers.get() {
            Some(strangers) if Engine::same(engine, &strangers.engine) => &strangers.linkers,
            _ => &self.own.linkers,
        }
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
                true => Component::deserialize_raw(&self.own.engine, NonNull::from(code)),
                false => Component::deserialize(&self.own.engine, code),
            }
        };
        component.map_err(LoadError::Engine)
    }

    /// Code of the bundle that is packed there.
    fn packed(&self, code: &[u8]) -> Result<Component, LoadError> {
        let code = bundle::unpack(code)?;
        // SAFETY: as in `embedded`, but for the place.
        unsafe { Component::deserialize(&self.own.engine, &code) }.map_err(LoadError::Engine)
    }

    /// A WebAssembly file. `pinned` is the SHA-256 in hexadecimal that it has to have.
    ///
    /// # Errors
    /// Where it cannot be read, is another one, is no collector, or does not compile.
    pub fn file(&self, path: &Path, pinned: Option<&str>) -> Result<Module, LoadError> {
        self.module(&Wasm::read(path, pinned)?)
    }

    /// What was read of a file. It is compiled if the cache does not have it, also where that failed
    /// before.
    ///
    /// # Errors
    /// Where it does not compile, or is no collector.
    pub fn module(&self, wasm: &Wasm) -> Result<Module, LoadError> {
        self.load(wasm, true)
    }

    /// The same, but what failed to compile before is not compiled again.
    ///
    /// # Errors
    /// As [`Self::module`].
    pub(crate) fn module_unless_failed(&self, wasm: &Wasm) -> Result<Module, LoadError> {
        self.load(wasm, false)
    }

    /// Whether a module has to be compiled before it can run, or be refused.
    pub(crate) fn has_to_compile(&self, wasm: &Wasm, retry: bool) -> bool {
        let is_kept = (self.cache.as_ref()).is_some_and(|cache| cache.has(&wasm.sha256));
        !is_kept && (retry || self.remembered.get(wasm, &self.compiler).is_none())
    }

    fn load(&self, wasm: &Wasm, retry: bool) -> Result<Module, LoadError> {
        let source = Source::File(wasm.path.clone());
        let engine = &self.strangers()?.engine;
        let component = self.component(engine, wasm, retry)?;
        let size = Some(wasm.bytes().len());
        Module::new(self, source, wasm.sha256.clone(), size, component)
    }

    /// Compiles a file for the bundle of another build.
    ///
    /// # Errors
    /// As [`Self::file`].
    pub fn precompile(&self, path: &Path) -> Result<(Module, Vec<u8>), LoadError> {
        let wasm = Wasm::read(path, None)?;
        let code = (self.compiler).compile(&self.own.engine, wasm.bytes(), &self.spent);
        let code = code.map_err(|error| failed(&wasm, error))?;
        let component = own(&self.own.engine, &code)?;
        let source = Source::File(wasm.path.clone());
        let module = Module::new(self, source, wasm.sha256.clone(), None, component)?;
        Ok((module, code))
    }

    fn component(&self, engine: &Engine, wasm: &Wasm, retry: bool) -> Result<Component, LoadError> {
        if let Some(code) = self.cache.as_ref().and_then(|kept| kept.get(&wasm.sha256)) {
            // SAFETY: the cache is a directory that nobody else may write to, it gives out only
            // what carries the digest that this program wrote, and wasmtime itself checks that
            // version and settings fit.
            if let Ok(component) = unsafe { Component::deserialize(engine, &code) } {
                return Ok(component);
            }
        }
        if !retry && let Some(known) = self.remembered.get(wasm, &self.compiler) {
            return Err(failed(wasm, known));
        }
        let code = (self.compiler).compile(engine, wasm.bytes(), &self.spent);
        (self.remembered).note(wasm, &self.compiler, code.as_ref().err());
        let code = code.map_err(|error| failed(wasm, error))?;
        if let Some(cache) = &self.cache {
            cache.put(&wasm.sha256, &code);
        }
        own(engine, &code)
    }
}

fn failed(wasm: &Wasm, source: CompileError) -> LoadError {
    LoadError::Compile {
        origin: Source::File(wasm.path.clone()),
        source,
    }
}

/// Code that a compiler of this program made a moment before.
fn own(engine: &Engine, code: &[u8]) -> Result<Component, LoadError> {
    // SAFETY: these bytes come from `Engine::precompile_component`, called by this program: in
    // this process, or in another one of the same binary that takes no orders from the module.
    unsafe { Component::deserialize(engine, code) }.map_err(LoadError::Engine)
}
