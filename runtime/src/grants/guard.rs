//! What a granted path is held to beyond the patterns and the never-list.
//!
//! A module that did not come with firepit gets what anybody on the host could read: firepit often
//! runs as root, and a pattern with wildcards says nothing about the files that only root may read.
//! Where the operator wrote the very path of a file, it was looked at, and is given as it is.

use super::never::{self, Lists};
use super::path::{Place, Tree, join};
use super::{Grants, Located, Need};

/// What one path is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Guard {
    /// Which lists are asked, for the path that is named and for each one that it leads to.
    pub(crate) lists: Lists,
    /// Which modes a file has to have.
    pub(crate) modes: Modes,
}

/// Which modes a file has to have for its content to be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Modes {
    /// Any.
    Any,
    /// "Read for others" on the file itself.
    File,
    /// And "search for others" on each directory that leads to it.
    Path,
}

impl Guard {
    /// Nothing more.
    pub(crate) const NONE: Self = Self {
        lists: Lists::Never,
        modes: Modes::Any,
    };

    /// Whether a path as a guest wrote it, which is not on the never-list, is given by its full name
    /// alone.
    pub(super) fn refuses(self, place: Place<'_>, below: &str) -> bool {
        self.lists == Lists::ByName
            && (never::is_by_name(place, below) || never::is_net_of_others(place, below))
    }
}

impl Grants {
    /// What a path is held to. `below` is `path` below the top of `place`.
    pub(super) fn guard(&self, place: Place<'_>, path: &str, below: &str, need: Need) -> Guard {
        let modes = match place {
            // Those who have to see to it that a directory of an option has nothing in it that
            // is not to be read are those who named it.
            Place::Option(_) => Modes::Any,
            Place::Tree(Tree::Rootfs) => Modes::Path,
            Place::Tree(_) => Modes::File,
        };
        match self.guarded {
            false if modes != Modes::Path => Guard::NONE,
            _ if self.is_named(place, path, below, need) => Guard::NONE,
            false => Guard {
                lists: Lists::Never,
                modes,
            },
            true => Guard {
                lists: Lists::ByName,
                modes,
            },
        }
    }

    /// Whether not even the presence of a path is told, where no pattern decides.
    pub(crate) fn hides(&self, place: Place<'_>, below: &str) -> bool {
        let lists = match self.guarded {
            true => Lists::ByName,
            false => Lists::Never,
        };
        lists.refuse(place, below)
    }

    /// Whether a path was written in full: by the operator, for a module that did not come with
    /// firepit, else by the descriptor. What only leads on has to lead to such a path.
    fn is_named(&self, place: Place<'_>, path: &str, below: &str, need: Need) -> bool {
        match self.guarded {
            false => self.names(place, path, below, need),
            true => {
                let mut bounds = self.bounds.iter();
                !self.bounds.is_empty() && bounds.all(|own| own.names(place, path, below, need))
            }
        }
    }

    fn names(&self, place: Place<'_>, path: &str, below: &str, need: Need) -> bool {
        let names = |patterns: &super::PatternSet, below: &str| match need {
            Need::File => patterns.names(below),
            Need::Stat | Need::List | Need::Anchor => patterns.leads_to_name(below),
        };
        match place {
            Place::Tree(tree) => names(self.tree(tree), below),
            Place::Option(_) => self.options.iter().any(|option| {
                super::path::below(path, &option.top)
                    .is_some_and(|below| names(&option.patterns, below))
            }),
        }
    }
}

impl Located<'_, '_> {
    /// What the file `name` in the directory that the path is, is held to.
    pub(crate) fn guard_of(&self, name: &str) -> Guard {
        match self.grants.guarded || self.place == Place::Tree(Tree::Rootfs) {
            true => self.guard_below(name, Need::File),
            false => Guard::NONE,
        }
    }

    /// Whether `name` in this directory may be refused beyond what is refused to all.
    pub(crate) fn is_guarded(&self) -> bool {
        self.grants.guarded
    }

    /// Whether `name`, which is given by its full name alone, is given, or leads to what is.
    pub(crate) fn is_named_below(&self, name: &str, need: Need) -> bool {
        self.guard_below(name, need).lists == Lists::Never
    }

    fn guard_below(&self, name: &str, need: Need) -> Guard {
        let (path, below) = (join(self.path, name), join(self.below, name));
        self.grants.guard(self.place, &path, &below, need)
    }
}
