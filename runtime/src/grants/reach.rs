//! How far links lead in the directory of an option.
//!
//! A directory that the operator wrote in full is wholly theirs to fill, and a link may lead to
//! anything in it. Of what a text with wildcards stands for that holds as well, and not for what
//! lies beside it: `/srv/*/metrics` is looked up from `/srv`, and says nothing about `/srv/private`.

use super::OptionGrant;
use super::pattern::Segment;
use super::problem::PatternProblem;
use super::set::PatternSet;

/// What the values of an option below one top stand for, with all that is below.
#[derive(Debug, Clone, Default)]
pub(super) struct Extent {
    patterns: PatternSet,
    /// One of them is the top itself.
    whole: bool,
}

impl Extent {
    /// Adds a value: its segments below the top.
    pub(super) fn add(&mut self, value: &[Segment]) -> Result<(), PatternProblem> {
        if value.is_empty() {
            self.whole = true;
            return Ok(());
        }
        let mut segments = value.to_vec();
        segments.push(Segment::Deep);
        self.patterns.add(&segments)
    }

    /// What has to be looked at for a link; none where it may lead anywhere.
    pub(super) fn bounds(&self) -> Option<&PatternSet> {
        (!self.whole).then_some(&self.patterns)
    }
}

/// What links below one top are held to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach<'g> {
    option: &'g OptionGrant,
    bounds: &'g PatternSet,
}

impl<'g> Reach<'g> {
    /// That of an option; none where links may lead anywhere below its top.
    pub(super) fn of(option: &'g OptionGrant) -> Option<Self> {
        let bounds = option.extent.bounds()?;
        Some(Self { option, bounds })
    }

    /// Whether `asked` may lead to `real`, a path without links. What lies within a directory that
    /// the option stands for has to stay within such directories, and what leads to one has to lead
    /// to one. A file that the operator named in full may be a link to any other beside it.
    pub(crate) fn allows(self, asked: &str, real: &str) -> bool {
        if self.option.patterns.names(asked) {
            return true;
        }
        let real = self.bounds.walk(real);
        match self.bounds.walk(asked).matches() {
            true => real.matches(),
            false => real.alive(),
        }
    }
}
