//! Configuration of the WebAssembly engine, for the program that runs modules and for the tool that
//! compiles them ahead of time.
//!
//! Precompiled code loads only into an engine of the same configuration, and it must run on other
//! machines than the one that built it. So the target is fixed instead of detected.
//!
//! There are two engines: [`engine`] runs the collectors of the bundle, [`third_party`] the modules
//! from files. The second one uses no file descriptors for a module, because the process has few of
//! them.

mod in_place;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use wasmtime::{Config, Engine, OptLevel};

pub use self::in_place::IN_PLACE;

/// The CPU that code is compiled for: the x86-64 baseline without later extensions, so that the
/// binary runs on every x86-64 machine. The gain of later extensions has not been measured.
#[cfg(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"))]
pub const CPU_BASELINE: &str = "x86_64-unknown-linux-gnu";
/// The CPU that code is compiled for: the baseline of the architecture.
#[cfg(all(target_arch = "aarch64", target_os = "linux", target_env = "gnu"))]
pub const CPU_BASELINE: &str = "aarch64-unknown-linux-gnu";
/// The CPU that code is compiled for: the baseline of the architecture.
#[cfg(all(target_arch = "x86_64", target_os = "linux", target_env = "musl"))]
pub const CPU_BASELINE: &str = "x86_64-unknown-linux-musl";
/// The CPU that code is compiled for: the baseline of the architecture.
#[cfg(all(target_arch = "aarch64", target_os = "linux", target_env = "musl"))]
pub const CPU_BASELINE: &str = "aarch64-unknown-linux-musl";

/// Version of wasmtime, read from the lock file by the build.
pub const WASMTIME_VERSION: &str = match option_env!("FIREPIT_WASMTIME") {
    Some(version) => version,
    None => "unknown",
};

/// Maximum stack of WebAssembly code, in bytes. Deeper recursion traps.
const WASM_STACK_BYTES: usize = 512 << 10;

/// Creates the engine for the built-in collectors.
///
/// # Errors
/// If the configuration does not fit this machine: a defect of the program, or a CPU below the
/// baseline.
pub fn engine() -> wasmtime::Result<Engine> {
    let mut config = config()?;
    if IN_PLACE {
        config.with_custom_code_memory(Some(Arc::new(in_place::InPlace)));
    }
    Engine::new(&config)
}

/// Creates the engine for modules from files.
///
/// By default wasmtime keeps an image of each memory with data, which takes a file descriptor
/// (memfd). A thousand small modules, or thirty with many memories, would leave none for the port.
/// So here the data is copied when a module is instantiated. An instance is reused from scrape to
/// scrape, so this happens once.
///
/// # Errors
/// Like [`engine`].
pub fn third_party() -> wasmtime::Result<Engine> {
    let mut config = config()?;
    // No language runtime uses several memories in one core module. They stay enabled, because the
    // adapters that wasmtime puts between the parts of a composed component need them.
    // `Limits::memories` limits their number.
    config.memory_init_cow(false);
    Engine::new(&config)
}

/// The common part of both configurations.
fn config() -> wasmtime::Result<Config> {
    let mut config = Config::new();
    config
        .target(CPU_BASELINE)?
        .cranelift_opt_level(OptLevel::Speed)
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK_BYTES)
        .wasm_component_model(true)
        // Collectors need nothing beyond the output of Rust, C and Python compilers.
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        // A trap is reported by its kind; an address map would cost memory for each module. Symbols
        // are unused, and wasmtime unwinds guests by frame pointers.
        .generate_address_map(false)
        .debug_symbols(false)
        .native_unwind_info(false);
    Ok(config)
}

/// One line that identifies the configuration for the built-in collectors. Code compiled under
/// another configuration must be compiled again.
///
/// # Errors
/// Like [`engine`].
pub fn fingerprint() -> wasmtime::Result<String> {
    Ok(fingerprint_of(&engine()?))
}

/// The fingerprint of the configuration for modules from files.
pub(crate) fn third_party_fingerprint() -> wasmtime::Result<String> {
    Ok(fingerprint_of(&third_party()?))
}

fn fingerprint_of(engine: &Engine) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{CPU_BASELINE}-{:016x}", hasher.finish())
}
