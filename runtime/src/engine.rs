//! The configurations of the WebAssembly engine: of the program that runs modules and of the one
//! that compiles them ahead of time.
//!
//! Precompiled code only loads into an engine of the same configuration, and it must run on other
//! machines than the one that built it: so the target is named instead of taken from the builder.
//!
//! There are two. [`engine`] runs the collectors of the bundle, [`strangers`] the modules from
//! files. The second one gives a module nothing that the process has few of: no file descriptors.

mod in_place;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use wasmtime::{Config, Engine, OptLevel};

pub(crate) use self::in_place::IN_PLACE;

/// The CPU that the code is compiled for: every x86-64, without later extensions, so that the
/// binary runs wherever Linux does. What newer ones would gain has not been measured.
#[cfg(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"))]
pub const CPU_BASELINE: &str = "x86_64-unknown-linux-gnu";
/// The CPU that the code is compiled for: the base set of the architecture.
#[cfg(all(target_arch = "aarch64", target_os = "linux", target_env = "gnu"))]
pub const CPU_BASELINE: &str = "aarch64-unknown-linux-gnu";
/// The CPU that the code is compiled for: the base set of the architecture.
#[cfg(all(target_arch = "x86_64", target_os = "linux", target_env = "musl"))]
pub const CPU_BASELINE: &str = "x86_64-unknown-linux-musl";
/// The CPU that the code is compiled for: the base set of the architecture.
#[cfg(all(target_arch = "aarch64", target_os = "linux", target_env = "musl"))]
pub const CPU_BASELINE: &str = "aarch64-unknown-linux-musl";

/// Version of wasmtime, as the build found it in the lock file.
pub(crate) const WASMTIME_VERSION: &str = match option_env!("FIREPIT_WASMTIME") {
    Some(version) => version,
    None => "unknown",
};

/// Stack that WebAssembly code may use, in bytes. Deep recursion ends there with a trap.
pub const WASM_STACK_BYTES: usize = 512 << 10;

/// Makes the engine of the built-in collectors.
///
/// # Errors
/// Where the configuration does not fit this machine: a defect of the program, or a CPU below the
/// baseline.
pub fn engine() -> wasmtime::Result<Engine> {
    let mut config = config()?;
    if IN_PLACE {
        config.with_custom_code_memory(Some(Arc::new(in_place::InPlace)));
    }
    Engine::new(&config)
}

/// Makes the engine of modules from files.
///
/// Of each memory with data wasmtime would keep an image, for which it takes a descriptor (memfd):
/// a thousand small modules, or thirty with many memories, would leave none for the port. So here
/// data is copied when a module is instantiated. An instance is kept from scrape to scrape, so that
/// happens once.
///
/// # Errors
/// As [`engine`].
pub fn strangers() -> wasmtime::Result<Engine> {
    let mut config = config()?;
    // Several memories in one core module have no use in any language's runtime. They stay possible,
    // since what wasmtime itself puts between the parts of a composed component needs them: how many
    // there may be is a matter of `Limits::memories`.
    config.memory_init_cow(false);
    Engine::new(&config)
}

/// What both have in common.
fn config() -> wasmtime::Result<Config> {
    let mut config = Config::new();
    config
        .target(CPU_BASELINE)?
        .cranelift_opt_level(OptLevel::Speed)
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK_BYTES)
        .wasm_component_model(true)
        // Collectors need nothing beyond what Rust, C and Python compile to.
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        // A trap is told by its kind; addresses within the module would cost memory for each. Nor
        // does anybody look at symbols, or unwind through a guest but wasmtime in its own way.
        .generate_address_map(false)
        .debug_symbols(false)
        .native_unwind_info(false);
    Ok(config)
}

/// One line that names the configuration of the built-in collectors: what was compiled under another
/// one must be compiled again.
///
/// # Errors
/// As [`engine`].
pub fn fingerprint() -> wasmtime::Result<String> {
    Ok(fingerprint_of(&engine()?))
}

/// The same of modules from files.
pub(crate) fn strangers_fingerprint() -> wasmtime::Result<String> {
    Ok(fingerprint_of(&strangers()?))
}

fn fingerprint_of(engine: &Engine) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{CPU_BASELINE}-{:016x}", hasher.finish())
}
