//! Reading one cache set.

use firepit_sdk::files::{self, Directory, glob};
use firepit_sdk::skip::OrSkip;

use crate::families::{BACKING, CACHE, DEBUG, INTERNAL, PRIORITY, SET, TOTAL, sources};
use crate::parse;

/// The files that have lines of several numbers.
pub(crate) const DEBUG_FILE: &str = "writeback_rate_debug";
pub(crate) const PRIORITY_FILE: &str = "priority_stats";

/// The numbers of a table, so far as they are known.
type Numbers = Vec<Option<f64>>;

/// One cache set.
pub(crate) struct Set {
    pub(crate) uuid: String,
    /// Those of [`SET`], then those of [`INTERNAL`].
    pub(crate) numbers: Numbers,
    /// Their numbers are those of [`BACKING`], [`DEBUG`] and [`TOTAL`].
    pub(crate) backing: Vec<Device>,
    /// Their numbers are those of [`CACHE`] and, if they were asked for, [`PRIORITY`].
    pub(crate) caches: Vec<Device>,
}

/// One device of a set.
pub(crate) struct Device {
    pub(crate) name: String,
    pub(crate) numbers: Numbers,
}

/// Reads a set from its directory.
pub(crate) fn read(directory: &Directory, priority_stats: bool) -> Set {
    let mut set = Set {
        uuid: directory.name().to_owned(),
        numbers: numbers(directory, &sources(&SET)),
        backing: Vec::new(),
        caches: Vec::new(),
    };
    let internal = directory.directory("internal");
    set.numbers.extend(numbers(&internal, &sources(&INTERNAL)));
    // A set that has just gone has no devices.
    let entries = directory.list().or_skip().unwrap_or_default();
    for name in entries.into_iter().map(|entry| entry.name) {
        let device = directory.directory(&name);
        if glob::matches("bdev[0-9]*", &name) {
            let numbers = backing(&device);
            set.backing.push(Device { name, numbers });
        } else if glob::matches("cache[0-9]*", &name) {
            let numbers = cache(&device, priority_stats);
            set.caches.push(Device { name, numbers });
        }
    }
    set
}

fn backing(device: &Directory) -> Numbers {
    let mut found = numbers(device, &sources(&BACKING));
    found.extend(lines(device, DEBUG_FILE, &sources(&DEBUG), parse::rate));
    found.extend(numbers(&device.directory("stats_total"), &sources(&TOTAL)));
    found
}

fn cache(device: &Directory, priority_stats: bool) -> Numbers {
    let mut found = numbers(device, &sources(&CACHE));
    if priority_stats {
        let percentages = lines(device, PRIORITY_FILE, &sources(&PRIORITY), parse::percent);
        found.extend(percentages);
    }
    found
}

/// The numbers in some files.
fn numbers(directory: &Directory, names: &[&str]) -> Numbers {
    let Some(contents) = directory.read_all(names).or_skip() else {
        return vec![None; names.len()];
    };
    let number = |(name, content): (&&str, Result<Vec<u8>, files::Error>)| {
        let number = parse::number(&files::text(content.or_skip()?));
        let number = number.map_err(|message| directory.error(name, message));
        number.or_skip()
    };
    names.iter().zip(contents).map(number).collect()
}

/// The numbers in some lines of a file.
fn lines(directory: &Directory, file: &str, names: &[&str], parse: parse::Value) -> Numbers {
    let content = directory.read([file]).and_then(|[content]| content);
    match content.or_skip() {
        Some(content) => parse::lines(&directory.text(file, content), names, parse),
        None => vec![None; names.len()],
    }
}
