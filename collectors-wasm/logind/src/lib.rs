//! Sessions of users.
//!
//! Asks logind by the system bus
//! ([org.freedesktop.login1](https://www.freedesktop.org/software/systemd/man/latest/org.freedesktop.login1.html))
//! for its seats, its sessions and three properties of each session, in two round trips; the connection stays
//! open between scrapes. Emits `node_logind_sessions` for every combination of seat, remote or not, type and
//! class. A session that ends meanwhile is not counted.

mod logind;

use std::time::Duration;

use firepit_sdk::dbus::{self, Connection};
use firepit_sdk::net::{Broken, Kept};
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

use logind::{Logind as Facts, Session};

const SESSIONS: Gauge<4> = Gauge::new(
    "node_logind_sessions",
    "Number of sessions registered in logind.",
    ["seat", "remote", "type", "class"],
);

/// Counts all types that are not listed here.
const OTHER: &str = "other";

const TYPES: [&str; 7] = [OTHER, "unspecified", "tty", "x11", "wayland", "mir", "web"];
const CLASSES: [&str; 5] = [OTHER, "user", "greeter", "lock-screen", "background"];

/// The collector.
#[derive(Debug)]
pub struct Logind {
    /// The address of the bus, in the form of the descriptor.
    address: String,
    timeout: Duration,
    bus: Kept<Connection>,
}

impl Collector for Logind {
    fn describe() -> Descriptor {
        Descriptor::new("logind", "Counts sessions of users.")
            .disabled_by_default()
            .connects(["unix:{bus}"])
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

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            address: format!("unix:{}", settings.text("bus")),
            timeout: settings.duration("dbus-timeout")?,
            bus: Kept::default(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let connect = || {
            let bus = Connection::bus(&self.address, self.timeout);
            bus.map_err(Failed::because("unable to connect to dbus"))
        };
        let Facts {
            mut seats,
            sessions,
        } = self.bus.with(connect, Facts::ask)?;
        // Remote sessions have no seat.
        seats.push(String::new());
        let mut gauge = metrics.gauge(&SESSIONS);
        for remote in [true, false] {
            for kind in TYPES {
                for class in CLASSES {
                    for seat in &seats {
                        let is_counted = |session: &&Session| {
                            (&session.seat, session.is_remote) == (seat, remote)
                                && is(&TYPES, &session.kind, kind)
                                && is(&CLASSES, &session.class, class)
                        };
                        let number = sessions.iter().filter(is_counted).count();
                        let remote = if remote { "true" } else { "false" };
                        gauge.set([seat, remote, kind, class], number);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether a value is counted as one of these.
fn is(known: &[&str], value: &str, counted: &str) -> bool {
    value == counted || counted == OTHER && !known.contains(&value)
}

/// A failed step of a scrape, and why.
#[derive(Debug)]
struct Failed {
    step: &'static str,
    error: dbus::Error,
}

impl Failed {
    fn because<E: Into<dbus::Error>>(step: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self {
            step,
            error: error.into(),
        }
    }
}

impl Broken for Failed {
    fn is_broken(&self) -> bool {
        self.error.is_broken()
    }
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        Self::context(failed.step)(failed.error)
    }
}

export!(Logind);

#[cfg(test)]
mod tests;
