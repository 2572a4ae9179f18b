//! From an option's text to the files that it means.

use firepit_sdk::files::{self, EntryKind, Reason, Stat, path};

use crate::glob::{Pattern, is_pattern};
use crate::limits;

/// A file that a directory has.
#[derive(Debug)]
pub(crate) struct File {
    /// The directory's place among all of them.
    pub(crate) directory: usize,
    /// Its name in the directory.
    pub(crate) name: String,
    /// Its path as it stands in labels and messages.
    pub(crate) path: String,
    /// What is known of it before it is read.
    pub(crate) stat: Result<Stat, Reason>,
}

/// The directories that a value of the option means: those that match it as a pattern, or else the
/// one of just that name.
pub(crate) fn expand(option: &str) -> Vec<String> {
    let option = path::clean(option);
    let matching = if is_pattern(&option) {
        matching(&option)
    } else {
        Vec::new()
    };
    if matching.is_empty() {
        return vec![option];
    }
    matching
}

fn matching(option: &str) -> Vec<String> {
    let (start, rest) = match option.strip_prefix('/') {
        Some(rest) => ("/", rest),
        None => ("", option),
    };
    let mut found = vec![start.to_owned()];
    let mut segments = rest.split('/').peekable();
    while let Some(segment) = segments.next() {
        if !is_pattern(segment) {
            let join = |directory: &String| below(directory, segment);
            found = found.iter().map(join).collect();
            continue;
        }
        let Some(pattern) = Pattern::new(segment) else {
            return Vec::new();
        };
        let is_last = segments.peek().is_none();
        found = (found.iter())
            .flat_map(|directory| matching_entries(directory, &pattern, is_last))
            // One more than may be, so that it is noticed.
            .take(limits::DIRECTORIES + 1)
            .collect();
    }
    if !rest.rsplit('/').next().is_some_and(is_pattern) {
        // Directories can be listed, but not looked up by their names.
        found.retain(|path| !files::list(path).is_err_and(|error| error.is_not_found()));
    }
    found
}

fn matching_entries(directory: &str, pattern: &Pattern, is_last: bool) -> Vec<String> {
    let listed = if directory.is_empty() { "." } else { directory };
    // As for any pattern: what cannot be read matches nothing.
    let entries = files::list(listed).unwrap_or_default();
    let leads_on = |kind| matches!(kind, EntryKind::Directory | EntryKind::Symlink);
    (entries.into_iter())
        .filter(|entry| is_last || leads_on(entry.kind))
        .filter(|entry| pattern.matches(&entry.name))
        .map(|entry| below(directory, &entry.name))
        .collect()
}

fn below(directory: &str, name: &str) -> String {
    match directory {
        "" => name.to_owned(),
        _ => path::entry(directory, name),
    }
}

/// Finds the files of a directory, `most` at most. `found` gets them in the order of their names.
///
/// # Errors
/// Where the directory cannot be listed.
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
            // Before the content: a file that changes in between may look older than it is, but
            // never fresher.
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
    /// It has more than it may have.
    Cut,
}
