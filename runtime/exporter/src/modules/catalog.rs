//! All origins of collectors, and what runs from each.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::collectors::registry::{self, Registry};
use crate::config::{ConfigError, ConfigFile, Entry};
use crate::modules::rejection::Rejection;
use crate::modules::rollout::{Mode, OnVerdict, Reconciler, Terms, Verdict};
use crate::modules::scan::candidates::{self, DirectoryProblem};
use crate::modules::scan::stamp::Stamp;
use crate::modules::scan::{ReadWhen, Scanner};
use crate::modules::slot::{Place, Slot};
use crate::web::HttpLimits;
use firepit_sandbox::fd_limit;

/// Why a configuration is not applied.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The file is invalid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A collector does not run under it.
    #[error(transparent)]
    Collector(#[from] Arc<Rejection>),
    /// The reload thread did not answer.
    #[error("reload did not finish; see the log")]
    Lost,
}

/// How long one pass sets up modules before the finished ones join scrapes.
const BATCH_TIME: Duration = Duration::from_secs(2);

/// All origins of collectors, and the state of each.
#[derive(Debug)]
pub struct Catalog {
    pub(crate) terms: Arc<Terms>,
    pub(crate) directories: Vec<PathBuf>,
    /// A directory that becomes one of `directories` once it exists. It need not exist.
    pub(crate) awaited: Option<PathBuf>,
    pub(crate) config: Arc<ConfigFile>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) unlisted: Vec<DirectoryProblem>,
    pub(crate) scanner: Scanner,
    probations: u64,
    /// Maximum number of connections.
    connections: usize,
}

/// Which collectors are set up before the program does anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of them.
    All,
    /// The built-in ones.
    Builtin,
}

/// Result of a pass.
pub(crate) struct Changes {
    /// The slots before it.
    pub(crate) before: Vec<Slot>,
    /// When to scan again, for files that are not stable yet.
    pub(crate) rescan_at: Option<Instant>,
}

impl Catalog {
    pub(crate) fn new(
        terms: Terms,
        directories: Vec<PathBuf>,
        config: Arc<ConfigFile>,
        slots: Vec<Slot>,
        scanner: Scanner,
    ) -> Self {
        Self {
            terms: Arc::new(terms),
            directories,
            awaited: None,
            config,
            slots,
            unlisted: Vec::new(),
            scanner,
            probations: 0,
            connections: HttpLimits::for_descriptors(fd_limit::limit()).connections,
        }
    }

    /// Sets up all collectors of the scope for the first time.
    pub(crate) fn begin(&mut self, scope: Scope) -> Result<(), Arc<Rejection>> {
        let config = Arc::clone(&self.config);
        // No previous version exists, so there is no probation.
        let on_verdict: OnVerdict = Arc::new(|_, _| {});
        match scope {
            Scope::All => self.update(&config, Mode::Start, &on_verdict)?,
            Scope::Builtin => {
                let slots = std::mem::take(&mut self.slots);
                self.pass(slots, &config, Mode::Start, &on_verdict)?
            }
        };
        self.counters().modules().config_reloaded(true);
        if self.may_have_modules() {
            self.counters()
                .modules()
                .expect_modules(Rejection::reasons());
        }
        self.prepare_counters();
        self.report(&[]);
        if scope == Scope::All {
            self.warn_about_entries();
        }
        Ok(())
    }

    /// Reconciles the running collectors with the files and the configuration: completely, or not at
    /// all.
    pub(crate) fn update(
        &mut self,
        config: &Arc<ConfigFile>,
        mode: Mode,
        on_verdict: &OnVerdict,
    ) -> Result<Changes, Arc<Rejection>> {
        let (mut slots, unlisted) = slots(&self.slots, config, &self.directories);
        let read_when = match mode {
            Mode::Start | Mode::First => ReadWhen::Immediately,
            Mode::Changes | Mode::Asked => ReadWhen::Stable,
        };
        let now = Instant::now();
        let is_new = !Arc::ptr_eq(config, &self.config);
        self.scanner.retain(&slots);
        for slot in &mut slots {
            slot.invalidate(mode == Mode::Asked, is_new);
        }
        let rescan_at = slots
            .iter_mut()
            .filter_map(|slot| self.scanner.scan(slot, config, read_when, now))
            .min();
        self.scanner.end();
        let changes = self.pass(slots, config, mode, on_verdict)?;
        self.unlisted = unlisted;
        Ok(Changes {
            rescan_at: rescan_at.into_iter().chain(changes.rescan_at).min(),
            ..changes
        })
    }

