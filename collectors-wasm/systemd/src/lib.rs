//! Units of systemd: their states, and what services, timers and sockets count.
//!
//! Asks systemd by the system bus
//! ([org.freedesktop.systemd1](https://www.freedesktop.org/software/systemd/man/latest/org.freedesktop.systemd1.html)),
//! or by systemd's private socket if there is no bus. Emits the families of the module `families`.
//!
//! A scrape takes one round trip, and another for each 100 properties of units: all properties of a kind of
//! unit are far more than those that are shown, and systemd computes some of them when it is asked, so single
//! ones are asked for, many at once.
//!
//! The connection to a bus stays open between scrapes. One to the private socket does not: systemd sends all its
//! signals to that one, and would keep them until the next scrape.
//!
//! A property that cannot be read is left out and logged at debug level: units come and go, and older systemd
//! lacks some properties.

mod facts;
mod families;
mod manager;
mod options;
mod properties;
mod version;

use firepit_sdk::dbus::{self, Connection};
use firepit_sdk::net::{Broken, Kept};
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export, log};

use facts::Facts;
use options::Options;

const PRIVATE: &str = "unix:/run/systemd/private";

/// The collector.
#[derive(Debug)]
pub struct Systemd {
    options: Options,
    bus: Kept<Connection>,
}

impl Collector for Systemd {
    fn describe() -> Descriptor {
        let about = "Shows the states of systemd's units.";
        let descriptor = Descriptor::new("systemd", about).disabled_by_default();
        options::declare(descriptor.connects(["unix:{bus}", PRIVATE]))
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            options: options::read(settings)?,
            bus: Kept::default(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let facts = self.ask()?;
        families::emit(metrics, &facts)
    }
}

/// A failed step of a scrape.
#[derive(Debug)]
enum Failed {
    Connecting(dbus::Error),
    Asking(dbus::Error),
}

impl Systemd {
    fn ask(&mut self) -> Result<Facts, Failed> {
        let Self { options, bus } = self;
        if options.private {
            return direct(options);
        }
        let connect = || connected(Connection::bus(&options.bus, options.timeout));
        let answer = bus.with(connect, |bus| Facts::ask(bus, options));
        let Err(Failed::Connecting(error)) = answer else {
            return answer;
        };
        direct(options).map_err(|failed| {
            let text = failed.error().to_string();
            log::debug("no answer by systemd's private socket", &[("err", &text)]);
            Failed::Connecting(error)
        })
    }
}

fn direct(options: &Options) -> Result<Facts, Failed> {
    let mut systemd = connected(Connection::direct(PRIVATE, options.timeout))?;
    Facts::ask(&mut systemd, options)
}

fn connected(connection: Result<Connection, dbus::Error>) -> Result<Connection, Failed> {
    connection.map_err(Failed::Connecting)
}

impl Failed {
    fn error(&self) -> &dbus::Error {
        let (Self::Connecting(error) | Self::Asking(error)) = self;
        error
    }
}

impl Broken for Failed {
    fn is_broken(&self) -> bool {
        self.error().is_broken()
    }
}

impl From<dbus::Error> for Failed {
    fn from(error: dbus::Error) -> Self {
        Self::Asking(error)
    }
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Connecting(error) => Self::context("couldn't get dbus connection")(error),
            Failed::Asking(error) => Self::context("couldn't get units")(error),
        }
    }
}

export!(Systemd);

#[cfg(test)]
mod tests;
