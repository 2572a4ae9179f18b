//! Many files of one directory: the walk to it, its links and its grants are worked out once.

use rustix::fs::OFlags;

use super::error::FileError;
use super::meter::Meter;
use super::open::{self, Handle, OpenError, Source};
use super::resolve::{Last, Resolver, Spot};
use crate::grants::Located;
use crate::grants::never::Scope;
use crate::grants::path::{MAX_NAME, join};

/// The never-list for the names of one directory, by the path that was asked for and by the one
/// that it resolved to.
pub(super) struct Filter<'a> {
    asked: Scope<'a>,
    real: Option<Scope<'a>>,
}

impl<'a> Filter<'a> {
    /// `resolved` is `None` where the path had no links.
    pub(super) fn new(at: &'a Located<'_, '_>, resolved: Option<&'a str>) -> Self {
        Self {
            asked: Scope::new(at.place, at.below),
            real: resolved.map(|path| Scope::new(at.place, path)),
        }
    }

    /// Whether a name in this directory is given to nobody.
    pub(super) fn refuses(&self, name: &str) -> bool {
        self.asked.refuses(name) || self.real.as_ref().is_some_and(|real| real.refuses(name))
    }
}

/// An open directory whose files are read by name.
pub(super) struct Batch<'a> {
    at: &'a Located<'a, 'a>,
    spot: Spot<'a>,
    handle: Handle,
    resolved: Option<String>,
}

impl<'a> Batch<'a> {
    /// Opens the directory.
    pub(super) fn open(
        at: &'a Located<'a, 'a>,
        spot: Spot<'a>,
        resolver: &mut Resolver,
    ) -> Result<Self, FileError> {
        let (handle, resolved) = resolver.open(spot, at.below, Last::Follow, |base, path| {
            open::directory(base, path, OFlags::PATH)
        })?;
        Ok(Self {
            at,
            spot,
            handle,
            resolved,
        })
    }

    /// The never-list for its names.
    pub(super) fn filter(&self) -> Filter<'_> {
        Filter::new(self.at, self.resolved.as_deref())
    }

    /// Opens one file, if it is granted. `name` must be a single segment.
    pub(super) fn open_file(
        &self,
        name: &str,
        filter: &Filter<'_>,
        resolver: &mut Resolver,
        meter: &mut Meter,
    ) -> Result<Source, FileError> {
        meter.check_open()?;
        if matches!(name, "" | ".") || name.len() > MAX_NAME || name.contains(['/', '\0']) {
            return Err(FileError::InvalidPath);
        }
        if name == ".." || !self.at.states.matches_below(name) || filter.refuses(name) {
            return Err(FileError::NotPermitted);
        }
        meter.open()?;
        match open::file(self.handle.base(self.spot.root.base()), name) {
            Err(OpenError::Symlink) => {
                let directory = self.resolved.as_deref().unwrap_or(self.at.below);
                let path = join(directory, name);
                let (source, _) = resolver.open(self.spot, &path, Last::Follow, open::file)?;
                Ok(source)
            }
            other => other.map_err(FileError::from),
        }
    }
}
