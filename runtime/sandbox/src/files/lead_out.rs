//! Links that lead out of the directory of an option.
//!
//! Directories of services consist of links to others: `/etc/service/sshd` leads to `/etc/sv/sshd`,
//! and `supervise` in there to `/run/runit/supervise/sshd`. A built-in collector that also has
//! patterns below `/rootfs` may follow them. If a path is not permitted in the option's directory,
//! and that directory is below the operator's `/rootfs`, its links are resolved once more from the
//! top of that file system. The result counts like a path that the collector names: a pattern
//! below `/rootfs` must match it, and the never-list applies to it and to each step. Only the modes
//! of files do not count, as everywhere in a directory that the operator named.
//!
//! An observer is told the path in the option's directory and none of the links, so that a
//! recording has the files where they are asked for.

use super::observe::ResolvedPath;
use super::{Event, FileError, Files, Stat, find, resolve, root_ref, split_last};
use crate::grants::path::{GuestRoot, Tree, join};
use crate::grants::{Modes, Need};

/// Maximum number of directories whose real path is kept during a call.
const MAX_LED_OUT: usize = 256;

impl Files {
    /// Whether links may lead from a cleaned path to paths outside of its option's directory.
    pub(super) fn follows_out(&self, path: &str) -> bool {
        if !self.grants.may_leave() {
            return false;
        }
        self.meter.charge_check(path, "");
        self.grants.leaves(path).is_some()
    }

    /// Reads a file in an option's directory, or the one outside that a link leads to.
    pub(super) fn read_led_out(&mut self, asked: &str, path: &str) -> Result<Vec<u8>, FileError> {
        let content = self.unobserved(|files| match files.read_granted(asked, path, None) {
            Err(FileError::NotPermitted) => {
                let real = files.lead_out(path)?;
                files.read_granted(asked, &real, Some(Modes::Any))
            }
            answer => answer,
        })?;
        self.tell(path, |at| Event::Read {
            asked,
            at,
            offset: 0,
            content: &content,
        });
        Ok(content)
    }

    /// The attributes of a file in an option's directory, or of the one outside that a link leads
    /// to.
    pub(super) fn stat_led_out(&mut self, path: &str) -> Result<Stat, FileError> {
        let (stat, _) = self.unobserved(|files| match files.stat_resolved(path) {
            Err(FileError::NotPermitted) => {
                let real = files.lead_out(path)?;
                files.stat_resolved(&real)
            }
            answer => answer,
        })?;
        self.tell(path, |at| Event::Stat { at, stat: &stat });
        Ok(stat)
    }

    /// The guest path below `/rootfs` that a cleaned path of an option leads to. It is not checked
    /// against the patterns.
    fn lead_out(&mut self, path: &str) -> Result<String, FileError> {
        let roots = self.roots.as_deref().ok_or(FileError::NotPermitted)?;
        let top = self.grants.leaves(path).ok_or(FileError::NotPermitted)?;
        let at = find(&self.grants, path, Need::Anchor)?;
        let start = roots.below_rootfs(top).ok_or(FileError::NotPermitted)?;
        let tree = GuestRoot::Tree(Tree::Rootfs);
        let root_ref = root_ref(Some(roots), tree)?;
        let lookup = root_ref.at(tree, None);
        // The top is the beginning of all paths, and a directory that of several in a row.
        let (directory, name) = split_last(at.below);
        let mut led = String::new();
        for (asked, rest) in [
            (start.clone(), start.as_str()),
            (join(&start, directory), directory),
        ] {
            led = match self.led_out.get(&asked) {
                Some(known) => known.clone(),
                None => {
                    let led = resolve::from_root(lookup, led, rest, &self.meter)?;
                    if self.led_out.len() >= MAX_LED_OUT {
                        self.led_out.clear();
                    }
                    self.led_out.insert(asked, led.clone());
                    led
                }
            };
        }
        let real = resolve::from_root(lookup, led, name, &self.meter)?;
        Ok(tree.path(&real))
    }

    fn unobserved<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let observer = self.observer.take();
        let result = work(self);
        self.observer = observer;
        result
    }

    /// Reports an event at a cleaned path of an option.
    fn tell<'e>(&'e self, path: &'e str, event: impl FnOnce(ResolvedPath<'e>) -> Event<'e>) {
        if let Some(observer) = &self.observer
            && let Ok(at) = find(&self.grants, path, Need::Anchor)
        {
            observer.on_event(event(ResolvedPath {
                guest_root: at.guest_root,
                below: at.below,
            }));
        }
    }
}
