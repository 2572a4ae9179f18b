//! Loads modules from files and from the binary itself, ready for instantiation.
//!
//! Machine code comes only from three places: the bundle inside this binary, the private cache that
//! this program wrote itself, and its own compiler. Everything else is WebAssembly and is compiled,
//! by default in a separate process with enforced limits.

pub mod bundle;
mod cache;
mod child;
mod compile;
mod described;
mod error;
mod failure_cache;
mod loaded;
mod read;
mod truncation;
mod usage;

use std::path::Path;
use std::ptr::NonNull;
use std::sync::{Arc, OnceLock};

use wasmtime::Engine;
use wasmtime::component::Component;

pub use self::cache::{Cache, CacheError};
pub use self::child::compile_child;
pub use self::compile::{CompileError, CompileLimits, Compiler};
pub use self::described::Described;
pub use self::error::LoadError;
use self::failure_cache::FailureCache;
pub use self::loaded::{Import, Linked, Module, Source};
pub use self::read::Wasm;
pub use self::usage::CompilerUsage;
use self::usage::UsageCounters;
use crate::engine;
pub use crate::host::LinkError;
use crate::host::Linkers;

/// Compiles modules, or takes their machine code from the bundle or the cache.
#[derive(Clone)]
pub struct Loader {
    builtin: Runtime,
    /// Created with the first module from a file: most processes have none.
    third_party: Arc<OnceLock<Runtime>>,
    compiler: Compiler,
    cache: Option<Arc<Cache>>,
    failures: Arc<FailureCache>,
    usage: Arc<UsageCounters>,
}

/// An engine and its linkers.
#[derive(Clone)]
struct Runtime {
    engine: Engine,
    linkers: Arc<Linkers>,
}

impl Runtime {
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
    /// Creates a loader that compiles with `compiler` and stores machine code in `cache`.
    ///
    /// # Errors
    /// If the engine does not run on this machine.
    pub fn new(cache: Option<Cache>, compiler: Compiler) -> Result<Self, LoadError> {
        let cache = cache.map(Arc::new);
        Ok(Self {
            builtin: Runtime::new(engine::engine().map_err(LoadError::Engine)?),
            third_party: Arc::default(),
            compiler,
            failures: Arc::new(FailureCache::new(cache.clone())),
            cache,
            usage: Arc::default(),
        })
    }

