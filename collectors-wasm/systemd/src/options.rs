//! The options.

use std::time::Duration;

use firepit_sdk::filter::{Expression, Filter, IncludeExclude};
use firepit_sdk::{Descriptor, Settings};

/// Which units and values are shown, and where systemd is asked.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) units: Filter,
    pub(crate) private: bool,
    pub(crate) tasks: bool,
    pub(crate) restarts: bool,
    pub(crate) start_times: bool,
    /// The address of the bus, in the form of the descriptor.
    pub(crate) bus: String,
    pub(crate) timeout: Duration,
}

const UNITS: IncludeExclude = IncludeExclude::new(
    "systemd",
    Expression::new(
        "unit-include",
        "Regexp of systemd units to include. Units must both match include and not match exclude to be included.",
    )
    .default(".+")
    .renamed(
        "unit-whitelist",
        "DEPRECATED: Use --collector.systemd.unit-include",
    ),
    Expression::new(
        "unit-exclude",
        "Regexp of systemd units to exclude. Units must both match include and not match exclude to be included.",
    )
    .default(r".+\.(automount|device|mount|scope|slice)")
    .renamed(
        "unit-blacklist",
        "DEPRECATED: Use collector.systemd.unit-exclude",
    ),
)
.anchored()
.logged("Parsed flag", "Parsed flag");

/// Adds the options: those of node_exporter, the path of the bus, and its timeout.
pub(crate) fn declare(descriptor: Descriptor) -> Descriptor {
    descriptor
        .include_exclude(&UNITS)
        .flag(
            "private",
            false,
            "Establish a private, direct connection to systemd without dbus (Strongly discouraged since it requires root. For testing purposes only).",
        )
        .hidden()
        .flag(
            "enable-task-metrics",
            false,
            "Enables service unit tasks metrics unit_tasks_current and unit_tasks_max",
        )
        .flag(
            "enable-restarts-metrics",
            false,
            "Enables service unit metric service_restart_total",
        )
        .flag(
            "enable-start-time-metrics",
            false,
            "Enables service unit metric unit_start_time_seconds",
        )
        .text(
            "bus",
            "/run/dbus/system_bus_socket",
            "Path of the system bus' socket, or @NAME for an abstract one.",
        )
        .text(
            "dbus-timeout",
            "5s",
            "Time that D-Bus gets for connecting and for each answer. The deadline of collectors ends the wait earlier.",
        )
}

/// Reads the options.
///
/// # Errors
/// Mutually exclusive options, an invalid expression, or an invalid duration.
pub(crate) fn read(settings: &Settings) -> Result<Options, String> {
    Ok(Options {
        units: settings.filter(&UNITS)?,
        private: settings.flag("private"),
        tasks: settings.flag("enable-task-metrics"),
        restarts: settings.flag("enable-restarts-metrics"),
        start_times: settings.flag("enable-start-time-metrics"),
        bus: format!("unix:{}", settings.text("bus")),
        timeout: settings.duration("dbus-timeout")?,
    })
}
