//! From clap's matches to the [`Config`].

use clap::ArgMatches;

use super::args::{is_given, position};
use super::config::{Config, LogConfig, Paths, ScrapeConfig, WebConfig};
use super::{UsageError, collectors, shares, words};
use crate::descriptor::Descriptor;
use crate::limits::{Limits, TotalLimits};

/// Gives every flag its place.
pub(super) fn resolve(
    matches: &ArgMatches,
    descriptors: &[Descriptor],
) -> Result<Config, UsageError> {
    Ok(Config {
        command: words::command(matches)?,
        paths: paths(matches)?,
        choices: collectors::choices(matches, descriptors, words::choice(matches))?,
        web: web(matches)?,
        scrape: ScrapeConfig {
            timeout: value(matches, "scrape.timeout")?,
            timeout_offset: value(matches, "scrape.timeout-offset")?,
            recycle_every: value(matches, "sandbox.recycle-every")?,
            fresh: is_on(matches, "sandbox.fresh"),
        },
        limits: shares::resolve(matches, limits(matches)?)?,
        totals: totals(matches)?,
        log: LogConfig {
            level: value(matches, "log.level")?,
            format: value(matches, "log.format")?,
        },
        warnings: warnings(matches),
    })
}

fn paths(matches: &ArgMatches) -> Result<Paths, UsageError> {
    Ok(Paths {
        procfs: value(matches, "path.procfs")?,
        sysfs: value(matches, "path.sysfs")?,
        rootfs: value(matches, "path.rootfs")?,
        udev_data: value(matches, "path.udev.data")?,
    })
}

fn web(matches: &ArgMatches) -> Result<WebConfig, UsageError> {
    if let Some(file) = matches
        .get_one::<String>("web.config.file")
        .filter(|file| !file.is_empty())
    {
        return Err(UsageError::WebConfig(file.clone()));
    }
    if is_on(matches, "web.systemd-socket") {
        return Err(UsageError::SystemdSocket);
    }
    let listen = matches.get_many("web.listen-address");
    Ok(WebConfig {
        listen: listen.into_iter().flatten().cloned().collect(),
        telemetry_path: value(matches, "web.telemetry-path")?,
        max_requests: value(matches, "web.max-requests")?,
        exporter_metrics: !is_on(matches, "web.disable-exporter-metrics"),
        self_metrics: value(matches, "web.self-metrics")?,
        lifecycle: is_on(matches, "web.enable-lifecycle"),
    })
}

fn limits(matches: &ArgMatches) -> Result<Limits, UsageError> {
    Ok(Limits {
        fuel: value(matches, "sandbox.fuel")?,
        deadline: value(matches, "sandbox.deadline")?,
        memory_bytes: value(matches, "sandbox.memory")?,
        files_opened: value(matches, "sandbox.files")?,
        bytes_read: value(matches, "sandbox.bytes-read")?,
        file_bytes: value(matches, "sandbox.file-bytes")?,
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
    match totals.page_bytes <= totals.in_flight_bytes {
        true => Ok(totals),
        false => Err(UsageError::PageAboveAll {
            page: totals.page_bytes,
            all: totals.in_flight_bytes,
        }),
    }
}

fn warnings(matches: &ArgMatches) -> Vec<String> {
    let mut warnings = Vec::new();
    if is_given(matches, "runtime.gomaxprocs") {
        warnings.push(
            "--runtime.gomaxprocs has no effect: firepit uses all CPUs that it may".to_owned(),
        );
    }
    if is_on(matches, "sandbox.fresh") && is_given(matches, "sandbox.recycle-every") {
        warnings.push("--sandbox.recycle-every has no effect beside --sandbox.fresh".to_owned());
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