    /// A function that advances the epoch of all engines.
    pub fn epochs(&self) -> impl Fn() + Send + 'static {
        let (builtin, third_party) = (self.builtin.engine.clone(), Arc::clone(&self.third_party));
        move || {
            builtin.increment_epoch();
            if let Some(third_party) = third_party.get() {
                third_party.engine.increment_epoch();
            }
        }
    }

    /// Resources that compiler processes have used so far.
    #[must_use]
    pub fn compiler_usage(&self) -> CompilerUsage {
        self.usage.total()
    }

    /// The engine for modules from files.
    fn third_party(&self) -> Result<&Runtime, LoadError> {
        if let Some(runtime) = self.third_party.get() {
            return Ok(runtime);
        }
        let runtime = Runtime::new(engine::third_party().map_err(LoadError::Engine)?);
        // If two threads arrive at the same time, both use the first one's.
        Ok(self.third_party.get_or_init(|| runtime))
    }

    /// The linkers of an engine.
    fn linkers(&self, engine: &Engine) -> &Linkers {
        match self.third_party.get() {
            Some(third_party) if Engine::same(engine, &third_party.engine) => &third_party.linkers,
            _ => &self.builtin.linkers,
        }
    }

    /// A module of the bundle inside this binary. Its code is read when it is linked, and a process
    /// may load it once, because it runs in place.
    #[must_use]
    pub fn builtin(&self, module: &bundle::Module<'static>) -> Module {
        Module::builtin(module)
    }

    /// Code of the bundle, run in place if possible.
    fn embedded(&self, code: &'static [u8]) -> Result<Component, LoadError> {
        let is_aligned = code.as_ptr().addr().is_multiple_of(bundle::ALIGNMENT);
        // SAFETY: the bytes are part of this binary. Its build put them there and made them with
        // `Engine::precompile_component`; wasmtime itself checks version and settings. They are
        // borrowed for the whole run and never written to, as running them in place requires.
        let component = unsafe {
            if engine::IN_PLACE && is_aligned {
                Component::deserialize_raw(&self.builtin.engine, NonNull::from(code))
            } else {
                Component::deserialize(&self.builtin.engine, code)
            }
        };
        component.map_err(LoadError::Engine)
    }

    /// Compressed code of the bundle.
    fn packed(&self, code: &[u8], dictionary: &[u8]) -> Result<Component, LoadError> {
        let code = bundle::unpack(code, dictionary)?;
        // SAFETY: as in `embedded`, but the code is copied.
        unsafe { Component::deserialize(&self.builtin.engine, &code) }.map_err(LoadError::Engine)
    }

    /// Loads a WebAssembly file. `pinned` is its required SHA-256 in hexadecimal.
    ///
    /// # Errors
    /// If the file cannot be read, has another digest, is not a collector, or does not compile.
    pub fn file(&self, path: &Path, pinned: Option<&str>) -> Result<Module, LoadError> {
        self.module(&Wasm::read(path, pinned)?)
    }

    /// Loads a file that was read. Compiles it unless it is in the cache, even if compiling failed
    /// before.
    ///
    /// # Errors
    /// If it does not compile, or is not a collector.
    pub fn module(&self, wasm: &Wasm) -> Result<Module, LoadError> {
        self.load(wasm, true)
    }

    /// Like [`Self::module`], but does not compile a file again that failed before.
    ///
    /// # Errors
    /// Like [`Self::module`].
    pub fn module_unless_failed(&self, wasm: &Wasm) -> Result<Module, LoadError> {
        self.load(wasm, false)
    }

    /// Whether a module must be compiled before it can run or be rejected.
    pub fn has_to_compile(&self, wasm: &Wasm, retry: bool) -> bool {
        let is_cached = self
            .cache
            .as_ref()
            .is_some_and(|cache| cache.has(&wasm.sha256));
        !is_cached && (retry || self.failures.get(wasm, &self.compiler).is_none())
    }

    fn load(&self, wasm: &Wasm, retry: bool) -> Result<Module, LoadError> {
        let source = Source::File(wasm.path.clone());
        let engine = &self.third_party()?.engine;
        let component = self.component(engine, wasm, retry)?;
        let size = Some(wasm.bytes().len());
        Module::new(self, source, wasm.sha256.clone(), size, component)
    }

    /// Compiles a file for the bundle of another build.
    ///
    /// # Errors
    /// Like [`Self::file`].
    pub fn precompile(&self, path: &Path) -> Result<(Module, Vec<u8>), LoadError> {
        let wasm = Wasm::read(path, None)?;
        let engine = &self.builtin.engine;
        let code = self.compiler.compile(engine, wasm.bytes(), &self.usage);
        let code = code.map_err(|error| failed(&wasm, error))?;
        let component = deserialize(engine, &code)?;
        let source = Source::File(wasm.path.clone());
        let module = Module::new(self, source, wasm.sha256.clone(), None, component)?;
        Ok((module, code))
    }

    fn component(&self, engine: &Engine, wasm: &Wasm, retry: bool) -> Result<Component, LoadError> {
        if let Some(code) = self
            .cache
            .as_ref()
            .and_then(|cache| cache.get(&wasm.sha256))
        {
            // SAFETY: no other user can write to the directory of the cache, it returns only
            // content with the digest that this program wrote, and wasmtime itself checks version
            // and settings.
            if let Ok(component) = unsafe { Component::deserialize(engine, &code) } {
                return Ok(component);
            }
        }
        if !retry && let Some(error) = self.failures.get(wasm, &self.compiler) {
            return Err(failed(wasm, error));
        }
        let code = self.compiler.compile(engine, wasm.bytes(), &self.usage);
        self.failures
            .record(wasm, &self.compiler, code.as_ref().err());
        let code = code.map_err(|error| failed(wasm, error))?;
        if let Some(cache) = &self.cache {
            cache.put(&wasm.sha256, &code);
        }
        deserialize(engine, &code)
    }
}

fn failed(wasm: &Wasm, source: CompileError) -> LoadError {
    LoadError::Compile {
        origin: Source::File(wasm.path.clone()),
        source,
    }
}

/// Loads code that a compiler of this program has just made.
fn deserialize(engine: &Engine, code: &[u8]) -> Result<Component, LoadError> {
    // SAFETY: these bytes come from `Engine::precompile_component`, called by this program: in this
    // process, or in another process of the same binary that the module cannot control.
    unsafe { Component::deserialize(engine, code) }.map_err(LoadError::Engine)
}
