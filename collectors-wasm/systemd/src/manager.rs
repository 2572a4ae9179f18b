//! What the manager of units is asked: its properties, and its list of all units.

use firepit_sdk::dbus::{Answer, Call, Connection, Error, Failure, Malformed, Reader, Reply};
use firepit_sdk::log;

use crate::version;

/// The name on the bus, and the prefix of interfaces.
pub(crate) const SYSTEMD: &str = "org.freedesktop.systemd1";
const PATH: &str = "/org/freedesktop/systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";

/// The answers of the manager.
#[derive(Debug)]
pub(crate) struct Manager {
    /// The number of the version, and its text: 0 and empty if there is none.
    pub(crate) version: (f64, String),
    /// The virtual machine or container that systemd runs in.
    pub(crate) virtualization: String,
    /// Whether the system is `running`, or why that is unknown.
    pub(crate) running: Result<bool, String>,
    pub(crate) units: Result<Vec<Unit>, String>,
}

/// A unit in the list.
#[derive(Debug, PartialEq)]
pub(crate) struct Unit {
    pub(crate) name: String,
    pub(crate) is_loaded: bool,
    pub(crate) active_state: String,
    pub(crate) path: String,
}

impl Manager {
    /// Asks everything in one round trip.
    pub(crate) fn ask(systemd: &mut Connection) -> Result<Self, Error> {
        let property = |name| Call::get(SYSTEMD, PATH, MANAGER, name);
        let list = Call::new(SYSTEMD, PATH, MANAGER, "ListUnits");
        let calls = [
            property("Version"),
            property("Virtualization"),
            property("SystemState"),
            list,
        ];
        let mut answers = systemd.call_many(&calls)?.into_iter();
        // There are as many answers as calls.
        let mut next = || answers.next().unwrap_or_else(|| Err(none()));
        Ok(Self {
            version: version_of(text(next())),
            virtualization: virtualization(text(next())),
            running: text(next()).map(|state| state == "running"),
            units: read(next(), units),
        })
    }
}

fn none() -> Failure {
    Failure {
        name: "none".to_owned(),
        message: String::new(),
    }
}

/// Reads an answer; the error is a text for the log.
pub(crate) fn read<T>(
    answer: Answer,
    read: impl FnOnce(&Reply) -> Result<T, Malformed>,
) -> Result<T, String> {
    let reply = answer.map_err(|failure| failure.to_string())?;
    read(&reply).map_err(|malformed| malformed.to_string())
}

fn text(answer: Answer) -> Result<String, String> {
    read(answer, |reply| {
        reply.property(|value| value.string().map(str::to_owned))
    })
}

fn version_of(text: Result<String, String>) -> (f64, String) {
    let text = match text {
        Ok(text) => text,
        Err(error) => {
            let message = "Unable to get systemd version property, defaulting to 0";
            log::debug(message, &[("err", &error)]);
            return (0.0, String::new());
        }
    };
    match version::number(&text) {
        Some(number) => (number, text),
        None => {
            log::debug("Got invalid systemd version", &[("version", &text)]);
            (0.0, String::new())
        }
    }
}

fn virtualization(text: Result<String, String>) -> String {
    match text {
        Ok(text) if text.is_empty() => "none".to_owned(),
        Ok(text) => text,
        Err(error) => {
            log::debug("Could not get Virtualization property", &[("err", &error)]);
            "unknown".to_owned()
        }
    }
}

/// `a(ssssssouso)`: name, description, load state, active state, sub-state, followed unit, object path, and the
/// number, type and path of a job.
fn units(reply: &Reply) -> Result<Vec<Unit>, Malformed> {
    reply.body().array(|units| units.structure(unit))
}

fn unit(unit: &mut Reader<'_>) -> Result<Unit, Malformed> {
    let name = unit.string()?.to_owned();
    let _description = unit.string()?;
    let is_loaded = unit.string()? == "loaded";
    let active_state = unit.string()?.to_owned();
    let [_sub_state, _followed] = [unit.string()?, unit.string()?];
    Ok(Unit {
        name,
        is_loaded,
        active_state,
        path: unit.path()?.to_owned(),
    })
}
