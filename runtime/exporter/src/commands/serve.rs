//! `firepit`: serves metrics over HTTP until it is stopped.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use firepit::activation::Activation;
use firepit::build_info::BUILD;
use firepit::cli::Config;
use firepit::collectors::registry::Current;
use firepit::executor::Executor;
use firepit::modules::{Catalog, Reloader};
use firepit::resident::release_startup_pages;
use firepit::service::{Reporter, Service, ServiceManager, Variables};
use firepit::web::{self, HttpCounters, HttpLimits, Listener, ServerConfig, WebConfig};
use firepit_sandbox::fd_limit;
use firepit_sandbox::files::beneath::Resolution;
use tokio::signal::unix::{SignalKind, signal};

/// When to release the memory that only the start needed. The first scrape should not wait for it.
const STARTED: Duration = Duration::from_secs(1);

/// What the server gets from its surroundings.
pub(crate) struct Given {
    /// Sockets that systemd opened.
    pub(crate) activation: Activation,
    /// Where the service manager listens.
    pub(crate) of_service: Variables,
    /// The opened web config file.
    pub(crate) web_config: Option<WebConfig>,
}

pub(crate) async fn serve(
    config: &Config,
    executor: Arc<Executor>,
    catalog: Catalog,
    given: Given,
) -> anyhow::Result<ExitCode> {
    let Given {
        activation,
        of_service,
        web_config,
    } = given;
    tracing::info!(
        version = BUILD.version,
        revision = BUILD.revision,
        "Starting firepit"
    );
    if rustix::process::geteuid().is_root() {
        tracing::warn!("firepit is running as root, which is not required");
    }
    tell_resolution();
    tracing::info!("Enabled collectors");
    let current = Arc::new(Current::new(catalog.registry()));
    for collector in current.get().enabled() {
        tracing::info!("{}", collector.descriptor.name);
    }
    let counters = HttpCounters::new();
    let of_page = counters.clone();
    (executor.counters()).add_source(move || of_page.families());
    // Before the ports open: from then on, a signal is a request for a graceful shutdown.
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    let mut hangup = signal(SignalKind::hangup()).context("cannot wait for SIGHUP")?;
    if config.is_old {
        outlive_profile_signal()?;
    }
    let listeners = listen(config, activation)?;
    let own = listeners.iter().filter_map(Listener::own);
    executor.set_own_listeners(own.collect());
    if let Some(web_config) = &web_config {
        let state = if web_config.has_tls() {
            "enabled"
        } else {
            "disabled"
        };
        tracing::info!(http2 = web_config.has_http2(), "TLS is {state}.");
    }
    let server = ServerConfig {
        limits: HttpLimits::for_descriptors(fd_limit::limit()),
        ..config.web.clone()
    };
    let runtime = tokio::runtime::Handle::current();
    let reloader = Reloader::start(catalog, Arc::clone(&current), runtime)
        .context("cannot start the thread that reloads modules")?;
    let (pulse, heart) = web::pulse();
    let service = Service {
        pulse,
        executor: Arc::clone(&executor),
        progress: reloader.progress(),
    };
    let reporter = Reporter::start(ServiceManager::new(&of_service), service);
    let exporter = super::exporter(config, executor, current, Some(reloader.clone()));
    let shutdown = async {
        let name = loop {
            tokio::select! {
                _ = terminate.recv() => break "SIGTERM",
                _ = interrupt.recv() => break "SIGINT",
                _ = hangup.recv() => {
                    tracing::info!("Received SIGHUP, reloading");
                    let reloader = reloader.clone();
                    // In the background, because it may take long and the next signal may request the
                    // shutdown. The reload thread logs the result.
                    tokio::spawn(async move { reloader.reload().await });
                }
            };
        };
        tracing::info!(
            signal = name,
            "Shutting down: accepting no new connections, draining running requests"
        );
    };
    tokio::spawn(async {
        tokio::time::sleep(STARTED).await;
        release_startup_pages();
    });
    let served = web::serve(
        listeners, exporter, counters, server, web_config, heart, shutdown,
    );
    served.await?;
    reporter.finish().await;
    tracing::info!("Ended");
    Ok(ExitCode::SUCCESS)
}

/// Says how paths of collectors are opened.
fn tell_resolution() {
    let resolution = Resolution::of_process();
    let method = resolution.name();
    match resolution {
        Resolution::Openat2 => tracing::info!(method, "Opening paths by one system call"),
        Resolution::Walk => tracing::info!(
            method,
            "Opening paths segment by segment: the system call openat2 is missing (before Linux 5.6) or \
             denied by a seccomp filter"
        ),
    }
}

/// Opens the configured addresses, or takes the sockets that systemd opened.
fn listen(config: &Config, activation: Activation) -> anyhow::Result<Vec<Listener>> {
    let listeners = if config.systemd_socket {
        tracing::info!("Listening on systemd activated listeners instead of port listeners.");
        activation.listeners()?
    } else {
        if !activation.is_empty() {
            tracing::warn!(
                "systemd passes sockets to this process, and they are not used; add \
                 --web.systemd-socket to listen on them"
            );
        }
        let addresses = config.listen.iter();
        addresses
            .map(|address| web::bind(address, config.socket_mode))
            .collect::<Result<_, _>>()?
    };
    for listener in &listeners {
        let address = listener.address().context("a listener has no address")?;
        tracing::info!(%address, "Listening on");
    }
    Ok(listeners)
}

/// Handles SIGUSR1, which would end the program: it requested a memory profile of old versions.
fn outlive_profile_signal() -> anyhow::Result<()> {
    let mut requests = signal(SignalKind::user_defined1()).context("cannot wait for SIGUSR1")?;
    tokio::spawn(async move {
        while requests.recv().await.is_some() {
            tracing::warn!(
                "Received SIGUSR1, which has no effect: firepit writes no memory profiles"
            );
        }
    });
    Ok(())
}