    /// Decides what runs in these slots, and makes them current.
    fn pass(
        &mut self,
        mut slots: Vec<Slot>,
        config: &Arc<ConfigFile>,
        mode: Mode,
        on_verdict: &OnVerdict,
    ) -> Result<Changes, Arc<Rejection>> {
        let is_new = !Arc::ptr_eq(config, &self.config);
        let in_batches = !is_new && matches!(mode, Mode::First | Mode::Changes);
        let mut reconciler = Reconciler {
            terms: &self.terms,
            config,
            config_is_new: is_new,
            mode,
            on_verdict,
            probations: self.probations,
            until: in_batches.then(|| Instant::now() + BATCH_TIME),
            has_more: false,
            connections: self.connections,
            taken: Default::default(),
        };
        for slot in &mut slots {
            reconciler.reconcile(slot)?;
        }
        self.probations = reconciler.probations;
        let rescan_at = reconciler.has_more.then(Instant::now);
        self.config = Arc::clone(config);
        let before = std::mem::replace(&mut self.slots, slots);
        self.suspend_fallbacks();
        Ok(Changes { before, rescan_at })
    }

    /// Records the stamps of files when a change is reported, so that they count as stable that much
    /// sooner.
    pub(crate) fn notice(&mut self, now: Instant) {
        let (slots, _) = slots(&self.slots, &self.config, &self.directories);
        for slot in &slots {
            self.scanner.notice(slot, now);
        }
    }

    /// Whether there is a configuration file.
    pub(crate) fn has_config(&self) -> bool {
        !self.config.path.as_os_str().is_empty()
    }

    /// Adds the expected directory, if it exists by now. Returns whether it does.
    pub(crate) fn add_expected_directory(&mut self) -> bool {
        let there = self.awaited.take_if(|directory| directory.is_dir());
        if let Some(directory) = &there {
            tracing::info!(path = %directory.display(), "module directory found");
            self.directories.push(directory.clone());
            self.counters()
                .modules()
                .expect_modules(Rejection::reasons());
        }
        there.is_some()
    }

    /// The module directories to watch, including one that does not exist yet.
    pub(crate) fn watched(&self) -> Vec<PathBuf> {
        self.directories
            .iter()
            .chain(&self.awaited)
            .cloned()
            .collect()
    }

    /// Whether modules from files are possible.
    pub(crate) fn may_have_modules(&self) -> bool {
        self.has_config() || !self.directories.is_empty()
    }

    /// Number of modules from files that take part in scrapes.
    pub(crate) fn running_modules(&self) -> usize {
        let files = self.slots.iter().filter(|slot| slot.place.path().is_some());
        files
            .filter_map(|slot| slot.running.as_ref())
            .filter(|running| running.collector.is_some())
            .count()
    }

    /// Ends a probation. Returns whether another version runs now.
    pub(crate) fn end_probation(&mut self, probation: u64, verdict: Verdict) -> bool {
        let Some(slot) = self
            .slots
            .iter_mut()
            .find(|slot| slot.probation == probation && slot.fallback.is_some())
        else {
            return false;
        };
        match verdict {
            Verdict::Passed => {
                slot.fallback = None;
                false
            }
            Verdict::Failed(source) => slot.roll_back(|failed| Rejection::RolledBack {
                collector: failed.descriptor.name.clone(),
                version: failed.descriptor.version.clone(),
                source,
            }),
        }
    }

