//! Reading one port: its state, and up to three directories of counters.

use firepit_sdk::Error;
use firepit_sdk::files::{self, Directory, Optional, Reason};

use crate::families::{COUNTERS, EXTENDED, HARDWARE, LIFESPAN_FILE, Statistic};
use crate::{no_data, parse};

/// The attributes that every port has.
pub(crate) const STATES: [&str; 3] = ["state", "phys_state", "rate"];

type Parse = fn(&str) -> Result<u64, String>;

/// Numbers of Linux errors.
const EINVAL: u32 = 22;
const EOPNOTSUPP: u32 = 95;

/// One port.
pub(crate) struct Port {
    /// As decimal text.
    pub(crate) number: String,
    pub(crate) state: u64,
    pub(crate) physical_state: u64,
    /// In bytes per second.
    pub(crate) rate: u64,
    /// Of each table of counters the numbers that the port has, in its order and its units. A
    /// directory that is missing gives an empty one.
    pub(crate) counters: [Vec<Option<u64>>; 3],
    /// In whole seconds.
    pub(crate) lifespan: Option<u64>,
}

/// Reads a port from its directory in `ports`.
pub(crate) fn read(ports: &Directory, name: &str) -> Result<Port, Error> {
    let wrong = || ports.error(name, "expected the number of a port as the name");
    let number = parse::port_number(name).ok_or_else(wrong)?;
    let directory = ports.directory(name);
    let [state, physical_state, rate] = directory.attributes(STATES).map_err(no_data)?;
    let take = |name: &str, found: Result<String, files::Error>, parse: Parse| {
        let value = parse(&found.map_err(no_data)?);
        value.map_err(|message| Error::from(directory.error(name, message)))
    };
    let state = take("state", state, parse::state)?;
    let physical_state = take("phys_state", physical_state, parse::state)?;
    let rate = take("rate", rate, parse::rate)?;
    let counters = numbers(&directory.directory("counters"), &files(&COUNTERS))?;
    // The older directory counts only beside the newer one.
    let extended = match counters.is_empty() {
        true => Vec::new(),
        false => numbers(&directory.directory("counters_ext"), &files(&EXTENDED))?,
    };
    let mut names = files(&HARDWARE);
    names.push(LIFESPAN_FILE);
    let mut hardware = numbers(&directory.directory("hw_counters"), &names)?;
    let milliseconds = hardware.pop().flatten();
    Ok(Port {
        number: number.to_string(),
        state,
        physical_state,
        rate,
        lifespan: milliseconds.map(|milliseconds| milliseconds / 1000),
        counters: [counters, extended, hardware],
    })
}

fn files(table: &[Statistic]) -> Vec<&'static str> {
    table.iter().map(|statistic| statistic.file).collect()
}

/// The numbers in some files of a directory; nothing at all where it is missing.
fn numbers(directory: &Directory, names: &[&str]) -> Result<Vec<Option<u64>>, Error> {
    let contents = directory.read_all(names).optional()?.unwrap_or_default();
    (names.iter().zip(contents))
        .map(|(name, content)| number(directory, name, content))
        .collect()
}

/// The number in a file of counters. `None` where the driver has none, or none at this time.
fn number(
    directory: &Directory,
    name: &str,
    content: Result<Vec<u8>, files::Error>,
) -> Result<Option<u64>, Error> {
    match content {
        Ok(content) => {
            let wrong = |message| directory.error(name, message);
            Ok(parse::counter(&content).map_err(wrong)?)
        }
        Err(error) => match error.reason {
            Reason::NotFound
            | Reason::PermissionDenied
            | Reason::NotAFile
            | Reason::Os(EINVAL | EOPNOTSUPP) => Ok(None),
            _ => Err(error.into()),
        },
    }
}
