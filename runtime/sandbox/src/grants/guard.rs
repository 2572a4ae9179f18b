//! Restrictions of a granted path beyond the patterns and the never-list.
//!
//! A third-party module may read only what every user of the host could read: firepit often runs as
//! root, and a pattern with wildcards says nothing about files that only root may read. If the
//! operator wrote the exact path of a file, it was reviewed, and is granted as it is.

use super::never::{self, Lists};
use super::path::{GuestRoot, Tree, join};
use super::{Grants, Located, Need};

/// The restrictions of one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Guard {
    /// The lists that apply to the named path and to each path that it leads to.
    pub(crate) lists: Lists,
    /// The required mode of a file.
    pub(crate) modes: Modes,
}

/// The required mode of a file for reading its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Modes {
    /// Any.
    Any,
    /// Readable for others.
    File,
    /// Additionally, each directory on the path is searchable for others.
    Path,
}

impl Guard {
    /// No restrictions.
    pub(crate) const NONE: Self = Self {
        lists: Lists::Never,
        modes: Modes::Any,
    };

    /// Whether a path as a guest wrote it, which is not on the never-list, is granted by full name
    /// only.
    pub(super) fn denies(self, guest_root: GuestRoot<'_>, below: &str) -> bool {
        self.lists == Lists::ByName
            && (never::is_by_name(guest_root, below) || never::is_net_of_others(guest_root, below))
    }
}

impl Grants {
    /// The restrictions of a path. `below` is `path` below `guest_root`.
    pub(super) fn guard(
        &self,
        guest_root: GuestRoot<'_>,
        path: &str,
        below: &str,
        need: Need,
    ) -> Guard {
        let modes = match guest_root {
            // The operator who named a directory of an option is responsible for its content.
            GuestRoot::Option(_) => Modes::Any,
            GuestRoot::Tree(Tree::Rootfs) => Modes::Path,
            GuestRoot::Tree(_) => Modes::File,
        };
        if !self.guarded && modes != Modes::Path {
            return Guard::NONE;
        }
        if self.is_named(guest_root, path, below, need) {
            return Guard::NONE;
        }
        Guard {
            lists: self.lists(),
            modes,
        }
    }

    /// Whether even the existence of a path is hidden, for accesses without patterns.
    pub(crate) fn hides(&self, guest_root: GuestRoot<'_>, below: &str) -> bool {
        self.lists().denies(guest_root, below)
    }

    /// The lists that apply to a path that is not written in full.
    fn lists(&self) -> Lists {
        if self.guarded {
            Lists::ByName
        } else {
            Lists::Never
        }
    }

    /// Whether a path was written in full: by the operator for a third-party module, otherwise by
    /// the descriptor. A path that only leads to granted ones must lead to such a path.
    fn is_named(&self, guest_root: GuestRoot<'_>, path: &str, below: &str, need: Need) -> bool {
        if !self.guarded {
            return self.names(guest_root, path, below, need);
        }
        let mut bounds = self.bounds.iter();
        !self.bounds.is_empty() && bounds.all(|own| own.names(guest_root, path, below, need))
    }

    fn names(&self, guest_root: GuestRoot<'_>, path: &str, below: &str, need: Need) -> bool {
        let names = |patterns: &super::PatternSet, below: &str| match need {
            Need::File => patterns.names(below),
            Need::Stat | Need::List | Need::Anchor => patterns.leads_to_name(below),
        };
        match guest_root {
            GuestRoot::Tree(tree) => names(self.tree(tree), below),
            GuestRoot::Option(_) => self.options.iter().any(|option| {
                super::path::below(path, &option.top)
                    .is_some_and(|below| names(&option.patterns, below))
            }),
        }
    }
}

impl Located<'_, '_> {
    /// The restrictions of the file `name` in this directory.
    pub(crate) fn guard_of(&self, name: &str) -> Guard {
        if self.grants.guarded || self.guest_root == GuestRoot::Tree(Tree::Rootfs) {
            self.guard_below(name, Need::File)
        } else {
            Guard::NONE
        }
    }

    /// Whether `name` in this directory may be denied to this module but not to all.
    pub(crate) fn is_guarded(&self) -> bool {
        self.grants.guarded
    }

    /// Whether `name`, which is granted by full name only, is granted or leads to a granted path.
    pub(crate) fn is_named_below(&self, name: &str, need: Need) -> bool {
        self.guard_below(name, need).lists == Lists::Never
    }

    fn guard_below(&self, name: &str, need: Need) -> Guard {
        let (path, below) = (join(self.path, name), join(self.below, name));
        self.grants.guard(self.guest_root, &path, &below, need)
    }
}
