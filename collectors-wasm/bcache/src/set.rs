//! Reading one cache set.

use firepit_sdk::files::{self, Directory, glob};
use firepit_sdk::skip::OrSkip;

use crate::families::{BACKING, CACHE, DEBUG, INTERNAL, PRIORITY, SET, Statistic, TOTAL};
use crate::parse;

/// The files that have lines of several numbers.
pub(crate) const DEBUG_FILE: &str = "writeback_rate_debug";
pub(crate) const PRIORITY_FILE: &str = "priority_stats";

/// Seconds. The name of the file says microseconds, but node_exporter treats the number as
/// nanoseconds.
const NANOSECOND: f64 = 1e-9;

/// The numbers of a table; `None` if unknown.
pub(crate) type Numbers<const N: usize> = [Option<f64>; N];

/// One cache set.
pub(crate) struct Set {
    pub(crate) uuid: String,
    /// The numbers of [`SET`].
    pub(crate) numbers: Numbers<6>,
    /// The numbers of [`INTERNAL`].
    pub(crate) internal: Numbers<4>,
    /// Their numbers are those of [`BACKING`], [`DEBUG`] and [`TOTAL`].
    pub(crate) backing: Vec<Device<(Numbers<1>, Numbers<5>, Numbers<7>)>>,
    /// Their numbers are those of [`CACHE`] and, if enabled, [`PRIORITY`].
    pub(crate) caches: Vec<Device<(Numbers<3>, Numbers<2>)>>,
}

/// One device of a set.
pub(crate) struct Device<T> {
    pub(crate) name: String,
    pub(crate) numbers: T,
}

/// Reads a set from its directory.
pub(crate) fn read(directory: &Directory, priority_stats: bool) -> Set {
    let mut internal = numbers(&directory.directory("internal"), &INTERNAL);
    let [_, _, duration, _] = &mut internal;
    *duration = duration.map(|duration| duration * NANOSECOND);
    let mut set = Set {
        uuid: directory.name().to_owned(),
        numbers: numbers(directory, &SET),
        internal,
        backing: Vec::new(),
        caches: Vec::new(),
    };
    // A set that was just removed has no devices.
    let entries = directory.list().or_skip().unwrap_or_default();
    for name in entries.into_iter().map(|entry| entry.name) {
        let device = directory.directory(&name);
        if glob::matches("bdev[0-9]*", &name) {
            let debug = lines(&device, DEBUG_FILE, &DEBUG, parse::rate);
            let mut total = numbers(&device.directory("stats_total"), &TOTAL);
            // Newer kernels no longer count it.
            let [.., readaheads] = &mut total;
            *readaheads = readaheads.filter(|count| *count != 0.0);
            let numbers = (numbers(&device, &BACKING), debug, total);
            set.backing.push(Device { name, numbers });
        } else if glob::matches("cache[0-9]*", &name) {
            let priority = if priority_stats {
                lines(&device, PRIORITY_FILE, &PRIORITY, parse::percent)
            } else {
                [None; 2]
            };
            let numbers = (numbers(&device, &CACHE), priority);
            set.caches.push(Device { name, numbers });
        }
    }
    set
}

/// The numbers in the files of a table.
fn numbers<const L: usize, const N: usize>(
    directory: &Directory,
    table: &[Statistic<L>; N],
) -> Numbers<N> {
    let names = table.map(|(name, _)| name);
    let contents = directory.read_all(&names).or_skip();
    let mut contents = contents.into_iter().flatten();
    names.map(|name| {
        let number = parse::number(&files::text(contents.next()?.or_skip()?));
        let number = number.map_err(|message| directory.error(name, message));
        number.or_skip()
    })
}

/// The numbers in the lines of a file that a table names.
fn lines<const N: usize>(
    directory: &Directory,
    file: &str,
    table: &[Statistic<2>; N],
    parse: parse::Value,
) -> Numbers<N> {
    let content = directory.read([file]).and_then(|[content]| content);
    match content.or_skip() {
        Some(content) => {
            let names = table.map(|(name, _)| name);
            parse::lines(&directory.text(file, content), names, parse)
        }
        None => [None; N],
    }
}
