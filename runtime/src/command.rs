//! What the program does once it knows what it has to do.

mod inspect;
mod scrape;
mod serve;

pub(crate) use inspect::inspect;
pub(crate) use scrape::scrape;
pub(crate) use serve::serve;

use std::io::{self, ErrorKind, Write as _};
use std::sync::Arc;

use firepit::cli::Config;
use firepit::crew::Crew;
use firepit::meta::BUILD;
use firepit::registry::{Current, Registry};
use firepit::scrape::{Exporter, ScrapeConfig};
use firepit::start::Program;

/// Logs what the command line and the modules gave rise to.
pub(crate) fn tell_about_start(program: &Program) {
    for warning in &program.config.warnings {
        tracing::warn!("{warning}");
    }
    for error in &program.refused {
        let err: &(dyn std::error::Error + 'static) = error;
        tracing::error!(err, "module left out");
    }
}

fn exporter(config: &Config, crew: Arc<Crew>, registry: Registry) -> Arc<Exporter> {
    Arc::new(Exporter {
        current: Current::new(registry),
        crew,
        config: ScrapeConfig {
            timeout: config.scrape.timeout,
            timeout_offset: config.scrape.timeout_offset,
            exporter_metrics: config.web.exporter_metrics,
            build: BUILD,
        },
    })
}

/// Writes to stdout. A reader that has seen enough is no error.
fn print(text: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
