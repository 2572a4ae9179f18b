//! Grants: which paths one collector may name.
//!
//! A descriptor lists patterns; nothing outside them is given (see [`Grants::compile`] for their
//! form). Above every grant stands the list of `never`. This module decides about names
//! alone and touches no file; `crate::files` asks it before each access.

pub(crate) mod never;
pub(crate) mod path;
mod pattern;
mod problem;
mod segment;
mod set;

pub use problem::{PatternError, PatternProblem};

use path::{Place, Tree};
use pattern::Segment;
use set::{PatternSet, States};

/// Most patterns of one collector, counted with each value of an option.
pub(crate) const MAX_PATTERNS: usize = 512;
/// Most bytes of all patterns of one collector.
pub(crate) const MAX_BYTES_IN_ALL: usize = 16 << 10;
/// Most characters of all segments with wildcards of one collector. A name is held against each of
/// them at most once, in time of the product of both lengths.
pub(crate) const MAX_WILD_IN_ALL: usize = 512;

/// The paths that one collector may read: its descriptor's patterns, compiled.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    proc: PatternSet,
    sys: PatternSet,
    rootfs: PatternSet,
    udev: PatternSet,
    /// Longest text first, so that the nearest directory is asked first.
    options: Vec<OptionGrant>,
    spent: Spent,
}

/// What the patterns of one collector come to.
#[derive(Debug, Clone, Default)]
struct Spent {
    patterns: usize,
    bytes: usize,
    wild: usize,
}

/// The patterns below one directory that an option names.
#[derive(Debug, Clone)]
struct OptionGrant {
    /// The directory as the guest names it: the option's text, cleaned, up to its first wildcard.
    top: String,
    patterns: PatternSet,
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
    pub(crate) states: States<'g>,
}

impl Grants {
    /// No file at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// Compiles the `reads` of a descriptor.
    ///
    /// A pattern is an absolute guest path below `/proc`, `/sys`, `/rootfs` or `/udev`, or it begins
    /// with `{name}`, which stands for each value of the collector's option of that name. Within
    /// a segment `*`, `?` and `[a-z]`, `[^a-z]`, `[!a-z]` are wildcards; they match names that
    /// begin with a dot too. `**` as a segment stands for any number of segments, none included.
    ///
    /// `options` gives the values of an option, or `None` where the collector has no such option.
    /// An empty value grants nothing. A value with wildcards is taken both as a pattern and word
    /// by word. The values open directories of the host: for a module that is not trusted they
    /// must come from the operator, not from the module's own defaults.
    pub fn compile(
        patterns: &[String],
        options: &dyn Fn(&str) -> Option<Vec<String>>,
    ) -> Result<Self, PatternError> {
        let mut grants = Self::none();
        for pattern in patterns {
            grants
                .add(pattern, options)
                .map_err(|problem| PatternError::new(pattern, problem))?;
        }
        grants
            .options
            .sort_by_key(|option| std::cmp::Reverse(option.top.len()));
        Ok(grants)
    }

    fn add(
        &mut self,
        pattern: &str,
        options: &dyn Fn(&str) -> Option<Vec<String>>,
    ) -> Result<(), PatternProblem> {
        check_size(pattern)?;
        if let Some(rest) = pattern.strip_prefix('{') {
            let (name, rest) = rest.split_once('}').ok_or(PatternProblem::Brace)?;
            let unknown = || PatternProblem::UnknownOption(name.chars().take(64).collect());
            let values = options(name).ok_or_else(unknown)?;
            let rest = match rest.strip_prefix('/') {
                Some(rest) => parse_all(rest)?,
                None if rest.is_empty() => Vec::new(),
                None => return Err(PatternProblem::Brace),
            };
            return values
                .iter()
                .filter(|value| !value.is_empty())
                .try_for_each(|value| self.add_value(value, &rest));
        }
        let path = pattern
            .strip_prefix('/')
            .ok_or(PatternProblem::NotAbsolute)?;
        let (top, below) = match path.split_once('/') {
            Some((top, below)) => (top, parse_all(below)?),
            None => (path, Vec::new()),
        };
        Segment::parse(top)?;
        let tree = Tree::named(top).ok_or(PatternProblem::OutsideTrees)?;
        self.spend(pattern.len(), &below)?;
        self.tree_mut(tree).add(&below)
    }

