//! firepit without its HTTP side, over this machine: what benchmarks and tables of costs run.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::{env, fs};

use firepit::load::Compiler;
use firepit::meta::BUILD;
use firepit::registry::Current;
use firepit::scrape::{Exporter, ScrapeConfig};
use firepit::start;
use firepit::web::{Page, Scrape as _, Selection};
use tokio::runtime::{Builder, Runtime};

/// A firepit that answers scrapes.
#[expect(
    missing_debug_implementations,
    reason = "a running program has no short form"
)]
pub struct Program {
    runtime: Runtime,
    exporter: Exporter,
}

impl Program {
    /// One with these flags.
    ///
    /// # Panics
    /// Where there are no built-in collectors, or one of them cannot be set up.
    #[must_use]
    pub fn new(flags: &[&str]) -> Self {
        let (runtime, program) = load(flags);
        let entered = runtime.enter();
        let (config, crew, catalog) = program.catalog().unwrap();
        drop(entered);
        let exporter = Exporter {
            current: Arc::new(Current::new(catalog.registry())),
            reloader: None,
            crew,
            config: ScrapeConfig {
                timeout: config.scrape.timeout,
                timeout_offset: config.scrape.timeout_offset,
                exporter_metrics: config.web.exporter_metrics,
                self_metrics: config.web.self_metrics,
                build: BUILD,
            },
        };
        Self { runtime, exporter }
    }

    /// The page of some collectors, or of all.
    #[must_use]
    pub fn scrape(&self, selection: Selection) -> Page {
        let scrape = self.exporter.scrape(selection, None, Vec::new());
        self.runtime.block_on(scrape)
    }
}

/// The built-in collectors before any of them is set up, and what they run on.
///
/// # Panics
/// Where there are none, or a flag is wrong.
#[must_use]
pub fn load(flags: &[&str]) -> (Runtime, start::Program) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let entered = runtime.enter();
    let arguments = ["firepit"].iter().chain(flags);
    let arguments: Vec<OsString> = arguments.map(OsString::from).collect();
    let (bundle, compiler) = (bundle(), Compiler::InProcess);
    let program = start::Program::load(bundle, compiler, &arguments, runtime.handle());
    drop(entered);
    (runtime, program.unwrap())
}

/// The precompiled collectors, from `FIREPIT_BUNDLE` or where `cargo xtask guests` puts them.
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
