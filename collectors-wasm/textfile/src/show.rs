//! From what the files say to what the page has.
//!
//! Names of metrics that the page cannot have get [others](names), which may be those of other
//! families. Then they share them: as far as the types agree all series are shown, under one help text.
//! What is called so in its file comes first, so that it loses nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;

use firepit_exposition::escape::go::quoted;
use firepit_exposition::parse::{Document, DropReason, DroppedLine, Family, names};
use firepit_exposition::validate::Kind;
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

/// A family that is to be shown.
struct Candidate<'a> {
    path: &'a str,
    document: &'a Document<'a>,
    family: &'a Family<'a>,
    records: &'a Records,
}

/// Hands over what the files say, and the times of those without a fault. False where any has one;
/// the log then says which.
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

/// Hands over families. False where the page cannot have one; the log then says which.
fn families(metrics: &mut Metrics, candidates: Vec<Candidate<'_>>, names: &Names<'_>) -> bool {
    let mut sound = true;
    let (as_they_are, others): (Vec<_>, Vec<_>) =
        (candidates.into_iter()).partition(|candidate| names::is_metric(candidate.family.name));
    let mut taken = Taken::by(&others);
    let mut room = HelpRoom::new();
    for candidate in as_they_are.into_iter().chain(others) {
        let Candidate {
            path,
            document,
            family,
            records,
        } = candidate;
        let name = names::metric(family.name);
        let shown = if name.len() > names::MAX_BYTES {
            Err(too_long(family))
        } else {
            let help = names.help(family.name);
            (taken.take(&name, family.kind, help)).ok_or_else(|| type_conflict(family, &name))
        };
        let help = match shown {
            Ok(help) => room.grant(family, records.families(), help),
            Err(problem) => {
                sound = false;
                report::line(path, family.line, problem);
                continue;
            }
        };
        if emit::emit(metrics, document, family, records, &name, &help).is_err() {
            sound = false;
            report::too_many_labels(family, path);
        }
    }
    sound
}

fn too_long(family: &Family<'_>) -> String {
    let dropped = DroppedLine {
        line: family.line,
        name: family.name,
        reason: DropReason::TooLong,
    };
    dropped.to_string()
}

fn type_conflict(family: &Family<'_>, name: &str) -> String {
    let original = quoted(names::unescaped(family.name).as_bytes());
    format!("metric name {original} is {name} on the page, which has another type there")
}

/// Who has the names that families get for others: type and help text, once one has it.
struct Taken<'a>(BTreeMap<String, Option<(Kind, Cow<'a, str>)>>);

impl<'a> Taken<'a> {
    /// The names that these families get.
    fn by(others: &[Candidate<'_>]) -> Self {
        let names = others.iter().map(|other| names::metric(other.family.name));
        Self(names.map(|name| (name.into_owned(), None)).collect())
    }

    /// Gives a name to a family: the help text under which it is shown, none if the name has another
    /// type. Most names are of no interest here.
    fn take(&mut self, name: &str, kind: Kind, help: Cow<'a, str>) -> Option<Cow<'a, str>> {
        match self.0.get_mut(name) {
            None => Some(help),
            Some(Some((first, _))) if *first != kind => None,
            Some(taken) => Some(taken.get_or_insert((kind, help)).1.clone()),
        }
    }
}
