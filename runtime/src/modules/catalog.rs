//! All places that collectors can come from, and what runs.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::admit::Terms;
use super::candidates::{self, DirectoryProblem};
use super::look::{Haste, Looker};
use super::pass::{Mode, Pass, Tell};
use super::probation::Verdict;
use super::rejection::Rejection;
use super::slot::{Place, Slot};
use super::stamp::Stamp;
use crate::config::{ConfigError, ConfigFile, Entry};
use crate::descriptors;
use crate::registry::{self, Registry};
use crate::web::HttpLimits;

/// Why a configuration is not put in force.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The file is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A collector does not run under it.
    #[error(transparent)]
    Collector(Arc<Rejection>),
    /// Whoever was to do it gave no answer.
    #[error("reloading came to no end; the log says why")]
    Lost,
}

/// How long modules are set up until those that are done take part in scrapes.
const PORTION: Duration = Duration::from_secs(2);

/// All places, and what became of each.
#[derive(Debug)]
pub struct Catalog {
    pub(super) terms: Arc<Terms>,
    pub(super) directories: Vec<PathBuf>,
    /// A directory that is one of them as soon as it is there. Nobody has to make it.
    pub(crate) awaited: Option<PathBuf>,
    pub(super) config: Arc<ConfigFile>,
    pub(super) slots: Vec<Slot>,
    pub(super) unlisted: Vec<DirectoryProblem>,
    pub(super) looker: Looker,
    probations: u64,
    /// The most connections that there may be.
    connections: usize,
}

/// Which collectors are set up before anything else is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All that there are.
    All,
    /// Those that are built in.
    Builtin,
}

/// What a pass changed.
pub(super) struct Changes {
    /// The places before it.
    pub(super) before: Vec<Slot>,
    /// When a file that is not quiet yet has to be looked at again.
    pub(super) again: Option<Instant>,
}

impl Catalog {
    pub(crate) fn new(
        terms: Terms,
        directories: Vec<PathBuf>,
        config: Arc<ConfigFile>,
        slots: Vec<Slot>,
        looker: Looker,
    ) -> Self {
        Self {
            terms: Arc::new(terms),
            directories,
            awaited: None,
            config,
            slots,
            unlisted: Vec::new(),
            looker,
            probations: 0,
            connections: HttpLimits::for_descriptors(descriptors::limit()).connections,
        }
    }

    /// Sets up what there is for the first time.
    pub(crate) fn begin(&mut self, scope: Scope) -> Result<(), ReloadError> {
        let config = Arc::clone(&self.config);
        // Nothing ran before, so nothing is on probation.
        let tell: Tell = Arc::new(|_, _| {});
        match scope {
            Scope::All => self.update(&config, Mode::Start, &tell)?,
            Scope::Builtin => {
                let slots = std::mem::take(&mut self.slots);
                self.pass(slots, &config, Mode::Start, &tell)?
            }
        };
        self.counters().modules().config_reloaded(true);
        if self.may_have_modules() {
            self.counters().modules().expect_modules();
        }
        self.prepare_counters();
        self.report(&[]);
        if scope == Scope::All {
            self.warn_about_entries();
        }
        Ok(())
    }

    /// Brings what runs up to date with files and configuration; all of it, or nothing.
    pub(super) fn update(
        &mut self,
        config: &Arc<ConfigFile>,
        mode: Mode,
        tell: &Tell,
    ) -> Result<Changes, ReloadError> {
        let (mut slots, unlisted) = slots(&self.slots, config, &self.directories);
        let haste = match mode {
            Mode::Start | Mode::First => Haste::Now,
            Mode::Changes | Mode::Asked => Haste::Patient,
        };
        let now = Instant::now();
        let is_new = !Arc::ptr_eq(config, &self.config);
        self.looker.retain(&slots);
        for slot in &mut slots {
            slot.doubt(mode == Mode::Asked, is_new);
        }
        let again = (slots.iter_mut())
            .filter_map(|slot| self.looker.look(slot, config, haste, now))
            .min();
        self.looker.end();
        let changes = self.pass(slots, config, mode, tell)?;
        self.unlisted = unlisted;
        Ok(Changes {
            again: again.into_iter().chain(changes.again).min(),
            ..changes
        })
    }

