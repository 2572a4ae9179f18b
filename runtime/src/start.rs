//! From a command line to a catalog of collectors: load what there is, ask it what it is, read the
//! flags that it declares, and set up what is enabled.
//!
//! A program that serves does that with its built-in collectors only. Modules of others come when the
//! port is open, beside everything else: nothing about them may keep the port waiting. Every other
//! command waits for them, since its answer is about them.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::bundle::{self, BundleError};
use crate::cli::{self, Coming, Config, DEFAULT_DIRECTORY, ModulePlaces, Untrusted};
use crate::collector::Lifetime;
use crate::config::{ConfigError, ConfigFile};
use crate::crew::Crew;
use crate::descriptor::Descriptor;
use crate::files::{RootError, RootPaths, Roots};
use crate::limits::Limits;
use crate::load::{Cache, Compiler, LoadError, Loader};
use crate::modules::catalog::{self, Catalog, Scope};
use crate::modules::look::{Haste, Looker};
use crate::modules::slot::Slot;
use crate::modules::{self, Decision, DirectoryProblem, Loaded, Rejection, ReloadError, Terms};
use crate::settings::SettingsError;
use crate::shown::escaped;

/// Why the program cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The command line is wrong, or asks for nothing but a text.
    #[error(transparent)]
    Usage(#[from] clap::Error),
    /// The configuration file is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A collector does not run as the operator wants it to.
    #[error(transparent)]
    Collector(Arc<Rejection>),
    /// The built-in collectors are damaged.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A built-in collector does not load.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A root cannot be opened.
    #[error(transparent)]
    Root(#[from] RootError),
    /// The system gives no threads.
    #[error("cannot start threads")]
    Threads(#[source] io::Error),
    /// A directory of modules cannot be listed.
    #[error(transparent)]
    Directory(DirectoryProblem),
}

impl StartError {
    /// Whether the operator used the program wrongly, as against a fault of the system.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Usage(_) | Self::Config(_) => true,
            Self::Collector(rejection) => rejection.is_refusal(),
            _ => false,
        }
    }
}

/// Modules that said what they are, and the means to load more.
#[derive(Debug)]
pub struct Program {
    /// The command line.
    pub config: Config,
    /// The configuration file.
    pub file: Arc<ConfigFile>,
    /// Loads modules.
    pub loader: Loader,
    /// Threads, watchdog and counters.
    pub crew: Arc<Crew>,
    places: ModulePlaces,
    /// A directory of modules that is taken in as soon as it is there.
    awaited: Option<&'static str>,
    slots: Vec<Slot>,
    looker: Looker,
    scope: Scope,
}

impl Program {
    /// Loads all modules, and reads the command line with the flags that they declare. Modules of
    /// others are compiled by `compiler`. A program that is to serve loads its built-in collectors only.
    ///
    /// # Errors
    /// A usage error, or a built-in collector that does not load. A module of a directory that
    /// does not load is left out instead.
    pub fn load(
        bundle: &'static [u8],
        compiler: Compiler,
        arguments: &[OsString],
        runtime: &tokio::runtime::Handle,
    ) -> Result<Self, StartError> {
        let mut places = cli::module_places(arguments)?;
        let mut awaited = places.directories.is_empty().then_some(DEFAULT_DIRECTORY);
        if let Some(directory) = awaited.take_if(|directory| Path::new(directory).is_dir()) {
            places.directories.push(directory.into());
        }
        let file = match &places.config {
            Some(path) => ConfigFile::read(path)?,
            None => ConfigFile::default(),
        };
        let loader = Loader::new(open_cache(&places), compiler)?;
        let crew = Crew::start(&loader, runtime.clone(), std::env::var_os("TZ"));
        let crew = Arc::new(crew.map_err(StartError::Threads)?);
        let looker = Looker::new(loader.clone(), Arc::clone(&crew), places.untrusted);
        let mut builtin = Vec::new();
        let limits = Arc::new(Limits::default());
        for module in bundle::read(bundle)? {
            let loaded = Loaded::new(loader.builtin(&module), &limits, &crew)?;
            builtin.push(Slot::builtin(loaded));
        }
        let (slots, unlisted) = catalog::slots(&builtin, &file, &places.directories);
        let mut unlisted = unlisted.into_iter();
        let unlistable = |it: &DirectoryProblem| matches!(it, DirectoryProblem::Unlisted { .. });
        if let Some(problem) = unlisted.find(unlistable) {
            return Err(StartError::Directory(problem));
        }
        let mut program = Parts {
            slots,
            looker,
            scope: Scope::All,
        };
        let config = program.read(arguments, builtin, &file, &places)?;
        crew.room().set(&config.totals);
        Ok(Self {
            config,
            file: Arc::new(file),
            loader,
            crew,
            places,
            awaited,
            slots: program.slots,
            looker: program.looker,
            scope: program.scope,
        })
    }

    /// Loads one more module, and asks it what it is.
    ///
    /// # Errors
    /// Where it cannot be used.
    pub fn inspect(&self, path: &Path) -> Result<Loaded, LoadError> {
        let module = self.loader.file(path, None)?;
        Loaded::new(module, &Arc::new(self.config.limits.clone()), &self.crew)
    }

    /// What is done with modules that the configuration file says nothing of.
    #[must_use]
    pub fn untrusted(&self) -> Untrusted {
        self.places.untrusted
    }

    /// The built-in collector of a name.
    #[must_use]
    pub fn builtin(&self, name: &str) -> Option<Arc<Loaded>> {
        let builtin = self.slots.iter().filter(|slot| slot.place.path().is_none());
        (builtin.filter_map(|slot| slot.newest.as_ref()))
            .find(|loaded| loaded.descriptor.name == name)
            .cloned()
    }

