//! Patterns held against the never-list, and what is given by its full name alone, without any path:
//! whether all that a pattern matches is given, or some of it, or nothing.
//!
//! Three things are known here beyond the list, because no answer would be of use without them. The
//! kernel has directories of processes and threads wherever a wildcard of `/proc` fits a number.
//! And of the names that the list refuses anywhere below a directory, most are files: a wildcard
//! with more behind it is not taken for one of them, or `/sys/class/net/*/mtu` would be told as
//! refused for an interface that somebody named `reset`. And where both have a wildcard in a name,
//! such names count as there are: `*_bytes` is not thought to mean a `resource_bytes`. The list itself knows no such difference;
//! it is asked for each path all the same.

mod rules;
mod steps;

use super::{Lists, Place, is_net_of_others};
use crate::grants::path::join;
use crate::grants::pattern::{Pattern, Segment, Top};
use rules::Banned;

/// Names that are told one by one; behind them stands `...`.
const MOST_NAMED: usize = 6;

/// What becomes of the paths that a pattern matches, where its patterns are granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// All of them are given.
    Given,
    /// Some are given to nobody: these, and the last may be `...`. Never empty.
    Except(Vec<String>),
    /// None is given to anybody.
    Never,
    /// None is given by this pattern, because each is given by its full name alone.
    ByName,
}

/// Holds a pattern against these lists. Takes time of the product of the lengths of both. Of a
/// directory that an option names, only what lies below it is known here.
pub(crate) fn fate(pattern: &Pattern, lists: Lists) -> Fate {
    let tree = match pattern.top {
        Top::Tree(tree) => Some(tree),
        Top::Option(_) => None,
    };
    let has_all = |banned: &[Banned]| banned.iter().any(|own| own.has_all_of(&pattern.below));
    let never = rules::of(tree, Lists::Never);
    if begins_on(pattern, Lists::Never) || has_all(never) {
        return Fate::Never;
    }
    let by_name = match lists {
        Lists::Never => &[],
        Lists::ByName => rules::of(tree, Lists::ByName),
    };
    if begins_on(pattern, lists) || has_all(by_name) {
        return Fate::ByName;
    }
    if pattern.below.iter().all(is_literal) {
        return Fate::Given;
    }
    match names(never.iter().chain(by_name), pattern) {
        names if names.is_empty() => Fate::Given,
        names => Fate::Except(names),
    }
}

/// Whether the names before the first wildcard lead to or below something on one of these lists. The
/// directory of an option is not known here; only what lies below it is looked at.
pub(crate) fn begins_on(pattern: &Pattern, lists: Lists) -> bool {
    let place = match pattern.top {
        Top::Tree(tree) => Place::Tree(tree),
        Top::Option(_) => Place::Option(""),
    };
    let beginning = beginning(pattern);
    lists.refuse(place, &beginning)
        || (lists == Lists::ByName && is_net_of_others(place, &beginning))
}

/// The path up to the first wildcard.
fn beginning(pattern: &Pattern) -> String {
    let literals = pattern.below.iter().map_while(|segment| match segment {
        Segment::Literal(name) => Some(name.as_str()),
        _ => None,
    });
    literals.fold(String::new(), |path, name| join(&path, name))
}

fn is_literal(segment: &Segment) -> bool {
    matches!(segment, Segment::Literal(_))
}

/// What of the list a pattern may match, in the order of the list, each name once.
fn names<'b>(banned: impl Iterator<Item = &'b Banned>, pattern: &Pattern) -> Vec<String> {
    let beginning = format!("{}/", beginning(pattern));
    let mut names: Vec<String> = Vec::new();
    let mut unnamed = None;
    for own in banned {
        let name = own.name.strip_prefix(&beginning).unwrap_or(&own.name);
        let known = names.iter().any(|known| known == name);
        if known || !own.has_some_of(&pattern.below) {
            continue;
        }
        if own.is_rest {
            unnamed.get_or_insert(name);
        } else if names.len() == MOST_NAMED {
            names.push("...".to_owned());
            return names;
        } else {
            names.push(name.to_owned());
        }
    }
    if let (true, Some(rest)) = (names.is_empty(), unnamed) {
        names.push(rest.to_owned());
    }
    names
}

#[cfg(test)]
mod tests;
