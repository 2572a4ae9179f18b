//! From clap's matches to the [`Config`].

use std::path::PathBuf;

use clap::ArgMatches;

use super::args::{is_given, position};
use super::config::Config;
use super::{UsageError, collectors, commands, metrics, shares};
use firepit_sandbox::descriptor::Descriptor;
use firepit_sandbox::limits::Limits;

use crate::build_info::BUILD;
use crate::logging::LogConfig;
use crate::memory::TotalLimits;
use crate::scrape::ScrapeConfig;
use crate::web::{ListenAddress, ServerConfig};
use firepit_sandbox::files::RootPaths;
use firepit_sandbox::session::Lifetime;

/// Resolves all flags.
pub(super) fn resolve(
    matches: &ArgMatches,
    descriptors: &[Descriptor],
) -> Result<Config, UsageError> {
    Ok(Config {
        command: commands::command(matches, descriptors)?,
        paths: paths(matches)?,
        choices: collectors::choices(matches, descriptors, commands::only(matches))?,
        listen: listen(matches),
        socket_mode: value(matches, "web.unix-socket-mode")?,
        systemd_socket: is_on(matches, "web.systemd-socket"),
        web: web(matches)?,
        web_config: web_config(matches),
        scrape: ScrapeConfig {
            timeout: value(matches, "scrape.timeout")?,
            timeout_offset: value(matches, "scrape.timeout-offset")?,
            exporter_metrics: !is_on(matches, "web.disable-exporter-metrics"),
            self_metrics: value(matches, "web.self-metrics")?,
            build: BUILD,
            builtin_names: metrics::names(matches)?,
        },
        lifetime: lifetime(matches)?,
        limits: shares::resolve(matches, limits(matches)?)?,
        totals: totals(matches)?,
        log: LogConfig {
            level: value(matches, "log.level")?,
            format: value(matches, "log.format")?,
        },
        is_old: false,
        warnings: warnings(matches),
    })
}

fn paths(matches: &ArgMatches) -> Result<RootPaths, UsageError> {
    Ok(RootPaths {
        procfs: value(matches, "path.procfs")?,
        sysfs: value(matches, "path.sysfs")?,
        rootfs: value(matches, "path.rootfs")?,
        udev_data: value(matches, "path.udev.data")?,
    })
}

pub(super) fn listen(matches: &ArgMatches) -> Vec<ListenAddress> {
    let addresses = matches.get_many("web.listen-address");
    addresses.into_iter().flatten().cloned().collect()
}

fn lifetime(matches: &ArgMatches) -> Result<Lifetime, UsageError> {
    if is_on(matches, "sandbox.fresh") {
        return Ok(Lifetime::Scrapes(1));
    }
    Ok(match value(matches, "sandbox.recycle-every")? {
        0 => Lifetime::Kept,
        scrapes => Lifetime::Scrapes(scrapes),
    })
}

fn web(matches: &ArgMatches) -> Result<ServerConfig, UsageError> {
    Ok(ServerConfig {
        telemetry_path: value(matches, "web.telemetry-path")?,
        max_requests: value(matches, "web.max-requests")?,
        openmetrics: is_on(matches, "web.enable-openmetrics"),
        lifecycle: is_on(matches, "web.enable-lifecycle"),
        open_health_endpoints: is_on(matches, "web.open-health-endpoints"),
        ..ServerConfig::of_build(&BUILD)
    })
}

/// The web config file. An empty path is none, as in node_exporter.
fn web_config(matches: &ArgMatches) -> Option<PathBuf> {
    let file = matches.get_one::<PathBuf>("web.config.file").cloned();
    file.filter(|file| !file.as_os_str().is_empty())
}

fn limits(matches: &ArgMatches) -> Result<Limits, UsageError> {
    Ok(Limits {
        fuel: value(matches, "sandbox.fuel")?,
        deadline: value(matches, "sandbox.deadline")?,
        memory_bytes: value(matches, "sandbox.memory")?,
        files_opened: value(matches, "sandbox.files")?,
        bytes_read: value(matches, "sandbox.bytes-read")?,
        file_bytes: value(matches, "sandbox.file-bytes")?,
        connections: value(matches, "sandbox.connections")?,
        connection_bytes: value(matches, "sandbox.connection-bytes")?,
        connect_timeout: value(matches, "sandbox.connect-timeout")?,
        counters: value(matches, "sandbox.counters")?,
        series: value(matches, "sandbox.series")?,
        output_bytes: value(matches, "sandbox.output-bytes")?,
        log_bytes: value(matches, "sandbox.log-bytes")?,
        ..Limits::default()
    })
}

fn totals(matches: &ArgMatches) -> Result<TotalLimits, UsageError> {
    let totals = TotalLimits {
        modules_bytes: value(matches, "sandbox.total-memory")?,
        page_bytes: value(matches, "scrape.max-page-bytes")?,
        in_flight_bytes: value(matches, "web.max-in-flight-bytes")?,
    };
    if totals.page_bytes <= totals.in_flight_bytes {
        Ok(totals)
    } else {
        Err(UsageError::PageAboveAll {
            page: totals.page_bytes,
            all: totals.in_flight_bytes,
        })
    }
}

fn warnings(matches: &ArgMatches) -> Vec<String> {
    let mut warnings = Vec::new();
    let has_unix_socket = |address: &ListenAddress| matches!(address, ListenAddress::Unix(_));
    if is_given(matches, "web.unix-socket-mode")
        && (is_on(matches, "web.systemd-socket") || !listen(matches).iter().any(has_unix_socket))
    {
        warnings.push(
            "--web.unix-socket-mode has no effect without --web.listen-address=unix:PATH; the sockets of \
             --web.systemd-socket have the mode of SocketMode= in their unit"
                .to_owned(),
        );
    }
    if is_on(matches, "web.open-health-endpoints") && web_config(matches).is_none() {
        warnings.push(
            "--web.open-health-endpoints has no effect without --web.config.file: all endpoints are open"
                .to_owned(),
        );
    }
    if is_on(matches, "sandbox.fresh") && is_given(matches, "sandbox.recycle-every") {
        warnings
            .push("--sandbox.recycle-every has no effect together with --sandbox.fresh".to_owned());
    }
    warnings
}

fn is_on(matches: &ArgMatches, flag: &str) -> bool {
    position(matches, flag) == Some(true)
}

/// The value of a flag that has a default.
pub(super) fn value<T: Clone + Send + Sync + 'static>(
    matches: &ArgMatches,
    flag: &'static str,
) -> Result<T, UsageError> {
    matches
        .get_one(flag)
        .cloned()
        .ok_or(UsageError::NoValue(flag))
}