    /// How long instances live where nothing else is said.
    fn lifetime(&self) -> Lifetime {
        match (self.config.scrape.fresh, self.config.scrape.recycle_every) {
            (true, _) => Lifetime::Scrapes(1),
            (false, 0) => Lifetime::Kept,
            (false, scrapes) => Lifetime::Scrapes(scrapes),
        }
    }

    /// The names of the collectors that are built in.
    pub fn builtins(&self) -> impl Iterator<Item = &str> {
        let builtin = self.slots.iter().filter(|slot| slot.place.path().is_none());
        let loaded = builtin.filter_map(|slot| slot.newest.as_ref());
        loaded.map(|loaded| loaded.descriptor.name.as_str())
    }

    /// What the operator decided about a collector.
    ///
    /// # Errors
    /// A flag or a line of the configuration file that its options do not take.
    pub fn decide(&self, loaded: &Loaded) -> Result<Decision, SettingsError> {
        let Config {
            choices, limits, ..
        } = &self.config;
        modules::decide(loaded, &self.file, choices, limits, self.lifetime())
    }

    /// Opens the roots, and sets up the collectors that are enabled.
    ///
    /// # Errors
    /// A root that cannot be opened, a collector that does not run as the operator wants it to.
    pub fn catalog(self) -> Result<(Config, Arc<Crew>, Catalog), StartError> {
        let roots = Roots::open(&RootPaths {
            procfs: self.config.paths.procfs.clone(),
            sysfs: self.config.paths.sysfs.clone(),
            rootfs: self.config.paths.rootfs.clone(),
            udev_data: self.config.paths.udev_data.clone(),
        })?;
        let terms = Terms {
            choices: self.config.choices.clone(),
            limits: self.config.limits.clone(),
            lifetime: self.lifetime(),
            roots: Arc::new(roots),
            untrusted: self.places.untrusted,
            loader: self.loader,
            crew: Arc::clone(&self.crew),
        };
        let directories = self.places.directories;
        let mut catalog = Catalog::new(terms, directories, self.file, self.slots, self.looker);
        catalog.awaited = self.awaited.map(PathBuf::from);
        catalog.begin(self.scope).map_err(|error| match error {
            ReloadError::Collector(rejection) => StartError::Collector(rejection),
            ReloadError::Config(error) => StartError::Config(error),
            ReloadError::Lost => StartError::Threads(io::Error::other(error)),
        })?;
        Ok((self.config, self.crew, catalog))
    }
}

/// What the command line decides on.
struct Parts {
    slots: Vec<Slot>,
    looker: Looker,
    scope: Scope,
}

impl Parts {
    /// Reads the command line, with the flags of modules where the command waits for them.
    fn read(
        &mut self,
        arguments: &[OsString],
        builtin: Vec<Slot>,
        file: &ConfigFile,
        places: &ModulePlaces,
    ) -> Result<Config, StartError> {
        if let Some(coming) = coming(file, places)
            && let Some(config) = cli::parse_serving(arguments, &descriptors(&builtin), &coming)?
        {
            self.slots = builtin;
            self.scope = Scope::Builtin;
            return Ok(config);
        }
        for slot in &mut self.slots {
            self.looker.look(slot, file, Haste::Now, Instant::now());
        }
        let config = cli::parse(arguments.iter().cloned(), &descriptors(&self.slots));
        Ok(config.inspect_err(|error| explain(error, &self.slots))?)
    }
}

/// Which collectors modules may bring, if there may be modules.
fn coming(file: &ConfigFile, places: &ModulePlaces) -> Option<Coming> {
    if !places.directories.is_empty() {
        return Some(Coming::Any);
    }
    let entries = file.collectors.iter();
    let with_module = entries.filter(|entry| entry.module.is_some());
    let names: HashSet<String> = with_module.map(|entry| entry.name.clone()).collect();
    (!names.is_empty()).then_some(Coming::Named(names))
}

/// Tells which modules do not load, where a flag is not known that one of them may have had.
fn explain(error: &clap::Error, slots: &[Slot]) {
    if error.kind() != clap::error::ErrorKind::UnknownArgument {
        return;
    }
    for broken in slots.iter().filter_map(|slot| slot.broken.as_ref()) {
        // Logging is not set up without a command line.
        let why = escaped(&modules::whole(&**broken));
        eprintln!("firepit: {why}; the flags of its collector are not known");
    }
}

/// What the collectors say of themselves: of two with one name the first.
fn descriptors(slots: &[Slot]) -> Vec<Descriptor> {
    let mut names = HashSet::new();
    let loaded = slots.iter().filter_map(|slot| slot.newest.as_ref());
    let mut descriptors: Vec<Descriptor> = loaded
        .filter(|loaded| names.insert(loaded.descriptor.name.as_str()))
        .map(|loaded| loaded.descriptor.clone())
        .collect();
    descriptors.sort_by(|a, b| a.name.cmp(&b.name));
    descriptors
}

/// The cache, if there can be one: without it everything works, only slower.
fn open_cache(places: &ModulePlaces) -> Option<Cache> {
    match &places.cache {
        // Logging is not set up yet: the command line is only read once the modules are known.
        Some(directory) => Cache::open(directory)
            .map_err(|error| eprintln!("firepit: {error}; modules are compiled at every start"))
            .ok(),
        None => Cache::default_place(|name| std::env::var_os(name)).map(|place| Cache::at(&place)),
    }
}
