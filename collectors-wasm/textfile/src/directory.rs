//! Finds the files that the values of the option select.

use firepit_sdk::files::{self, Reason, Stat, glob, path};

use crate::limits;

/// A file of a directory.
#[derive(Debug)]
pub(crate) struct File {
    /// The index of the directory.
    pub(crate) directory: usize,
    /// Its name in the directory.
    pub(crate) name: String,
    /// Its path in labels and messages.
    pub(crate) path: String,
    /// Its metadata from before the read.
    pub(crate) stat: Result<Stat, Reason>,
}

/// The directories that a value of the option selects: those that match it as a pattern, or else
/// the directory with exactly that name.
pub(crate) fn expand(option: &str) -> Vec<String> {
    let option = path::clean(option);
    let matching = match glob::is_pattern(&option) {
        // One more than allowed, so that the excess is detected.
        true => glob::paths(&option, limits::DIRECTORIES + 1),
        false => Vec::new(),
    };
    if matching.is_empty() {
        vec![option]
    } else {
        matching
    }
}

/// Finds the files of a directory, at most `most`, and adds them to `found` in the order of their
/// names.
///
/// # Errors
/// The directory cannot be listed.
pub(crate) fn find(
    directory: &str,
    index: usize,
    most: usize,
    found: &mut Vec<File>,
) -> Result<Listing, Reason> {
    let entries = files::list(directory).map_err(|error| error.reason)?;
    let mut names = (entries.into_iter())
        .map(|entry| entry.name)
        .filter(|name| name.ends_with(".prom"));
    found.extend(names.by_ref().take(most).map(|name| {
        let place = path::entry(directory, &name);
        File {
            directory: index,
            name,
            path: path::clean(&place),
            // Before the content: a file that changes in between may appear older than it is, but
            // never newer.
            stat: files::stat(&place).map_err(|error| error.reason),
        }
    }));
    Ok(match names.next() {
        None => Listing::Whole,
        Some(_) => Listing::Cut,
    })
}

/// Whether all files of a directory were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    Whole,
    /// The directory has more files than allowed.
    Cut,
}
