//! Reading one port: its state, and up to three directories of counters.

use firepit_sdk::Error;
use firepit_sdk::files::{self, Directory, Reason};
use firepit_sdk::skip::{self, OrSkip};

use crate::families::{COUNTERS, EXTENDED, HARDWARE, LIFESPAN_FILE, Statistic};
use crate::parse;

/// The attributes that every port has.
pub(crate) const STATES: [&str; 3] = ["state", "phys_state", "rate"];

type Parse = fn(&str) -> Result<u64, String>;

/// One port. What cannot be had is `None`.
pub(crate) struct Port {
    /// As decimal text.
    pub(crate) number: String,
    pub(crate) state: Option<u64>,
    pub(crate) physical_state: Option<u64>,
    /// In bytes per second.
    pub(crate) rate: Option<u64>,
    /// Of each table of counters the numbers that the port has, in its order and its units. A
    /// directory that cannot be had gives an empty one.
    pub(crate) counters: [Vec<Option<u64>>; 3],
    /// In whole seconds.
    pub(crate) lifespan: Option<u64>,
}

/// Reads a port from its directory in `ports`; `None` where it is none.
pub(crate) fn read(ports: &Directory, name: &str) -> Option<Port> {
    let Some(number) = parse::port_number(name) else {
        skip::report(ports.error(name, "expected the number of a port as the name"));
        return None;
    };
    let directory = ports.directory(name);
    let [state, physical_state, rate] = states(&directory);
    let counters = numbers(&directory.directory("counters"), &files(&COUNTERS));
    // The older directory counts only beside the newer one.
    let extended = match &counters {
        Err(error) if error.is_not_found() => Vec::new(),
        _ => numbers(&directory.directory("counters_ext"), &files(&EXTENDED))
            .or_skip()
            .unwrap_or_default(),
    };
    let mut names = files(&HARDWARE);
    names.push(LIFESPAN_FILE);
    let mut hardware = numbers(&directory.directory("hw_counters"), &names)
        .or_skip()
        .unwrap_or_default();
    let milliseconds = hardware.pop().flatten();
    Some(Port {
        number: number.to_string(),
        state,
        physical_state,
        rate,
        lifespan: milliseconds.map(|milliseconds| milliseconds / 1000),
        counters: [counters.or_skip().unwrap_or_default(), extended, hardware],
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

fn files(table: &[Statistic]) -> Vec<&'static str> {
    table.iter().map(|statistic| statistic.file).collect()
}

/// The numbers in some files of a directory.
fn numbers(directory: &Directory, names: &[&str]) -> Result<Vec<Option<u64>>, files::Error> {
    let contents = directory.read_all(names)?;
    Ok((names.iter().zip(contents))
        .map(|(name, content)| number(directory, name, content).or_skip().flatten())
        .collect())
}

/// The number in a file of counters. `None` where the driver has none.
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
