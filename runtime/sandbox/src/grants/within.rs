//! Narrows the declared patterns to the operator's policy.

use std::sync::Arc;

use super::path::{self, GuestRoot, Tree};
use super::set::{PatternSet, States};
use super::{Grants, PatternError, Policy, Reads};

impl Grants {
    /// Narrows the grants to a policy, path by path: a path is granted afterwards if it was granted
    /// before and the policy permits it. `options` is as in [`Grants::compile`].
    ///
    /// A path of an option's directory must be permitted through an option as well, and a path of a
    /// tree through that tree: under the same name they may be different files of the host.
    ///
    /// A policy without [`super::Interface::Files`] grants no file regardless of its reads; for it
    /// the caller uses [`Grants::none`].
    ///
    /// # Errors
    /// If a pattern of the policy does not parse, names an option that the collector does not have,
    /// or all of them exceed the limits of one collector.
    pub fn within(
        mut self,
        policy: &Policy,
        options: &dyn Fn(&str) -> Option<Vec<String>>,
    ) -> Result<Self, PatternError> {
        self.guarded |= policy.guarded;
        match &policy.reads {
            Reads::Everything => {}
            Reads::Declared => {
                self.options.clear();
                self.keep(|tree| matches!(tree, Tree::Proc | Tree::Sys));
            }
            Reads::Only(patterns) => {
                let allowed = Self::compile(patterns, options)?;
                self.keep(|tree| !allowed.tree(tree).is_empty());
                self.options.retain(|option| {
                    allowed.options.iter().any(|allowed| {
                        path::below(&option.top, &allowed.top).is_some()
                            || path::below(&allowed.top, &option.top).is_some()
                    })
                });
                if !self.is_empty() {
                    self.bounds.push(Arc::new(allowed));
                }
            }
        }
        Ok(self)
    }

    /// Whether nothing is granted.
    pub(super) fn is_empty(&self) -> bool {
        self.options.is_empty() && Tree::ALL.iter().all(|tree| self.tree(*tree).is_empty())
    }

    fn keep(&mut self, wanted: impl Fn(Tree) -> bool) {
        for tree in Tree::ALL.into_iter().filter(|tree| !wanted(*tree)) {
            *self.tree_mut(tree) = PatternSet::default();
        }
    }

    /// The states of a path in each bound. Costs nothing if there is none.
    pub(super) fn walk_bounds<'g>(
        &'g self,
        guest_root: GuestRoot<'_>,
        path: &str,
        below: &str,
    ) -> Vec<Vec<States<'g>>> {
        let walk = |bound: &'g Arc<Self>| match guest_root {
            GuestRoot::Tree(tree) => vec![bound.tree(tree).walk(below)],
            GuestRoot::Option(_) => bound.walk_options(path),
        };
        self.bounds.iter().map(walk).collect()
    }

    /// The states of a path in all directories of options that contain it. Their tops may differ
    /// from the guest root of the path: `{directory}` begins above `{directory}/**`.
    fn walk_options(&self, path: &str) -> Vec<States<'_>> {
        self.options
            .iter()
            .filter_map(|option| {
                let below = path::below(path, &option.top)?;
                (!path::has_parent_segment(below)).then(|| option.patterns.walk(below))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
