//! `grants:` what the operator lets a collector do.

use std::slice;

use super::cursor::Cursor;
use super::keys;
use super::problems::{Problems, quoted};
use crate::grants::{Grants, Interface, NamePattern, PatternError};

/// The most patterns of `names`. Every family of a scrape is held against each.
const MOST_NAMES: usize = 256;

/// What a collector may do. A part that is `None` is as for a module without an entry; one that is
/// empty grants nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantsEntry {
    /// The line of the key, counted from 1.
    pub line: usize,
    /// Patterns of the paths that it may read.
    pub reads: Option<Vec<ReadsEntry>>,
    /// Interfaces of the host that it may use, each once, in the order of the file.
    pub interfaces: Option<Vec<Interface>>,
    /// Metric names that it may use although they are reserved.
    pub names: Option<Vec<NamePattern>>,
}

/// One pattern of `reads`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadsEntry {
    /// The pattern as written, in the form of [`Grants::compile`]. Whether the collector has the
    /// option that it may begin with is not checked here.
    pub pattern: String,
    /// The line that it stands on, counted from 1.
    pub line: usize,
}

/// Reads `grants:`. Nothing behind the key is not taken for an empty mapping: where every grant
/// was taken out, more would be granted than before.
pub(super) fn read(cursor: &Cursor<'_>, problems: &mut Problems) -> Option<GrantsEntry> {
    if cursor.is_null() {
        let wanted = "a mapping; write {} for what a module without an entry may do";
        cursor.refuse(problems, format!("wanted {wanted}, found nothing"));
        return None;
    }
    let fields = cursor.fields(&["reads", "interfaces", "names"], problems);
    Some(GrantsEntry {
        line: cursor.line(),
        reads: fields.get("reads").and_then(|it| reads(it, problems)),
        interfaces: (fields.get("interfaces")).and_then(|it| interfaces(it, problems)),
        names: fields.get("names").and_then(|it| names(it, problems)),
    })
}

fn reads(cursor: &Cursor<'_>, problems: &mut Problems) -> Option<Vec<ReadsEntry>> {
    let elements = cursor.elements(problems, "a list of patterns, or [] for none")?;
    let reads = elements.iter().filter_map(|element| {
        let pattern = element.text(problems, "a pattern of paths")?;
        if let Err(text) = check(&[pattern.to_owned()]) {
            element.refuse(problems, format!("the pattern {}: {text}", quoted(pattern)));
        }
        Some(ReadsEntry {
            pattern: pattern.to_owned(),
            line: element.line(),
        })
    });
    let reads: Vec<ReadsEntry> = reads.collect();
    let patterns: Vec<String> = reads.iter().map(|it| it.pattern.clone()).collect();
    let each = patterns.iter().all(|it| check(slice::from_ref(it)).is_ok());
    if let (true, Err(text)) = (each, check(&patterns)) {
        cursor.refuse(problems, text);
    }
    Some(reads)
}

/// Whether patterns can be granted, whatever the values of options are.
fn check(patterns: &[String]) -> Result<(), String> {
    if patterns.iter().any(|it| !it.starts_with(['/', '{'])) {
        return Err("begins neither with / nor with an option in braces".to_owned());
    }
    Grants::compile(patterns, &|_| Some(Vec::new()))
        .map(|_| ())
        .map_err(|PatternError { problem, .. }| problem.to_string())
}

fn interfaces(cursor: &Cursor<'_>, problems: &mut Problems) -> Option<Vec<Interface>> {
    let elements = cursor.elements(problems, "a list of interfaces, or [] for none")?;
    let mut interfaces = Vec::new();
    for element in &elements {
        let Some(name) = element.text(problems, "the name of an interface") else {
            continue;
        };
        let named = Interface::parse(name);
        if named.is_empty() {
            element.refuse(problems, unknown(name));
        }
        let new = named.into_iter().filter(|it| !interfaces.contains(it));
        interfaces.extend(new.collect::<Vec<_>>());
    }
    Some(interfaces)
}

fn names(cursor: &Cursor<'_>, problems: &mut Problems) -> Option<Vec<NamePattern>> {
    const WANTED: &str = "a metric name, or the beginning of one with a * behind it";
    let elements = cursor.elements(problems, "a list of metric names, or [] for none")?;
    if elements.len() > MOST_NAMES {
        let text = format!("{} names, {MOST_NAMES} at most", elements.len());
        cursor.refuse(problems, text);
        return None;
    }
    let names = elements.iter();
    Some(
        names
            .filter_map(|element| element.value(problems, WANTED, NamePattern::parse))
            .collect(),
    )
}

fn unknown(name: &str) -> String {
    let known = Interface::names();
    let hint = match keys::near(name, &known) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("they are {}", known.join(", ")),
    };
    format!("unknown interface {}; {hint}", quoted(name))
}