    /// Decides what runs in these places, and puts them in force.
    fn pass(
        &mut self,
        mut slots: Vec<Slot>,
        config: &Arc<ConfigFile>,
        mode: Mode,
        tell: &Tell,
    ) -> Result<Changes, ReloadError> {
        let is_new = !Arc::ptr_eq(config, &self.config);
        let in_portions = !is_new && matches!(mode, Mode::First | Mode::Changes);
        let mut pass = Pass {
            terms: &self.terms,
            config,
            config_is_new: is_new,
            mode,
            tell,
            probations: self.probations,
            until: in_portions.then(|| Instant::now() + PORTION),
            more: false,
            connections: self.connections,
            taken: Default::default(),
        };
        for slot in &mut slots {
            pass.settle(slot).map_err(ReloadError::Collector)?;
        }
        self.probations = pass.probations;
        let again = pass.more.then(Instant::now);
        self.config = Arc::clone(config);
        let before = std::mem::replace(&mut self.slots, slots);
        self.rest();
        Ok(Changes { before, again })
    }

    /// Notes how files look once something is heard of them, so that they are found quiet that much
    /// sooner.
    pub(super) fn notice(&mut self, now: Instant) {
        let (slots, _) = slots(&self.slots, &self.config, &self.directories);
        for slot in &slots {
            self.looker.notice(slot, now);
        }
    }

    /// Whether there is a configuration file.
    pub(super) fn has_config(&self) -> bool {
        !self.config.path.as_os_str().is_empty()
    }

    /// Takes in the directory that was awaited, if it is there by now. Returns whether it is.
    pub(super) fn take_in(&mut self) -> bool {
        let there = self.awaited.take_if(|directory| directory.is_dir());
        if let Some(directory) = &there {
            tracing::info!(path = %directory.display(), "directory of modules found");
            self.directories.push(directory.clone());
            self.counters().modules().expect_modules();
        }
        there.is_some()
    }

    /// The directories of modules that have to be watched: those that may come as well.
    pub(super) fn watched(&self) -> Vec<PathBuf> {
        (self.directories.iter().chain(&self.awaited))
            .cloned()
            .collect()
    }

    /// Whether there may be modules from files.
    pub(super) fn may_have_modules(&self) -> bool {
        self.has_config() || !self.directories.is_empty()
    }

    /// How many modules from files take part in scrapes.
    pub(super) fn running_modules(&self) -> usize {
        let files = self.slots.iter().filter(|slot| slot.place.path().is_some());
        files
            .filter_map(|slot| slot.running.as_ref())
            .filter(|running| running.collector.is_some())
            .count()
    }

    /// Ends a probation. Returns whether something else runs now.
    pub(super) fn judge(&mut self, probation: u64, verdict: Verdict) -> bool {
        let Some(slot) = (self.slots.iter_mut())
            .find(|slot| slot.probation == probation && slot.fallback.is_some())
        else {
            return false;
        };
        match verdict {
            Verdict::Passed => {
                slot.fallback = None;
                false
            }
            Verdict::Failed(source) => slot.go_back(|failed| Rejection::RolledBack {
                collector: failed.descriptor.name.clone(),
                version: failed.descriptor.version.clone(),
                source,
            }),
        }
    }

    /// The collectors in force.
    #[must_use]
    pub fn registry(&self) -> Registry {
        let running = self.slots.iter().filter_map(|slot| slot.running.as_ref());
        let entries = running.map(|admitted| match &admitted.collector {
            Some(collector) => registry::Entry::Enabled(Arc::clone(collector)),
            None => registry::Entry::Disabled(Arc::clone(&admitted.loaded)),
        });
        Registry::new(entries.collect())
    }

    /// Entries of the configuration file that are about no collector.
    pub fn idle_entries(&self) -> impl Iterator<Item = &Entry> {
        let named = |name: &str| {
            let mut newest = self.slots.iter().filter_map(|slot| slot.newest.as_ref());
            newest.any(|newest| newest.descriptor.name == name)
        };
        (self.config.collectors.iter())
            .filter(move |entry| entry.module.is_none() && !named(&entry.name))
    }

