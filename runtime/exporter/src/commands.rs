//! The commands of the program.

mod approve;
mod check_config;
mod compare;
mod deploy;
mod diff;
mod health;
mod inspect;
mod migrate;
mod new;
mod print_collectors;
mod run;
mod scrape;
mod serve;

pub(crate) use approve::approve;
pub(crate) use check_config::check_config;
pub(crate) use compare::compare;
pub(crate) use deploy::deploy;
pub(crate) use diff::diff;
pub(crate) use health::health;
pub(crate) use inspect::inspect;
pub(crate) use migrate::migrate;
pub(crate) use new::new;
pub(crate) use print_collectors::print_collectors;
pub(crate) use run::run;
pub(crate) use scrape::scrape;
pub(crate) use serve::{Given, serve};

use std::io::{self, ErrorKind, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use firepit::cli::Config;
use firepit::collectors::registry::Current;
use firepit::executor::Executor;
use firepit::modules::Reloader;
use firepit::scrape::Exporter;

fn exporter(
    config: &Config,
    executor: Arc<Executor>,
    current: Arc<Current>,
    reloader: Option<Reloader>,
) -> Arc<Exporter> {
    Arc::new(Exporter {
        current,
        reloader,
        executor,
        config: config.scrape.clone(),
    })
}

/// Prints a text that the command line asked for.
pub(crate) fn text(text: &str) -> anyhow::Result<ExitCode> {
    print(text.as_bytes()).context("cannot write to stdout")?;
    Ok(ExitCode::SUCCESS)
}

/// Writes to stdout. A reader that closes the pipe is not an error.
fn print(text: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
