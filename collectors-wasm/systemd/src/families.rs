//! The families.

use firepit_sdk::{Counter, Error, Gauge, Metrics, Scalar};

use crate::facts::{Facts, STATES, Units};
use crate::manager::Unit;
use crate::properties::Shown;

const VERSION: Gauge<1> = Gauge::new(
    "node_systemd_version",
    "Detected systemd version",
    ["version"],
);
const VIRTUALIZATION: Gauge<1> = Gauge::new(
    "node_systemd_virtualization_info",
    "Detected virtualization technology",
    ["virtualization_type"],
);
const SUMMARY: Gauge<1> = Gauge::new(
    "node_systemd_units",
    "Summary of systemd unit states",
    ["state"],
);
const STATE: Gauge<3> = Gauge::new(
    "node_systemd_unit_state",
    "Systemd unit",
    ["name", "state", "type"],
);
const RESTARTS: Counter<1> = Counter::new(
    "node_systemd_service_restart_total",
    "Service unit count of Restart triggers",
    ["name"],
);
const STARTED: Gauge<1> = Gauge::new(
    "node_systemd_unit_start_time_seconds",
    "Start time of the unit since unix epoch in seconds.",
    ["name"],
);
const TASKS_CURRENT: Gauge<1> = Gauge::new(
    "node_systemd_unit_tasks_current",
    "Current number of tasks per Systemd unit",
    ["name"],
);
const TASKS_MAX: Gauge<1> = Gauge::new(
    "node_systemd_unit_tasks_max",
    "Maximum number of tasks per Systemd unit",
    ["name"],
);
const LAST_TRIGGER: Gauge<1> = Gauge::new(
    "node_systemd_timer_last_trigger_seconds",
    "Seconds since epoch of last trigger.",
    ["name"],
);
/// The third is a gauge in node_exporter, in spite of its name.
const SOCKET: [Scalar<'_, 1>; 3] = [
    Scalar::counter(
        "node_systemd_socket_accepted_connections_total",
        "Total number of accepted socket connections",
        ["name"],
    ),
    Scalar::gauge(
        "node_systemd_socket_current_connections",
        "Current number of socket connections",
        ["name"],
    ),
    Scalar::gauge(
        "node_systemd_socket_refused_connections_total",
        "Total number of refused socket connections",
        ["name"],
    ),
];
const RUNNING: Gauge<0> = Gauge::new(
    "node_systemd_system_running",
    "Whether the system is operational (see 'systemctl is-system-running')",
    [],
);

/// The number of tasks of a unit whose tasks are not counted or limited.
const UNLIMITED: u64 = u64::MAX;

/// Emits everything that is known.
///
/// # Errors
/// The list of units or the state of the system is missing.
pub(crate) fn emit(metrics: &mut Metrics, facts: &Facts) -> Result<(), Error> {
    let (number, text) = &facts.version;
    metrics.gauge(&VERSION).set([text], *number);
    let virtualization = &facts.virtualization;
    metrics.gauge(&VIRTUALIZATION).set([virtualization], 1);
    match &facts.units {
        Ok(units) => emit_units(metrics, units, facts.start_times),
        Err(error) => return Err(Error::context("couldn't get units")(error)),
    }
    match &facts.running {
        Some(Ok(running)) => metrics.gauge(&RUNNING).set([], *running),
        Some(Err(error)) => return Err(Error::context("couldn't get system state")(error)),
        None => {}
    }
    Ok(())
}

fn emit_units(metrics: &mut Metrics, units: &Units, start_times: bool) {
    let mut summary = metrics.gauge(&SUMMARY);
    for (state, number) in &units.summary {
        summary.set([state], *number);
    }
    let mut states = metrics.gauge(&STATE);
    for (unit, shown) in &units.shown {
        for state in STATES {
            states.set([&unit.name, state, &shown.kind], unit.active_state == state);
        }
    }
    let units = &units.shown;
    let mut restarts = metrics.counter(&RESTARTS);
    for (unit, shown) in units {
        restarts.total([&unit.name], shown.restarts);
    }
    if start_times {
        gauge(metrics, &STARTED, units, |unit, shown| {
            match unit.active_state.as_str() {
                "active" => shown.started.map(seconds),
                _ => Some(0.0),
            }
        });
    }
    let limited = |number: u64| (number != UNLIMITED).then_some(number as f64);
    gauge(metrics, &TASKS_CURRENT, units, |_, shown| {
        shown.tasks_current.and_then(limited)
    });
    gauge(metrics, &TASKS_MAX, units, |_, shown| {
        shown.tasks_max.and_then(limited)
    });
    gauge(metrics, &LAST_TRIGGER, units, |_, shown| {
        shown.last_trigger.map(seconds)
    });
    let mut sockets = metrics.table(SOCKET);
    for (unit, shown) in units {
        // As in node_exporter, a missing value leaves out those after it.
        let connections = shown.accepted.and(shown.connections);
        let refused = connections.and(shown.refused);
        sockets.row([&unit.name], [shown.accepted, connections, refused]);
    }
}

fn gauge(
    metrics: &mut Metrics,
    family: &Gauge<'_, 1>,
    units: &[(Unit, Shown)],
    value: impl Fn(&Unit, &Shown) -> Option<f64>,
) {
    let mut gauge = metrics.gauge(family);
    for (unit, shown) in units {
        gauge.set([&unit.name], value(unit, shown));
    }
}

fn seconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1e6
}
