//! `firepit`: metrics over HTTP until somebody ends it.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use firepit::cli::Config;
use firepit::crew::Crew;
use firepit::descriptors;
use firepit::ease::ease;
use firepit::meta::BUILD;
use firepit::modules::{Catalog, Reloader};
use firepit::registry::Current;
use firepit::web::{self, HttpCounters, HttpLimits, ServerConfig};
use tokio::signal::unix::{SignalKind, signal};

/// When what only the start needed is given back. The first scrape should not have to wait for it.
const STARTED: Duration = Duration::from_secs(1);

pub(crate) async fn serve(
    config: &Config,
    crew: Arc<Crew>,
    catalog: Catalog,
) -> anyhow::Result<ExitCode> {
    tracing::info!(
        version = BUILD.version,
        revision = BUILD.revision,
        "Starting firepit"
    );
    if rustix::process::geteuid().is_root() {
        tracing::warn!("firepit is running as root user; it needs no more than any user may read");
    }
    tracing::info!("Enabled collectors");
    let current = Arc::new(Current::new(catalog.registry()));
    for collector in current.get().enabled() {
        tracing::info!("{}", collector.descriptor.name);
    }
    let counters =
        HttpCounters::new(crew.counters().registry()).context("cannot count requests")?;
    // Before the ports open: a signal from then on is a request to end in good order.
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    let mut hangup = signal(SignalKind::hangup()).context("cannot wait for SIGHUP")?;
    let mut listeners = Vec::new();
    for address in &config.web.listen {
        let listener = web::bind(address)?;
        let address = listener.local_addr().context("a listener has no address")?;
        tracing::info!(%address, "Listening on");
        listeners.push(listener);
    }
    let server = ServerConfig {
        telemetry_path: config.web.telemetry_path.clone(),
        max_requests: config.web.max_requests,
        lifecycle: config.web.lifecycle,
        limits: HttpLimits::for_descriptors(descriptors::limit()),
        version: BUILD.version.to_owned(),
        branch: BUILD.branch.to_owned(),
        revision: BUILD.revision.to_owned(),
    };
    let runtime = tokio::runtime::Handle::current();
    let reloader = Reloader::start(catalog, Arc::clone(&current), runtime)
        .context("cannot start the thread that watches modules")?;
    let exporter = super::exporter(config, crew, current, Some(reloader.clone()));
    let shutdown = async {
        let name = loop {
            tokio::select! {
                _ = terminate.recv() => break "SIGTERM",
                _ = interrupt.recv() => break "SIGINT",
                _ = hangup.recv() => {
                    tracing::info!("Reloading: a SIGHUP came");
                    let reloader = reloader.clone();
                    // Beside this, as it may take long and the next signal may want the end. It
                    // is logged by whoever does it.
                    tokio::spawn(async move { reloader.reload().await });
                }
            };
        };
        tracing::info!(
            signal = name,
            "Ending: no new connections, running requests go on"
        );
    };
    tokio::spawn(async {
        tokio::time::sleep(STARTED).await;
        ease();
    });
    web::serve(listeners, exporter, counters, server, shutdown).await?;
    tracing::info!("Ended");
    Ok(ExitCode::SUCCESS)
}
