//! Reading one port: its state, and up to three directories of counters.

use firepit_sdk::Error;
use firepit_sdk::files::{self, Directory, Reason};
use firepit_sdk::skip::{self, OrSkip};

use crate::families::{COUNTERS, EXTENDED, HARDWARE, LIFESPAN_FILE, Statistic};
use crate::parse;

/// The attributes that every port has.
pub(crate) const STATES: [&str; 3] = ["state", "phys_state", "rate"];

type Parse = fn(&str) -> Result<u64, String>;

/// One port. Unavailable values are `None`.
pub(crate) struct Port {
    /// As decimal text.
    pub(crate) number: String,
    pub(crate) state: Option<u64>,
    pub(crate) physical_state: Option<u64>,
    /// In bytes per second.
    pub(crate) rate: Option<u64>,
    /// The numbers of [`COUNTERS`], in its units.
    pub(crate) counters: [Option<u64>; COUNTERS.len()],
    /// The numbers of [`EXTENDED`], in its units.
    pub(crate) extended: [Option<u64>; EXTENDED.len()],
    /// The numbers of [`HARDWARE`], in its units.
    pub(crate) hardware: [Option<u64>; HARDWARE.len()],
    /// In whole seconds.
    pub(crate) lifespan: Option<u64>,
}

/// Reads a port from its directory in `ports`; `None` if the entry is not a port.
pub(crate) fn read(ports: &Directory, name: &str) -> Option<Port> {
    let Some(number) = parse::port_number(name) else {
        skip::report(ports.error(name, "expected the number of a port as the name"));
        return None;
    };
    let directory = ports.directory(name);
    let [state, physical_state, rate] = states(&directory);
    let counters = numbers(&directory.directory("counters"), &COUNTERS);
    // The older directory is used only together with the newer one.
    let extended = match &counters {
        Err(error) if error.is_not_found() => None,
        _ => numbers(&directory.directory("counters_ext"), &EXTENDED).or_skip(),
    };
    let (hardware, milliseconds) = hardware(&directory.directory("hw_counters"));
    Some(Port {
        number: number.to_string(),
        state,
        physical_state,
        rate,
        lifespan: milliseconds.map(|milliseconds| milliseconds / 1000),
        counters: counters.or_skip().unwrap_or([None; _]),
        extended: extended.unwrap_or([None; _]),
        hardware,
    })
}

/// State, physical state and rate.
fn states(directory: &Directory) -> [Option<u64>; 3] {
    let Some([state, physical_state, rate]) = directory.attributes(STATES).or_skip() else {
        return [None; 3];
    };
    let take = |name: &str, found: Result<String, files::Error>, parse: Parse| {
        let value = parse(&found.or_skip()?);
        value
            .map_err(|message| directory.error(name, message))
            .or_skip()
    };
    [
        take("state", state, parse::state),
        take("phys_state", physical_state, parse::state),
        take("rate", rate, parse::rate),
    ]
}

/// The numbers in the files of a table, in its units.
fn numbers<const N: usize>(
    directory: &Directory,
    table: &[Statistic; N],
) -> Result<[Option<u64>; N], files::Error> {
    let mut contents = directory
        .read_all(&table.map(|((file, _), _)| file))?
        .into_iter();
    Ok(table.map(|((file, unit), _)| {
        let number = number(directory, file, contents.next()?).or_skip()??;
        Some(number.wrapping_mul(unit))
    }))
}

/// The numbers of [`HARDWARE`], and the maximum age of the counters in milliseconds.
fn hardware(directory: &Directory) -> ([Option<u64>; HARDWARE.len()], Option<u64>) {
    let mut names = HARDWARE.map(|((file, _), _)| file).to_vec();
    names.push(LIFESPAN_FILE);
    let contents = directory.read_all(&names).or_skip().unwrap_or_default();
    let mut contents = names.iter().zip(contents);
    let mut next = || {
        let (file, content) = contents.next()?;
        number(directory, file, content).or_skip()?
    };
    (HARDWARE.map(|_| next()), next())
}

/// The number in a file of counters. `None` if the driver does not support it.
fn number(
    directory: &Directory,
    name: &str,
    content: Result<Vec<u8>, files::Error>,
) -> Result<Option<u64>, Error> {
    let content = match content {
        Err(error) if error.reason == Reason::NotAFile => return Ok(None),
        content => content?,
    };
    let wrong = |message| directory.error(name, message);
    Ok(parse::counter(&content).map_err(wrong)?)
}
