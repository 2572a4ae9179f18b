//! Grants: the paths that one collector may name.
//!
//! A descriptor lists patterns; paths outside of them are denied (see [`Grants::compile`] for their
//! form). The operator's [`Policy`] narrows them ([`Grants::within`]), and [`Verdict`] reports in
//! advance what the policy would deny. The never-list (`never`) overrides every grant, and
//! third-party modules are additionally restricted by a `Guard`. This module checks names only and
//! touches no file; `crate::files` calls it before each access.

mod compile;
mod connects;
mod cover;
mod guard;
mod interface;
mod narrowed_states;
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

pub use connects::never::reason as never_connect;
pub use connects::{
    Address, AddressProblem, Addresses, ConnectError, ConnectProblem, Connects, Host, OptionValues,
    is_address, options_of,
};
pub(crate) use guard::{Guard, Modes};
pub use interface::{ImportClass, Interface};
pub use policy::{Policy, Reads};
pub use problem::{PatternError, PatternProblem};
pub(crate) use reach::Reach;
pub use verdict::{Lacking, LackingConnect, Verdict, Why, WhyNoConnect};
pub(crate) use weight::Weight;

use std::sync::Arc;

use narrowed_states::NarrowedStates;
use path::{GuestRoot, Tree};
use set::PatternSet;

/// Maximum number of patterns of one collector, counted with each value of an option.
pub(crate) const MAX_PATTERNS: usize = 512;
/// Maximum bytes of all patterns of one collector.
pub(crate) const MAX_BYTES_IN_ALL: usize = 16 << 10;
/// Maximum characters of all segments with wildcards of one collector. A name is matched against
/// each of them at most once, in time of the product of both lengths.
pub(crate) const MAX_WILD_IN_ALL: usize = 512;

/// The paths that one collector may read: the compiled patterns of its descriptor, and the bounds
/// that narrow them.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    proc: PatternSet,
    sys: PatternSet,
    rootfs: PatternSet,
    udev: PatternSet,
    /// Longest text first, so that the innermost directory is tried first.
    options: Vec<OptionGrant>,
    /// Each bound must permit a path too. Empty if nothing narrows the patterns.
    bounds: Vec<Arc<Grants>>,
    /// See [`Policy::guarded`].
    guarded: bool,
}

/// The patterns below one directory that an option names.
#[derive(Debug, Clone)]
struct OptionGrant {
    /// The directory as the guest names it: the option's cleaned text up to its first wildcard.
    top: String,
    patterns: PatternSet,
    /// How far links may lead.
    extent: reach::Extent,
}

/// Why a path is not granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denial {
    /// Outside of the grants, or on the never-list.
    NotPermitted,
    /// Relative, and not in a directory of an option.
    NotAbsolute,
}

/// The purpose of an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The file itself.
    File,
    /// The names in the directory.
    List,
    /// Kind, size and age.
    Stat,
    /// A path below the directory.
    Anchor,
}

/// A granted path.
pub(crate) struct Located<'g, 'p> {
    pub(crate) guest_root: GuestRoot<'g>,
    /// The path below the guest root; empty for the root itself.
    pub(crate) below: &'p str,
    pub(crate) states: NarrowedStates<'g>,
    /// Additional rules for the path.
    pub(crate) guard: Guard,
    /// How far links may lead; `None` if they may lead anywhere below the guest root.
    pub(crate) reach: Option<Reach<'g>>,
    /// The whole path.
    path: &'p str,
    grants: &'g Grants,
}

impl Grants {
    /// No file.
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

    /// Whether a path is granted for this need. Links on the path are not considered.
    #[must_use]
    pub fn permits(&self, path: &str, need: Need) -> bool {
        path::clean(path).is_some_and(|path| self.locate(&path, need).is_ok())
    }

    /// Finds the grant for a cleaned path. A directory of an option takes precedence over a tree of
    /// the same name, because the operator wrote its text.
    pub(crate) fn locate<'g, 'p>(
        &'g self,
        path: &'p str,
        need: Need,
    ) -> Result<Located<'g, 'p>, Denial> {
        let mut inside = false;
        for option in &self.options {
            let Some(below) = path::below(path, &option.top) else {
                continue;
            };
            inside = true;
            let guest_root = GuestRoot::Option(&option.top);
            if let Some(located) = self.allow(guest_root, path, below, &option.patterns, need) {
                let reach = Reach::of(option);
                return Ok(Located { reach, ..located });
            }
        }
        if !path.starts_with('/') && !inside && !path::has_parent_segment(path) {
            return Err(Denial::NotAbsolute);
        }
        let (tree, below) = path::split_tree(path).ok_or(Denial::NotPermitted)?;
        self.allow(GuestRoot::Tree(tree), path, below, self.tree(tree), need)
            .ok_or(Denial::NotPermitted)
    }

    /// The path, if the patterns and all bounds permit it for this need and the never-list does not
    /// deny it. `below` is `path` below `guest_root`.
    fn allow<'g, 'p>(
        &'g self,
        guest_root: GuestRoot<'g>,
        path: &'p str,
        below: &'p str,
        patterns: &'g PatternSet,
        need: Need,
    ) -> Option<Located<'g, 'p>> {
        if path::has_parent_segment(below) {
            return None;
        }
        let asked = patterns.walk(below);
        if !asked.can_match_below() {
            return None;
        }
        let states = NarrowedStates::new(asked, self.walk_bounds(guest_root, path, below));
        let granted = match need {
            Need::File => states.matches(),
            Need::List => states.lists(),
            Need::Stat => states.matches() || states.lists(),
            Need::Anchor => states.can_match_below(),
        };
        if !granted || never::denies(guest_root, below) {
            return None;
        }
        let guard = self.guard(guest_root, path, below, need);
        (!guard.denies(guest_root, below)).then_some(Located {
            guest_root,
            below,
            states,
            guard,
            reach: None,
            path,
            grants: self,
        })
    }

    /// Whether a pattern matches a cleaned path of a tree. Other rules are not considered.
    #[cfg(test)]
    pub(crate) fn matches(&self, path: &str) -> bool {
        let split = path::split_tree(path);
        split.is_some_and(|(tree, below)| self.tree(tree).walk(below).matches())
    }

    /// Whether a cleaned path leads to the top of a guest root where something is granted.
    pub(crate) fn leads_to_top(&self, path: &str) -> bool {
        if path == "/" {
            return !self.is_empty();
        }
        self.options
            .iter()
            .any(|option| path::below(&option.top, path).is_some())
    }

    /// Whether links may lead out of a directory of an option at all. They never may for a
    /// third-party module, and without patterns below `/rootfs` they lead nowhere.
    pub(crate) fn may_leave(&self) -> bool {
        !self.guarded && !self.options.is_empty() && !self.rootfs.is_empty()
    }

    /// The directory of an option that a cleaned path is in, if links may lead out of it: not from
    /// directories that were named by wildcards.
    pub(crate) fn leaves(&self, path: &str) -> Option<&str> {
        if !self.may_leave() {
            return None;
        }
        let located = self.locate(path, Need::Anchor).ok()?;
        match located.guest_root {
            GuestRoot::Option(top) if located.reach.is_none() => Some(top),
            _ => None,
        }
    }

    /// Whether a cleaned path is granted through an option's directory, at or above it.
    pub(crate) fn is_option_path(&self, path: &str) -> bool {
        let located = self.locate(path, Need::Anchor);
        located.is_ok_and(|located| matches!(located.guest_root, GuestRoot::Option(_)))
    }
}

#[cfg(test)]
mod tests;
