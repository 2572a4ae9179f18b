//! `grants:` what the operator permits a collector.

use std::slice;

use super::cursor::Cursor;
use super::keys;
use super::problems::{Problems, in_quotes};
use super::reference::{Key, key, key_names};
use firepit_exposition::names::{BuiltinNames, NamePattern};
use firepit_sandbox::grants::{Addresses, Grants, Interface, PatternError};

/// Maximum number of patterns in `names`. Each family of a scrape is compared with all of them.
const MAX_NAMES: usize = 256;

/// Maximum number of addresses in `connects`, as of a descriptor.
const MAX_CONNECTS: usize = 64;

/// The parts of what a collector may do.
pub(super) const KEYS: [Key; 4] = [
    key(
        "reads",
        "list of patterns; `[]` grants none",
        "the [default grants](modules.md#what-a-module-may-do)",
    ),
    key(
        "connects",
        "list of [addresses](modules.md#connections); `[]` grants none",
        "a third-party module may connect to nothing, a built-in collector to what it declares",
    ),
    key(
        "interfaces",
        "list of [interfaces](modules.md#what-a-module-may-do); `[]` grants none",
        "the default grants",
    ),
    key(
        "names",
        "list of metric names, or prefixes of names followed by `*`, 256 at most; `[]` grants none",
        "a third-party module may use no [reserved name](modules.md#names-and-families), a built-in \
         collector any",
    ),
];

/// What a collector may do. A part that is `None` is as for a module without an entry; an empty one grants
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantsEntry {
    /// The line of the key, counted from 1.
    pub line: usize,
    /// Patterns of the paths that it may read.
    pub reads: Option<Vec<ReadsEntry>>,
    /// Addresses that it may connect to.
    pub connects: Option<Vec<ConnectsEntry>>,
    /// Interfaces of the host that it may use, without duplicates, in the order of the file.
    pub interfaces: Option<Vec<Interface>>,
    /// Reserved metric names that it may use.
    pub names: Option<Vec<NamePattern>>,
}

/// One pattern of `reads`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadsEntry {
    /// The pattern as written, in the form of [`Grants::compile`]. Whether the collector has the option
    /// that it may begin with is not checked here.
    pub pattern: String,
    /// Its line, counted from 1.
    pub line: usize,
}

/// One address of `connects`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectsEntry {
    /// The address as written, in the form of [`Addresses::compile`]. Whether the collector has the options
    /// that it contains is not checked here.
    pub address: String,
    /// Its line, counted from 1.
    pub line: usize,
}

/// Reads `grants:`. An empty value is not an empty mapping: deleting every grant below the key would
/// otherwise grant more than before.
pub(super) fn read(
    cursor: &Cursor<'_>,
    builtin: &BuiltinNames,
    problems: &mut Problems,
) -> Option<GrantsEntry> {
    if cursor.is_null() {
        let hint = "write {} for the default grants";
        cursor.reject(
            problems,
            format!("expected a mapping, found nothing; {hint}"),
        );
        return None;
    }
    let fields = cursor.fields(&key_names(&KEYS), problems);
    Some(GrantsEntry {
        line: cursor.line(),
        reads: fields.get("reads").and_then(|it| reads(it, problems)),
        connects: fields.get("connects").and_then(|it| connects(it, problems)),
        interfaces: fields
            .get("interfaces")
            .and_then(|it| interfaces(it, problems)),
        names: fields
            .get("names")
            .and_then(|it| names(it, builtin, problems)),
    })
}

fn reads(cursor: &Cursor<'_>, problems: &mut Problems) -> Option<Vec<ReadsEntry>> {
    let elements = cursor.elements(problems, "a list of patterns, or [] for none")?;
    let reads = elements.iter().filter_map(|element| {
        let pattern = element.text(problems, "a pattern of paths")?;
        if let Err(text) = check(&[pattern.to_owned()]) {
            element.reject(
                problems,
                format!("the pattern {}: {text}", in_quotes(pattern)),
            );
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
        cursor.reject(problems, text);
    }
    Some(reads)
}

/// Whether the patterns can be granted, for any values of options.
fn check(patterns: &[String]) -> Result<(), String> {
    if patterns.iter().any(|it| !it.starts_with(['/', '{'])) {
        return Err("begins neither with / nor with an option in braces".to_owned());
    }
    Grants::compile(patterns, &|_| Some(Vec::new()))
        .map(|_| ())
        .map_err(|PatternError { problem, .. }| problem.to_string())
}

fn connects(cursor: &Cursor<'_>, problems: &mut Problems) -> Option<Vec<ConnectsEntry>> {
    let elements = cursor.elements(problems, "a list of addresses, or [] for none")?;
    let connects = elements.iter().filter_map(|element| {
        let address = element.text(problems, "an address such as tcp:127.0.0.1:6379")?;
        if let Err(problem) = Addresses::check(address) {
            element.reject(
                problems,
                format!("the address {}: {problem}", in_quotes(address)),
            );
        }
        Some(ConnectsEntry {
            address: address.to_owned(),
            line: element.line(),
        })
    });
    let connects: Vec<ConnectsEntry> = connects.collect();
    if connects.len() > MAX_CONNECTS {
        let number = connects.len();
        let text = format!("{number} addresses, at most {MAX_CONNECTS} are allowed");
        cursor.reject(problems, text);
        return None;
    }
    Some(connects)
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
            element.reject(problems, unknown(name));
        }
        let new = named.into_iter().filter(|it| !interfaces.contains(it));
        interfaces.extend(new.collect::<Vec<_>>());
    }
    Some(interfaces)
}

fn names(
    cursor: &Cursor<'_>,
    builtin: &BuiltinNames,
    problems: &mut Problems,
) -> Option<Vec<NamePattern>> {
    const WANTED: &str = "a metric name, or the beginning of one followed by *";
    let elements = cursor.elements(problems, "a list of metric names, or [] for none")?;
    if elements.len() > MAX_NAMES {
        let text = format!("{} names, at most {MAX_NAMES} are allowed", elements.len());
        cursor.reject(problems, text);
        return None;
    }
    let names = elements.iter();
    Some(
        names
            .filter_map(|element| {
                let parse = |text: &str| NamePattern::parse(text, builtin);
                element.value(problems, WANTED, parse)
            })
            .collect(),
    )
}

fn unknown(name: &str) -> String {
    let known = Interface::names();
    let hint = match keys::near(name, &known) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("they are {}", known.join(", ")),
    };
    format!("unknown interface {}; {hint}", in_quotes(name))
}