    /// The registry of what runs.
    #[must_use]
    pub fn registry(&self) -> Registry {
        let running = self.slots.iter().filter_map(|slot| slot.running.as_ref());
        let entries = running.map(|admitted| match &admitted.collector {
            Some(collector) => registry::Entry::Enabled(Arc::clone(collector)),
            None => registry::Entry::Disabled(Arc::clone(&admitted.loaded)),
        });
        Registry::new(entries.collect(), &self.terms.builtin_names.namespace)
            .with_attributes(&self.config.attributes, &self.terms.builtin_names)
    }

    /// Entries of the configuration file that match no collector.
    pub fn idle_entries(&self) -> impl Iterator<Item = &Entry> {
        let named = |name: &str| {
            let mut newest = self.slots.iter().filter_map(|slot| slot.newest.as_ref());
            newest.any(|newest| newest.descriptor.name == name)
        };
        self.config
            .collectors
            .iter()
            .filter(move |entry| entry.module.is_none() && !named(&entry.name))
    }

    /// Logs the entries that match no collector: the module may appear later, or the name is wrong.
    pub(crate) fn warn_about_entries(&self) {
        for entry in self.idle_entries() {
            tracing::warn!(
                collector = entry.name,
                file = %entry.file.display(),
                line = entry.line,
                "entry in the config file matches no collector"
            );
        }
    }

    /// Logs the flags that match no collector: see [`Self::warn_about_entries`].
    pub(crate) fn warn_about_flags(&self) {
        let newest = self.slots.iter().filter_map(|slot| slot.newest.as_ref());
        let names: Vec<&str> = newest
            .map(|newest| newest.descriptor.name.as_str())
            .collect();
        for warning in self.terms.choices.unclaimed_warnings(&names) {
            tracing::warn!("{warning}");
        }
    }

    /// Releases the memory of previous versions that are kept for a rollback only.
    fn suspend_fallbacks(&self) {
        for fallback in self.slots.iter().filter_map(|slot| slot.fallback.as_ref()) {
            if let Some(collector) = &fallback.collector {
                collector.suspend();
            }
        }
    }
}

/// The current slots, with the state of the previous ones.
pub(crate) fn slots(
    before: &[Slot],
    config: &ConfigFile,
    directories: &[PathBuf],
) -> (Vec<Slot>, Vec<DirectoryProblem>) {
    let mut slots: Vec<Slot> = before
        .iter()
        .filter(|slot| slot.place.path().is_none())
        .cloned()
        .collect();
    let (listed, problems) = candidates::in_directories(directories);
    let named: Vec<Place> = config
        .collectors
        .iter()
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
    let named_files: Vec<(u64, u64)> = named
        .iter()
        .filter_map(|place| file(place.path()?))
        .collect();
    let is_named = |path: &Path| file(path).is_some_and(|file| named_files.contains(&file));
    let listed: Vec<Place> = listed
        .into_iter()
        .map(|candidate| candidate.path)
        .chain(unseen(before, &problems))
        .filter(|path| !is_named(path))
        .map(|path| Place::Listed { path })
        .collect();
    let places: Vec<Place> = named.into_iter().chain(listed).collect();
    let is_there = |path: Option<&Path>| places.iter().any(|place| place.path() == path);
    // The same file under another path, such as an entry that names a file of a module directory.
    let moved = |path: Option<&Path>| {
        let file_there = file(path?)?;
        before
            .iter()
            .filter(|slot| !is_there(slot.place.path()))
            .find(|slot| slot.place.path().and_then(file) == Some(file_there))
    };
    for place in places.clone() {
        let by_path = before.iter().find(|slot| slot.place.path() == place.path());
        let known = by_path.or_else(|| moved(place.path()));
        slots.push(match known {
            // With another digest or name, the file is read again.
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

/// The files of directories that cannot be listed, unless the directory is gone.
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
            // The running version was read before others could write there. Changes are not read.
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
