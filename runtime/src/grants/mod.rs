//! Grants: which paths one collector may name.
//!
//! A descriptor lists patterns; nothing outside them is given (see [`Grants::compile`] for their
//! form). The operator's [`Policy`] narrows them ([`Grants::within`]), and [`Verdict`] says
//! beforehand what it would take away. Above every grant stands the list of `never`, and a module
//! that did not come with firepit is held to a `Guard`. This module decides about names alone and
//! touches no file; `crate::files` asks it before each access.

mod compile;
mod cover;
mod given;
mod guard;
mod interface;
mod names;
pub(crate) mod never;
pub(crate) mod path;
mod pattern;
mod policy;
mod problem;
mod reach;
mod segment;
mod set;
mod verdict;
mod weight;
mod within;

pub(crate) use guard::{Guard, Modes};
pub use interface::{ImportClass, Interface};
pub(crate) use names::Reserved;
pub use names::{NamePattern, NamePatternError, Names};
pub use policy::{Policy, Reads};
pub use problem::{PatternError, PatternProblem};
pub(crate) use reach::Reach;
pub use verdict::{Lacking, Verdict, Why};
pub(crate) use weight::Weight;

use std::sync::Arc;

use given::Given;
use path::{Place, Tree};
use set::PatternSet;

/// Most patterns of one collector, counted with each value of an option.
pub(crate) const MAX_PATTERNS: usize = 512;
/// Most bytes of all patterns of one collector.
pub(crate) const MAX_BYTES_IN_ALL: usize = 16 << 10;
/// Most characters of all segments with wildcards of one collector. A name is held against each of
/// them at most once, in time of the product of both lengths.
pub(crate) const MAX_WILD_IN_ALL: usize = 512;

/// The paths that one collector may read: its descriptor's patterns, compiled, and what they are
/// narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    proc: PatternSet,
    sys: PatternSet,
    rootfs: PatternSet,
    udev: PatternSet,
    /// Longest text first, so that the nearest directory is asked first.
    options: Vec<OptionGrant>,
    /// Each of these must give a path too. Empty where nothing narrows the patterns.
    bounds: Vec<Arc<Grants>>,
    /// As [`Policy::guarded`].
    guarded: bool,
}

/// The patterns below one directory that an option names.
#[derive(Debug, Clone)]
struct OptionGrant {
    /// The directory as the guest names it: the option's text, cleaned, up to its first wildcard.
    top: String,
    patterns: PatternSet,
    /// How far links lead.
    extent: reach::Extent,
}

/// Why a path is not found among the grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Outside the grants, or on the never-list.
    NotPermitted,
    /// Relative, and in no option's directory.
    NotAbsolute,
}

/// What a path is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// The file itself.
    File,
    /// The names in the directory.
    List,
    /// Kind, size and age.
    Stat,
    /// Something below the directory.
    Anchor,
}

/// A granted path.
pub(crate) struct Located<'g, 'p> {
    pub(crate) place: Place<'g>,
    /// The path below the top of its place; empty for the top itself.
    pub(crate) below: &'p str,
    pub(crate) states: Given<'g>,
    /// What it is held to.
    pub(crate) guard: Guard,
    /// How far links lead; none where they may lead anywhere in the place.
    pub(crate) reach: Option<Reach<'g>>,
    /// The whole path.
    path: &'p str,
    grants: &'g Grants,
}

impl Grants {
    /// No file at all.
    pub fn none() -> Self {
        Self::default()
    }

    fn tree(&self, tree: Tree) -> &PatternSet {
        match tree {
            Tree::Proc => &self.proc,
            Tree::Sys => &self.sys,
            Tree::Rootfs => &self.rootfs,
            Tree::Udev => &self.udev,
        }
    }

    fn tree_mut(&mut self, tree: Tree) -> &mut PatternSet {
        match tree {
            Tree::Proc => &mut self.proc,
            Tree::Sys => &mut self.sys,
            Tree::Rootfs => &mut self.rootfs,
            Tree::Udev => &mut self.udev,
        }
    }

    /// Finds the grant for a cleaned path. A directory of an option goes before a tree of the
    /// same name, because its text is what the operator wrote.
    pub(crate) fn locate<'g, 'p>(
        &'g self,
        path: &'p str,
        need: Need,
    ) -> Result<Located<'g, 'p>, Refusal> {
        let mut inside = false;
        for option in &self.options {
            let Some(below) = path::below(path, &option.top) else {
                continue;
            };
            inside = true;
            let place = Place::Option(&option.top);
            if let Some(located) = self.allow(place, path, below, &option.patterns, need) {
                let reach = Reach::of(option);
                return Ok(Located { reach, ..located });
            }
        }
        if !path.starts_with('/') && !inside && !path::climbs(path) {
            return Err(Refusal::NotAbsolute);
        }
        let (tree, below) = path::split_tree(path).ok_or(Refusal::NotPermitted)?;
        self.allow(Place::Tree(tree), path, below, self.tree(tree), need)
            .ok_or(Refusal::NotPermitted)
    }

    /// The path, where the patterns give it for this need, the bounds too, and the never-list does
    /// not take it back. `below` is `path` below the top of `place`.
    fn allow<'g, 'p>(
        &'g self,
        place: Place<'g>,
        path: &'p str,
        below: &'p str,
        patterns: &'g PatternSet,
        need: Need,
    ) -> Option<Located<'g, 'p>> {
        if path::climbs(below) {
            return None;
        }
        let asked = patterns.walk(below);
        if !asked.alive() {
            return None;
        }
        let states = Given::new(asked, self.walk_bounds(place, path, below));
        let granted = match need {
            Need::File => states.matches(),
            Need::List => states.lists(),
            Need::Stat => states.matches() || states.lists(),
            Need::Anchor => states.alive(),
        };
        if !granted || never::refuses(place, below) {
            return None;
        }
        let guard = self.guard(place, path, below, need);
        (!guard.refuses(place, below)).then_some(Located {
            place,
            below,
            states,
            guard,
            reach: None,
            path,
            grants: self,
        })
    }

    /// Whether a pattern matches a cleaned path of a tree, whatever else decides about it.
    #[cfg(test)]
    pub(crate) fn matches(&self, path: &str) -> bool {
        let split = path::split_tree(path);
        split.is_some_and(|(tree, below)| self.tree(tree).walk(below).matches())
    }

    /// Whether a cleaned path lies on the way to the top of a place where something is granted.
    pub(crate) fn leads_to_top(&self, path: &str) -> bool {
        if path == "/" {
            return !self.is_empty();
        }
        self.options
            .iter()
            .any(|option| path::below(&option.top, path).is_some())
    }

    /// Whether a cleaned path is granted by an option's directory, at or above it.
    pub(crate) fn is_option_path(&self, path: &str) -> bool {
        let located = self.locate(path, Need::Anchor);
        located.is_ok_and(|located| matches!(located.place, Place::Option(_)))
    }
}

#[cfg(test)]
mod tests;