    /// Logs the entries that are about no collector: the module may come later, or the name is wrong.
    pub(super) fn warn_about_entries(&self) {
        for entry in self.idle_entries() {
            tracing::warn!(
                collector = entry.name,
                file = %entry.file.display(),
                line = entry.line,
                "the configuration file is about a collector that is not there"
            );
        }
    }

    /// Logs the flags that are about no collector: see [`Self::warn_about_entries`].
    pub(super) fn warn_about_flags(&self) {
        let newest = self.slots.iter().filter_map(|slot| slot.newest.as_ref());
        let names: Vec<&str> = newest
            .map(|newest| newest.descriptor.name.as_str())
            .collect();
        for warning in self.terms.choices.unclaimed_warnings(&names) {
            tracing::warn!("{warning}");
        }
    }

    /// Gives back the memory of versions that are only kept to go back to.
    fn rest(&self) {
        for fallback in self.slots.iter().filter_map(|slot| slot.fallback.as_ref()) {
            if let Some(collector) = &fallback.collector {
                collector.rest();
            }
        }
    }
}

/// The places that there are now, with what is known of those that there were before.
pub(crate) fn slots(
    before: &[Slot],
    config: &ConfigFile,
    directories: &[PathBuf],
) -> (Vec<Slot>, Vec<DirectoryProblem>) {
    let mut slots: Vec<Slot> = (before.iter())
        .filter(|slot| slot.place.path().is_none())
        .cloned()
        .collect();
    let (listed, problems) = candidates::in_directories(directories);
    let named: Vec<Place> = (config.collectors.iter())
        .filter_map(|entry| {
            Some(Place::Entry {
                path: entry.module.clone()?,
                name: entry.name.clone(),
                sha256: entry.sha256.clone(),
            })
        })
        .collect();
    let file = |path: &Path| {
        Stamp::of(path)
            .ok()
            .map(|stamp| (stamp.device, stamp.inode))
    };
    let named_files: Vec<(u64, u64)> = (named.iter())
        .filter_map(|place| file(place.path()?))
        .collect();
    let is_named = |path: &Path| file(path).is_some_and(|file| named_files.contains(&file));
    let listed: Vec<Place> = (listed.into_iter())
        .map(|candidate| candidate.path)
        .chain(unseen(before, &problems))
        .filter(|path| !is_named(path))
        .map(|path| Place::Listed { path })
        .collect();
    let places: Vec<Place> = named.into_iter().chain(listed).collect();
    let is_there = |path: Option<&Path>| places.iter().any(|place| place.path() == path);
    // The same file under another path, as where an entry names a file of a directory.
    let moved = |path: Option<&Path>| {
        let file_there = file(path?)?;
        (before.iter())
            .filter(|slot| !is_there(slot.place.path()))
            .find(|slot| slot.place.path().and_then(file) == Some(file_there))
    };
    for place in places.clone() {
        let by_path = before.iter().find(|slot| slot.place.path() == place.path());
        let known = by_path.or_else(|| moved(place.path()));
        slots.push(match known {
            // Under another digest or name it is looked into anew.
            Some(slot) if slot.place != place => Slot {
                stamp: None,
                place,
                ..slot.clone()
            },
            Some(slot) => slot.clone(),
            None => Slot::new(place),
        });
    }
    (slots, problems)
}

/// The files of directories that could not be listed for another reason than that they are gone.
fn unseen<'a>(
    before: &'a [Slot],
    problems: &'a [DirectoryProblem],
) -> impl Iterator<Item = PathBuf> + 'a {
    let unlisted = |path: &Path| {
        problems.iter().any(|problem| match problem {
            DirectoryProblem::Unlisted {
                path: directory,
                source,
            } => source.kind() != ErrorKind::NotFound && path.parent() == Some(directory),
            // What runs was read before others could write there. What changes is not read.
            DirectoryProblem::Distrusted {
                path: directory, ..
            } => path.parent() == Some(directory),
            _ => false,
        })
    };
    let listed = before.iter().filter_map(|slot| match &slot.place {
        Place::Listed { path } => Some(path.clone()),
        Place::Builtin(_) | Place::Entry { .. } => None,
    });
    listed.filter(move |path| unlisted(path))
}
