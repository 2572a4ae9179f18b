//! From an option's text to the files that it means.

use firepit_sdk::files::{self, Directory, EntryKind, Stat, path};
use firepit_sdk::log;

use crate::glob::{Pattern, is_pattern};
use crate::parse::quoted;

/// A file that could be read.
#[derive(Debug)]
pub(crate) struct File {
    /// Its name in the directory.
    pub(crate) name: String,
    /// Its path as it stands in labels and messages.
    pub(crate) path: String,
    /// When it was changed last: whole seconds since 1970-01-01 UTC.
    pub(crate) modified: i64,
    pub(crate) content: Vec<u8>,
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

/// Reads the files of a directory into `found`. False where any could not be read; the log then
/// says which.
pub(crate) fn read(directory: &str, found: &mut Vec<File>) -> bool {
    let (names, contents) = match names_and_contents(directory) {
        Ok(both) => both,
        Err(error) => {
            let error = format!("open {directory}: {}", error.reason);
            let fields = [("path", directory), ("err", error.as_str())];
            log::error("failed to read textfile collector directory", &fields);
            return false;
        }
    };
    let before = found.len();
    let files = names.len();
    for (name, content) in names.into_iter().zip(contents) {
        let path = path::clean(&path::entry(directory, &name));
        match content {
            Ok((modified, content)) => found.push(File {
                name,
                path,
                modified,
                content,
            }),
            Err(error) => {
                let (shown, reason) = (quoted(path.as_bytes()), error.reason);
                let text =
                    format!("failed to open textfile data file {shown}: open {path}: {reason}");
                log_failure(&name, &text);
            }
        }
    }
    found.len() - before == files
}

/// Says in the log why nothing of a file is shown.
pub(crate) fn log_failure(name: &str, error: &str) {
    let fields = [("file", name), ("err", error)];
    log::error("failed to collect textfile data", &fields);
}

type Content = Result<(i64, Vec<u8>), files::Error>;

/// The names of the files of a directory, and of each the time of its last change and its content.
fn names_and_contents(directory: &str) -> Result<(Vec<String>, Vec<Content>), files::Error> {
    let names = files::list(directory)?.into_iter().map(|entry| entry.name);
    let names: Vec<String> = names.filter(|name| name.ends_with(".prom")).collect();
    if names.is_empty() {
        return Ok((names, Vec::new()));
    }
    // Before the contents: a file that changes in between may look older than it is, but never
    // fresher.
    let stats: Vec<Result<Stat, files::Error>> = (names.iter())
        .map(|name| files::stat(&path::entry(directory, name)))
        .collect();
    let contents = Directory::new(directory).read_all(&names)?;
    let both = stats.into_iter().zip(contents);
    let both = both.map(|(stat, content)| Ok((stat?.modified_seconds, content?)));
    Ok((names, both.collect()))
}
