//! States of a path in the declared patterns and in each bound on them: a path is granted only if
//! all of them permit it.

use super::set::States;

/// The states of one path in the declared patterns and in the bounds. They are followed side by
/// side and never multiplied out, so a path costs at most the sum of both.
pub(crate) struct NarrowedStates<'g> {
    asked: States<'g>,
    /// For each bound the states of the path below its roots, one of which must permit it.
    bounds: Vec<Vec<States<'g>>>,
}

impl<'g> NarrowedStates<'g> {
    pub(super) fn new(asked: States<'g>, bounds: Vec<Vec<States<'g>>>) -> Self {
        Self { asked, bounds }
    }

    fn bounds_allow(&self, what: impl Fn(&States<'g>) -> bool) -> bool {
        self.bounds.iter().all(|places| places.iter().any(&what))
    }

    /// Whether the path, or one below it, may be granted. Further down the declaration and the
    /// bounds may turn out to have nothing in common.
    pub(super) fn can_match_below(&self) -> bool {
        self.asked.can_match_below() && self.bounds_allow(States::can_match_below)
    }

    /// Whether the path itself is granted.
    pub(crate) fn matches(&self) -> bool {
        self.asked.matches() && self.bounds_allow(States::matches)
    }

    /// Whether the path may be listed: the declaration has a wildcard below it, and the bounds
    /// continue below it. The listing contains the names that pass [`Self::can_match_child`].
    pub(super) fn lists(&self) -> bool {
        self.asked.lists() && self.bounds_allow(States::has_children)
    }

    /// Whether the file `name` in the directory is granted.
    pub(crate) fn matches_child(&self, name: &str) -> bool {
        self.asked.matches_child(name) && self.bounds_allow(|states| states.matches_child(name))
    }

    /// Whether a granted path may go through `name`, or end with it.
    pub(crate) fn can_match_child(&self, name: &str) -> bool {
        self.asked.can_match_child(name) && self.bounds_allow(|states| states.can_match_child(name))
    }
}
