//! File access events for an observer: each access with its outcome and its path after following
//! all links. Without an observer they cost nothing.

use std::fmt;

use super::entry::{Entry, Stat};
use super::error::FileError;
use crate::grants::path::{GuestRoot, go_clean, join};

/// An observer of every file access of one collector.
pub trait Observer: fmt::Debug + Send + Sync {
    /// Called with each event as it happens.
    fn on_event(&self, event: Event<'_>);
}

/// One access.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A file was read to its end.
    Read {
        /// The path as the guest named it.
        asked: &'a str,
        /// The resolved path. For a file that a link outside of an option's directory leads to, the
        /// path as the guest named it.
        at: ResolvedPath<'a>,
        /// The first byte that was read.
        offset: u64,
        /// The content.
        content: &'a [u8],
    },
    /// A symbolic link was read: on the way to a file, by `read-link`, or because it was listed.
    Link {
        /// The resolved path.
        at: ResolvedPath<'a>,
        /// The link's target.
        target: &'a str,
    },
    /// A directory was opened.
    Directory {
        /// The resolved path.
        at: ResolvedPath<'a>,
    },
    /// A directory was listed. These are the entries that the guest receives.
    Listed {
        /// The resolved path.
        at: ResolvedPath<'a>,
        /// The entries.
        entries: &'a [Entry],
    },
    /// The attributes of a file or directory were read.
    Stat {
        /// The resolved path.
        at: ResolvedPath<'a>,
        /// The answer.
        stat: &'a Stat,
    },
    /// An access failed. It was denied if the error is [`FileError::NotPermitted`].
    Failed {
        /// The path as the guest named it, of any length.
        asked: &'a str,
        /// Why.
        error: FileError,
    },
}

/// The resolved path, as reported to the observer.
#[derive(Debug, Clone, Copy)]
pub struct ResolvedPath<'a> {
    pub(super) guest_root: GuestRoot<'a>,
    /// Below the guest root; empty for the root itself.
    pub(super) below: &'a str,
}

impl ResolvedPath<'_> {
    /// The guest path.
    pub fn path(&self) -> String {
        self.guest_root.path(self.below)
    }

    /// The relative path in a recording, see [`recorded`].
    pub fn recorded(&self) -> String {
        join(&recorded(self.guest_root), self.below)
    }
}

/// The directory of a recording that represents a guest root. The trees are subdirectories under
/// their guest names. A directory of an option is stored at its path below `rootfs`; a relative one
/// as if the recording firepit had run in `/`.
pub(super) fn recorded(guest_root: GuestRoot<'_>) -> String {
    match guest_root {
        GuestRoot::Tree(tree) => tree.name().to_owned(),
        GuestRoot::Option(text) => {
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
    fn every_guest_path_maps_into_a_recording() {
        for (guest_root, below, wanted) in [
            (GuestRoot::Tree(Tree::Proc), "net/dev", "proc/net/dev"),
            (GuestRoot::Tree(Tree::Udev), "", "udev"),
            (
                GuestRoot::Option("/var/lib/x"),
                "a.prom",
                "rootfs/var/lib/x/a.prom",
            ),
            (GuestRoot::Option("/"), "x", "rootfs/x"),
            (GuestRoot::Option("/"), "", "rootfs"),
            (GuestRoot::Option("texts"), "a", "rootfs/texts/a"),
            (GuestRoot::Option("."), "a", "rootfs/a"),
            (GuestRoot::Option("../../x"), "a", "rootfs/x/a"),
        ] {
            assert_eq!(ResolvedPath { guest_root, below }.recorded(), wanted);
        }
    }
}
