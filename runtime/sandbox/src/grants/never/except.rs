//! Compares patterns with the never-list and with the list of files granted by full name only,
//! without any path: whether all, some or none of the paths that a pattern matches are granted.
//!
//! Three facts are used beyond the lists, because otherwise the answers would be useless. First,
//! the kernel has directories of processes and threads wherever a wildcard of `/proc` matches a
//! number. Second, of the names that the list denies anywhere below a directory, most are files: a
//! wildcard followed by more segments is not assumed to match one of them; otherwise
//! `/sys/class/net/*/mtu` would be reported as denied because an interface could be named `reset`.
//! Third, if both have a wildcard in a name, only existing names count: `*_bytes` is not assumed to
//! match a `resource_bytes`. The list itself makes no such distinction; it is still checked for
//! each path.

mod rules;
mod steps;

use super::{GuestRoot, Lists, is_net_of_others};
use crate::grants::path::join;
use crate::grants::pattern::{Pattern, Segment, Top};
use rules::Denied;

/// Maximum number of names in a report; `...` stands for the rest.
const MAX_NAMED: usize = 6;

/// The outcome for the paths that a pattern matches, if the pattern is granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Coverage {
    /// All of them are granted.
    Granted,
    /// Some are denied to all modules: these, and the last may be `...`. Never empty.
    Except(Vec<String>),
    /// All are denied to all modules.
    Never,
    /// None is granted by this pattern, because each is granted by full name only.
    ByName,
}

/// Compares a pattern with these lists, in time of the product of both lengths. For a directory
/// that an option names, only the part below it is known here.
pub(crate) fn coverage(pattern: &Pattern, lists: Lists) -> Coverage {
    let tree = match pattern.top {
        Top::Tree(tree) => Some(tree),
        Top::Option(_) => None,
    };
    let has_all = |denied: &[Denied]| denied.iter().any(|own| own.has_all_of(&pattern.below));
    let never = rules::of(tree, Lists::Never);
    if begins_on(pattern, Lists::Never) || has_all(never) {
        return Coverage::Never;
    }
    let by_name = match lists {
        Lists::Never => &[],
        Lists::ByName => rules::of(tree, Lists::ByName),
    };
    if begins_on(pattern, lists) || has_all(by_name) {
        return Coverage::ByName;
    }
    if pattern.below.iter().all(is_literal) {
        return Coverage::Granted;
    }
    match names(never.iter().chain(by_name), pattern) {
        names if names.is_empty() => Coverage::Granted,
        names => Coverage::Except(names),
    }
}

/// Whether the names before the first wildcard lead to or below a path on one of these lists. The
/// directory of an option is not known here; only the part below it is checked.
pub(crate) fn begins_on(pattern: &Pattern, lists: Lists) -> bool {
    let guest_root = match pattern.top {
        Top::Tree(tree) => GuestRoot::Tree(tree),
        Top::Option(_) => GuestRoot::Option(""),
    };
    let beginning = beginning(pattern);
    lists.denies(guest_root, &beginning)
        || (lists == Lists::ByName && is_net_of_others(guest_root, &beginning))
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

/// Names on the list that a pattern may match, in the order of the list, without duplicates.
fn names<'b>(denied: impl Iterator<Item = &'b Denied>, pattern: &Pattern) -> Vec<String> {
    let beginning = format!("{}/", beginning(pattern));
    let mut names: Vec<String> = Vec::new();
    let mut unnamed = None;
    for own in denied {
        let name = own.name.strip_prefix(&beginning).unwrap_or(&own.name);
        let known = names.iter().any(|known| known == name);
        if known || !own.has_some_of(&pattern.below) {
            continue;
        }
        if own.is_rest {
            unnamed.get_or_insert(name);
        } else if names.len() == MAX_NAMED {
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
