//! Limits on links in the directory of an option.
//!
//! The operator is responsible for the whole content of a directory that was written in full, and a
//! link may lead anywhere in it. The same holds for the directories that a text with wildcards
//! matches, but not for others beside them: `/srv/*/metrics` is looked up from `/srv`, and grants
//! nothing of `/srv/private`.

use super::OptionGrant;
use super::pattern::Segment;
use super::problem::PatternProblem;
use super::set::PatternSet;

/// The paths that the values of options below one top match, and everything below them.
#[derive(Debug, Clone, Default)]
pub(super) struct Extent {
    patterns: PatternSet,
    /// Whether one of the values is the top itself.
    whole: bool,
}

impl Extent {
    /// Adds a value, given by its segments below the top.
    pub(super) fn add(&mut self, value: &[Segment]) -> Result<(), PatternProblem> {
        if value.is_empty() {
            self.whole = true;
            return Ok(());
        }
        let mut segments = value.to_vec();
        segments.push(Segment::Deep);
        self.patterns.add(&segments)
    }

    /// The limits for links; `None` if they may lead anywhere.
    pub(super) fn bounds(&self) -> Option<&PatternSet> {
        (!self.whole).then_some(&self.patterns)
    }
}

/// Limits for links below one top.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach<'g> {
    option: &'g OptionGrant,
    bounds: &'g PatternSet,
}

impl<'g> Reach<'g> {
    /// The limits of an option; `None` if links may lead anywhere below its top.
    pub(super) fn of(option: &'g OptionGrant) -> Option<Self> {
        let bounds = option.extent.bounds()?;
        Some(Self { option, bounds })
    }

    /// Whether `asked` may lead to `real`, a path without links. A path within a matched directory
    /// must stay within such directories, and a path that leads to one must lead to one. A file
    /// that the operator named in full may be a link to any other file below the top.
    pub(crate) fn allows(self, asked: &str, real: &str) -> bool {
        if self.option.patterns.names(asked) {
            return true;
        }
        let real = self.bounds.walk(real);
        if self.bounds.walk(asked).matches() {
            real.matches()
        } else {
            real.can_match_below()
        }
    }
}
