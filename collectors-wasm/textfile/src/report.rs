//! Log messages.

use std::collections::BTreeMap;

use firepit_exposition::escape::go::quoted;
use firepit_exposition::parse::{Family, names};
use firepit_sdk::{files, log, parse, skip};

use crate::directory::File;
use crate::limits::Reason;
use crate::merge::Conflict;
use crate::read::Outcome;

/// The maximum number of dropped files that are logged by name at each collection.
const MOST_TOLD: usize = 20;

/// Paths that exceeded a limit: files, and directories or options that select too many files.
pub(crate) type LeftOut = BTreeMap<String, (Reason, String)>;

/// Logs which files are dropped, if that changed.
#[derive(Debug, Default)]
pub(crate) struct Report {
    known: BTreeMap<String, Reason>,
}

impl Report {
    /// Logs paths that are newly dropped or have a new reason, and paths that are no longer
    /// dropped.
    pub(crate) fn changes(&mut self, left_out: LeftOut) {
        let known = std::mem::take(&mut self.known);
        let is_new = |path: &str, reason| known.get(path) != Some(&reason);
        let new = (left_out.iter()).filter(|(path, (reason, _))| is_new(path, *reason));
        let mut more = 0_usize;
        for (number, (path, (reason, message))) in new.enumerate() {
            if number >= MOST_TOLD {
                more += 1;
                continue;
            }
            let text = format!("dropped {}: {message}", quoted(path.as_bytes()));
            let fields = [
                ("file", path.as_str()),
                ("reason", reason.as_str()),
                ("err", &text),
            ];
            log::error("textfile exceeds a limit", &fields);
        }
        if more > 0 {
            let more = more.to_string();
            log::error(
                "more textfiles exceed a limit",
                &[("number", more.as_str())],
            );
        }
        let again = known.keys().filter(|path| !left_out.contains_key(*path));
        for path in again.take(MOST_TOLD) {
            log::info("textfile is within the limits again", &[("file", path)]);
        }
        let left_out = left_out.into_iter();
        self.known = left_out.map(|(path, (reason, _))| (path, reason)).collect();
    }
}

/// A directory that cannot be listed.
pub(crate) fn unlisted(directory: &str, reason: files::Reason) {
    let error = format!("open {directory}: {reason}");
    let fields = [("path", directory), ("err", error.as_str())];
    log::error("failed to read textfile collector directory", &fields);
}

/// Unreadable files, then files with an error.
pub(crate) fn faults(files: &[File], outcomes: &[Outcome<'_>]) {
    for (File { name, path, .. }, outcome) in files.iter().zip(outcomes) {
        if let Outcome::Unread(reason) = outcome {
            let shown = quoted(path.as_bytes());
            let error = format!("failed to open textfile data file {shown}: open {path}: {reason}");
            fault(name, &error);
        }
    }
    for (File { name, path, .. }, outcome) in files.iter().zip(outcomes) {
        let shown = || quoted(path.as_bytes());
        let error = match outcome {
            Outcome::Faulty(error) => {
                format!("failed to parse textfile data from {}: {error}", shown())
            }
            Outcome::Stamped => format!(
                "textfile {} contains unsupported client-side timestamps, skipping entire file",
                shown()
            ),
            Outcome::Sound(..) | Outcome::Unread(_) | Outcome::LeftOut(..) => continue,
        };
        fault(name, &error);
    }
}

fn fault(name: &str, error: &str) {
    let fields = [("file", name), ("err", error)];
    log::error("failed to collect textfile data", &fields);
}

/// A family that is dropped because its help text differs from that in another file.
pub(crate) fn conflict(family: &Family<'_>, conflict: &Conflict<'_>) {
    let name = names::unescaped(family.name);
    let fields = [
        ("metric", &*name),
        ("original_help_text", conflict.original),
        ("new_help_text", conflict.new),
        ("file", conflict.first_file),
    ];
    log::error("inconsistent metric help text", &fields);
}

/// A family that has more label names than the host accepts.
pub(crate) fn too_many_labels(family: &Family<'_>, path: &str) {
    let name = names::unescaped(family.name);
    let fields = [("metric", &*name), ("file", path)];
    log::error("metric has too many label names", &fields);
}

/// A line, or the family that begins there, that the response cannot contain.
pub(crate) fn line(path: &str, line: usize, problem: String) {
    skip::report(parse::Error::in_line(path, line, problem));
}
