//! What happened to files, for somebody who looks on: each access as it went, with the paths that
//! it came to after all links. Costs nothing where nobody does.

use std::fmt;

use super::entry::{Entry, Stat};
use super::error::FileError;
use crate::grants::path::{Place, go_clean, join};

/// Somebody who is told of every access of one collector.
pub(crate) trait Observer: fmt::Debug + Send + Sync {
    /// Takes one event, at the time when it happens.
    fn notice(&self, event: Event<'_>);
}

/// One thing that happened.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event<'a> {
    /// A file was read to its end.
    Read {
        /// The path as the guest named it.
        asked: &'a str,
        at: At<'a>,
        content: &'a [u8],
    },
    /// A symbolic link was read: on the way to something, by itself, or because it was listed.
    Link { at: At<'a>, target: &'a str },
    /// A directory was opened.
    Directory { at: At<'a> },
    /// A directory was listed: the entries that the guest is shown.
    Listed { at: At<'a>, entries: &'a [Entry] },
    /// A file or directory was asked about.
    Stat { at: At<'a>, stat: &'a Stat },
    /// An access failed. It was refused where the error is [`FileError::NotPermitted`].
    Failed {
        /// The path as the guest named it, of any length.
        asked: &'a str,
        error: FileError,
    },
}

/// Where something was found, with all links resolved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a> {
    pub(super) place: Place<'a>,
    /// Below the top of the place; empty for the top itself.
    pub(super) below: &'a str,
}

impl At<'_> {
    /// The path by which a guest names it.
    pub(crate) fn path(&self) -> String {
        self.place.path(self.below)
    }

    /// The relative path that it has in a recording, see [`recorded`].
    pub(crate) fn recorded(&self) -> String {
        join(&recorded(self.place), self.below)
    }
}

/// The directory of a recording that stands for a place. The trees lie beside each other under
/// their guest names. A directory of an option lies where it would be below `rootfs`; a relative
/// one as if the recording firepit had run in `/`.
pub(super) fn recorded(place: Place<'_>) -> String {
    match place {
        Place::Tree(tree) => tree.name().to_owned(),
        Place::Option(text) => {
            let path = go_clean(&format!("/{text}"));
            format!("rootfs{path}").trim_end_matches('/').to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grants::path::Tree;

    #[test]
    fn every_place_has_one_in_a_recording() {
        for (place, below, wanted) in [
            (Place::Tree(Tree::Proc), "net/dev", "proc/net/dev"),
            (Place::Tree(Tree::Udev), "", "udev"),
            (
                Place::Option("/var/lib/x"),
                "a.prom",
                "rootfs/var/lib/x/a.prom",
            ),
            (Place::Option("/"), "x", "rootfs/x"),
            (Place::Option("/"), "", "rootfs"),
            (Place::Option("texts"), "a", "rootfs/texts/a"),
            (Place::Option("."), "a", "rootfs/a"),
            (Place::Option("../../x"), "a", "rootfs/x/a"),
        ] {
            assert_eq!(At { place, below }.recorded(), wanted);
        }
    }
}
