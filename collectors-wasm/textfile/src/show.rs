//! Emits the families of the files.
//!
//! A client that does not accept UTF-8 gets names [escaped](firepit_exposition::escaping) by the
//! host, which may equal the names of other families. Families with such a name in their file are
//! passed first, so that they lose nothing.

use std::collections::BTreeMap;

use firepit_exposition::escaping;
use firepit_exposition::parse::{Document, DropReason, DroppedLine, Family, names};
use firepit_sdk::{Gauge, Metrics};

use crate::directory::File;
use crate::emit;
use crate::merge::{HelpRoom, Names};
use crate::read::Outcome;
use crate::records::Records;
use crate::report;

const MTIME: Gauge<1> = Gauge::new(
    "node_textfile_mtime_seconds",
    "Unixtime mtime of textfiles successfully read.",
    ["file"],
);

/// A family to emit.
struct Candidate<'a> {
    path: &'a str,
    document: &'a Document<'a>,
    family: &'a Family<'a>,
    records: &'a Records,
}

/// Emits the families of the files, and the times of files without an error. False if a file has an
/// error; the log then names it.
pub(crate) fn all(metrics: &mut Metrics, files: &[File], outcomes: &[Outcome<'_>]) -> bool {
    report::faults(files, outcomes);
    let mut times = BTreeMap::new();
    let mut candidates = Vec::new();
    let mut names = Names::default();
    let mut sound = true;
    for (file, outcome) in files.iter().zip(outcomes) {
        let (Outcome::Sound(document, records), Ok(stat)) = (outcome, &file.stat) else {
            sound = false;
            continue;
        };
        let path = file.path.as_str();
        times.insert(path, stat.modified_seconds);
        for dropped in &document.dropped {
            sound = false;
            report::line(path, dropped.line, dropped.to_string());
        }
        for (family, records) in document.families.iter().zip(records) {
            match names.add(family, path) {
                Ok(()) => candidates.push(Candidate {
                    path,
                    document,
                    family,
                    records,
                }),
                Err(conflict) => {
                    sound = false;
                    report::conflict(family, &conflict);
                }
            }
        }
    }
    sound &= families(metrics, candidates, &names);
    let mut mtime = metrics.gauge(&MTIME);
    for (path, modified) in times {
        mtime.set([path], modified);
    }
    sound
}

/// Emits families. False if the response cannot contain one; the log then names it.
fn families(metrics: &mut Metrics, candidates: Vec<Candidate<'_>>, names: &Names<'_>) -> bool {
    let mut sound = true;
    let (as_they_are, others): (Vec<_>, Vec<_>) =
        (candidates.into_iter()).partition(|candidate| names::is_metric(candidate.family.name));
    let mut room = HelpRoom::new();
    for candidate in as_they_are.into_iter().chain(others) {
        let Candidate {
            path,
            document,
            family,
            records,
        } = candidate;
        let name = names::unescaped(family.name);
        if let Some(reason) = problem(&name) {
            sound = false;
            let dropped = DroppedLine {
                line: family.line,
                name: family.name,
                reason,
            };
            report::line(path, family.line, dropped.to_string());
            continue;
        }
        let help = names.help(family.name);
        let help = room.grant(family, records.families(), help);
        if emit::emit(metrics, document, family, records, &name, &help).is_err() {
            sound = false;
            report::too_many_labels(family, path);
        }
    }
    sound
}

/// The reason why the response cannot contain a metric name.
fn problem(name: &str) -> Option<DropReason> {
    if name.len() > names::MAX_BYTES {
        Some(DropReason::TooLong)
    } else if !escaping::is_name(name) {
        Some(DropReason::Garbled)
    } else {
        None
    }
}
