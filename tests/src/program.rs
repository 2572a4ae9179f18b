//! firepit without its HTTP server, on this machine: for benchmarks and tables of costs.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::{env, fs};

use firepit::app;
use firepit::collectors::registry::Current;
use firepit::scrape::{Exporter, Selection};
use firepit::web::{Page, PageOptions, Scrape as _};
use firepit_sandbox::module::Compiler;
use tokio::runtime::{Builder, Runtime};

/// A firepit that serves scrapes.
#[expect(
    missing_debug_implementations,
    reason = "a running program has no short form"
)]
pub struct Program {
    runtime: Runtime,
    exporter: Exporter,
}

impl Program {
    /// Creates one with these flags.
    ///
    /// # Panics
    /// There are no built-in collectors, or one of them cannot be set up.
    #[must_use]
    pub fn new(flags: &[&str]) -> Self {
        let (runtime, program) = load(flags);
        let entered = runtime.enter();
        let (config, executor, catalog) = program.catalog().unwrap();
        drop(entered);
        let exporter = Exporter {
            current: Arc::new(Current::new(catalog.registry())),
            reloader: None,
            executor,
            config: config.scrape,
        };
        Self { runtime, exporter }
    }

    /// The page of these collectors, or of all if `None`.
    #[must_use]
    pub fn scrape(&self, only: Option<Vec<String>>) -> Page {
        let selection = Selection::of(self.exporter.current.get(), only);
        let scrape = self.exporter.scrape(selection, PageOptions::default());
        self.runtime.block_on(scrape)
    }
}

/// The built-in collectors before their setup, and their runtime.
///
/// # Panics
/// There are none, or a flag is invalid.
#[must_use]
pub fn load(flags: &[&str]) -> (Runtime, app::Program) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let entered = runtime.enter();
    let arguments = ["firepit"].iter().chain(flags);
    let arguments: Vec<OsString> = arguments.map(OsString::from).collect();
    let (bundle, compiler) = (bundle(), Compiler::InProcess);
    let program = app::Program::load(bundle, compiler, &arguments, runtime.handle());
    drop(entered);
    (runtime, program.unwrap())
}

/// The precompiled collectors, from `FIREPIT_BUNDLE` or from the output directory of `cargo xtask
/// guests`.
fn bundle() -> &'static [u8] {
    let path = env::var_os("FIREPIT_BUNDLE").map_or_else(
        || {
            PathBuf::from(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../target/staged/collectors.bundle"
            ))
        },
        PathBuf::from,
    );
    let bundle = fs::read(&path).unwrap_or_default();
    assert!(
        !bundle.is_empty(),
        "{} is missing or empty: run `cargo xtask guests`",
        path.display()
    );
    bundle.leak()
}
