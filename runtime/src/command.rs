//! What the program does once it knows what it has to do.

mod approve;
mod check_config;
mod compare;
mod inspect;
mod new;
mod run;
mod scrape;
mod serve;

pub(crate) use approve::approve;
pub(crate) use check_config::check_config;
pub(crate) use compare::compare;
pub(crate) use inspect::inspect;
pub(crate) use new::new;
pub(crate) use run::run;
pub(crate) use scrape::scrape;
pub(crate) use serve::serve;

use std::io::{self, ErrorKind, Write as _};
use std::sync::Arc;

use firepit::cli::Config;
use firepit::crew::Crew;
use firepit::meta::BUILD;
use firepit::modules::Reloader;
use firepit::registry::Current;
use firepit::scrape::{Exporter, ScrapeConfig};

fn exporter(
    config: &Config,
    crew: Arc<Crew>,
    current: Arc<Current>,
    reloader: Option<Reloader>,
) -> Arc<Exporter> {
    Arc::new(Exporter {
        current,
        reloader,
        crew,
        config: ScrapeConfig {
            timeout: config.scrape.timeout,
            timeout_offset: config.scrape.timeout_offset,
            exporter_metrics: config.web.exporter_metrics,
            self_metrics: config.web.self_metrics,
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