    /// Adds `rest` below one value of an option: a directory, or a file where `rest` is empty.
    fn add_value(&mut self, value: &str, rest: &[Segment]) -> Result<(), PatternProblem> {
        check_size(value)?;
        let value = path::go_clean(value);
        self.add_below(&value, value.len(), rest)?;
        match value.find(['*', '?', '[']) {
            Some(wildcard) => match self.add_below(&value, wildcard, rest) {
                // Not a pattern after all: Go's Glob takes such a text word by word.
                Err(PatternProblem::Bracket) => Ok(()),
                other => other,
            },
            None => Ok(()),
        }
    }

    /// Adds `rest` below `value`, whose segments are taken word by word as far as they end before
    /// the byte `plain`.
    fn add_below(
        &mut self,
        value: &str,
        plain: usize,
        rest: &[Segment],
    ) -> Result<(), PatternProblem> {
        let (top, wild) = if plain == value.len() && !rest.is_empty() {
            (value, "")
        } else {
            let upto = value.get(..plain).unwrap_or(value);
            match upto.rfind('/') {
                Some(0) => ("/", value.get(1..).unwrap_or("")),
                Some(slash) => (
                    value.get(..slash).unwrap_or(""),
                    value.get(slash + 1..).unwrap_or(""),
                ),
                None => (".", value),
            }
        };
        let literal = plain == value.len();
        let mut segments = wild
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| match literal {
                true => Ok(Segment::Literal(segment.to_owned())),
                false => Segment::parse_name(segment),
            })
            .collect::<Result<Vec<_>, _>>()?;
        segments.extend_from_slice(rest);
        self.spend(value.len(), &segments)?;
        match self.options.iter_mut().find(|option| option.top == top) {
            Some(option) => option.patterns.add(&segments),
            None => {
                let mut patterns = PatternSet::default();
                patterns.add(&segments)?;
                let top = top.to_owned();
                self.options.push(OptionGrant { top, patterns });
                Ok(())
            }
        }
    }

    fn spend(&mut self, bytes: usize, segments: &[Segment]) -> Result<(), PatternProblem> {
        self.spent.patterns += 1;
        self.spent.bytes += bytes;
        self.spent.wild += segments.iter().map(Segment::wild_length).sum::<usize>();
        if self.spent.patterns > MAX_PATTERNS {
            return Err(PatternProblem::TooManyPatterns);
        }
        if self.spent.bytes > MAX_BYTES_IN_ALL || self.spent.wild > MAX_WILD_IN_ALL {
            return Err(PatternProblem::TooMuch);
        }
        Ok(())
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
            if let Some(located) = allow(place, below, &option.patterns, need) {
                return Ok(located);
            }
        }
        if !path.starts_with('/') && !inside && !path::climbs(path) {
            return Err(Refusal::NotAbsolute);
        }
        let (tree, below) = path::split_tree(path).ok_or(Refusal::NotPermitted)?;
        allow(Place::Tree(tree), below, self.tree(tree), need).ok_or(Refusal::NotPermitted)
    }

    /// Whether a cleaned path lies on the way to the top of a place where something is granted.
    pub(crate) fn leads_to_top(&self, path: &str) -> bool {
        if path == "/" {
            return self.spent.patterns > 0;
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

/// The path, where the patterns give it for this need and the never-list does not take it back.
fn allow<'g, 'p>(
    place: Place<'g>,
    below: &'p str,
    patterns: &'g PatternSet,
    need: Need,
) -> Option<Located<'g, 'p>> {
    if path::climbs(below) {
        return None;
    }
    let states = patterns.walk(below);
    let granted = match need {
        Need::File => states.matches(),
        Need::List => states.lists(),
        Need::Stat => states.matches() || states.lists(),
        Need::Anchor => states.alive(),
    };
    (granted && !never::refuses(place, below)).then_some(Located {
        place,
        below,
        states,
    })
}

fn check_size(text: &str) -> Result<(), PatternProblem> {
    if text.len() > pattern::MAX_BYTES {
        return Err(PatternProblem::TooLong);
    }
    if text.contains('\0') {
        return Err(PatternProblem::Nul);
    }
    Ok(())
}

fn parse_all(text: &str) -> Result<Vec<Segment>, PatternProblem> {
    text.split('/').map(Segment::parse).collect()
}

#[cfg(test)]
mod tests;
