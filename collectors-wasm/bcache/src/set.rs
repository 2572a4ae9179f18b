//! Reading one cache set.

use firepit_sdk::Error;
use firepit_sdk::files::{self, Directory, Optional, glob};

use crate::families::{BACKING, CACHE, DEBUG, INTERNAL, PRIORITY, SET, TOTAL, sources};
use crate::parse;

/// The files that have lines of several numbers.
pub(crate) const DEBUG_FILE: &str = "writeback_rate_debug";
pub(crate) const PRIORITY_FILE: &str = "priority_stats";

/// One cache set.
pub(crate) struct Set {
    pub(crate) uuid: String,
    /// Those of [`SET`], then those of [`INTERNAL`].
    pub(crate) numbers: Vec<f64>,
    /// Their numbers are those of [`BACKING`], [`DEBUG`] and [`TOTAL`].
    pub(crate) backing: Vec<Device>,
    /// Their numbers are those of [`CACHE`] and, if they were asked for, [`PRIORITY`].
    pub(crate) caches: Vec<Device>,
}

/// One device of a set.
pub(crate) struct Device {
    pub(crate) name: String,
    pub(crate) numbers: Vec<f64>,
}

/// Reads a set from its directory.
pub(crate) fn read(directory: &Directory, priority_stats: bool) -> Result<Set, Error> {
    let mut set = Set {
        uuid: directory.name().to_owned(),
        numbers: numbers(directory, &sources(&SET))?,
        backing: Vec::new(),
        caches: Vec::new(),
    };
    set.numbers.extend(numbers(
        &directory.directory("internal"),
        &sources(&INTERNAL),
    )?);
    // A set that has just gone has no devices.
    let entries = directory.list().optional()?.unwrap_or_default();
    for name in entries.into_iter().map(|entry| entry.name) {
        let device = directory.directory(&name);
        if glob::matches("bdev[0-9]*", &name) {
            let numbers = backing(&device)?;
            set.backing.push(Device { name, numbers });
        } else if glob::matches("cache[0-9]*", &name) {
            let numbers = cache(&device, priority_stats)?;
            set.caches.push(Device { name, numbers });
        }
    }
    Ok(set)
}

fn backing(device: &Directory) -> Result<Vec<f64>, Error> {
    let mut found = numbers(device, &sources(&BACKING))?;
    found.extend(lines(device, DEBUG_FILE, &sources(&DEBUG), parse::rate)?);
    found.extend(numbers(&device.directory("stats_total"), &sources(&TOTAL))?);
    Ok(found)
}

fn cache(device: &Directory, priority_stats: bool) -> Result<Vec<f64>, Error> {
    let mut found = numbers(device, &sources(&CACHE))?;
    if priority_stats {
        found.extend(lines(
            device,
            PRIORITY_FILE,
            &sources(&PRIORITY),
            parse::percent,
        )?);
    }
    Ok(found)
}

/// The numbers in some files. One that is missing counts as 0.
fn numbers(directory: &Directory, names: &[&str]) -> Result<Vec<f64>, Error> {
    let mut contents = directory.read_all(names).optional()?.into_iter().flatten();
    let mut numbers = Vec::with_capacity(names.len());
    for name in names {
        let content = contents
            .next()
            .map(Optional::optional)
            .transpose()?
            .flatten();
        let Some(content) = content else {
            numbers.push(0.0);
            continue;
        };
        let wrong = |message| directory.error(name, message);
        numbers.push(parse::number(&files::text(content)).map_err(wrong)?);
    }
    Ok(numbers)
}

/// The numbers in some lines of a file. One that is missing counts as 0.
fn lines(
    directory: &Directory,
    file: &str,
    names: &[&str],
    parse: parse::Value,
) -> Result<Vec<f64>, Error> {
    let [content] = directory.read([file])?;
    let text = directory.text(file, content?);
    Ok(parse::lines(&text, names, parse)?)
}
