//! Where a path is in the patterns that were asked for and in each bound on them: it is given only
//! where all of them give it.

use super::set::States;

/// The states of one path in what is asked and in what is allowed. Both are followed side by side
/// and never multiplied out, so a path costs no more than the sum of both.
pub(crate) struct Given<'g> {
    asked: States<'g>,
    /// For each bound the states of the path in its places, one of which must allow it.
    bounds: Vec<Vec<States<'g>>>,
}

impl<'g> Given<'g> {
    pub(super) fn new(asked: States<'g>, bounds: Vec<Vec<States<'g>>>) -> Self {
        Self { asked, bounds }
    }

    fn bounds_allow(&self, what: impl Fn(&States<'g>) -> bool) -> bool {
        self.bounds.iter().all(|places| places.iter().any(&what))
    }

    /// Whether the path, or one below it, may be given. It may turn out further down that what is
    /// asked and what is allowed have nothing in common.
    pub(super) fn alive(&self) -> bool {
        self.asked.alive() && self.bounds_allow(States::alive)
    }

    /// Whether the path itself is given.
    pub(crate) fn matches(&self) -> bool {
        self.asked.matches() && self.bounds_allow(States::matches)
    }

    /// Whether the path may be listed: what is asked leaves open what comes below it, and what is
    /// allowed goes on. The names shown are those of [`Self::alive_below`].
    pub(super) fn lists(&self) -> bool {
        self.asked.lists() && self.bounds_allow(States::leads_on)
    }

    /// Whether the file `name` in the directory that the path is, is given.
    pub(crate) fn matches_below(&self, name: &str) -> bool {
        self.asked.matches_below(name) && self.bounds_allow(|states| states.matches_below(name))
    }

    /// Whether something given may go through `name`, or end with it.
    pub(crate) fn alive_below(&self, name: &str) -> bool {
        self.asked.alive_below(name) && self.bounds_allow(|states| states.alive_below(name))
    }
}
