//! Builds the catalog of collectors from a command line: loads modules, asks them for their
//! descriptors, reads the flags that they declare, and sets up the enabled collectors.
//!
//! A server does that with its built-in collectors only. Third-party modules are loaded in the
//! background once the port is open, so they cannot delay it. Every other command waits for them,
//! because its output depends on them.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::cli::{self, Arguments, Config, DEFAULT_DIRECTORY, ModulePlaces, PossibleModules};
use crate::config::{ConfigError, ConfigFile};
use crate::executor::Executor;
use crate::modules::catalog::{self, Catalog, Scope};
use crate::modules::scan::{ReadWhen, Scanner};
use crate::modules::slot::Slot;
use crate::modules::{self, Decision, DirectoryProblem, Rejection, Terms, Untrusted};
use crate::settings::{EnvironmentOptions, SettingsError};
use crate::web::{WebConfig, WebConfigError};
use firepit_exposition::escape::escaped;
use firepit_sandbox::descriptor::Descriptor;
use firepit_sandbox::files::{RootError, RootName, Roots};
use firepit_sandbox::limits::Limits;
use firepit_sandbox::module::bundle::{self, BundleError};
use firepit_sandbox::module::{Cache, Compiler, Described, LoadError, Loader};

/// Why the program cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The command line is invalid, or only requests a text.
    #[error(transparent)]
    Usage(#[from] clap::Error),
    /// The configuration file is invalid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The web config file is invalid.
    #[error(transparent)]
    WebConfig(#[from] WebConfigError),
    /// A collector does not run as configured.
    #[error(transparent)]
    Collector(Arc<Rejection>),
    /// The built-in collectors are damaged.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A built-in collector does not load.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A root cannot be opened.
    #[error("{}", root_flag(.0))]
    Root(#[source] RootError),
    /// Threads cannot be started.
    #[error("cannot start threads")]
    Threads(#[source] io::Error),
    /// A directory of modules cannot be listed.
    #[error(transparent)]
    Directory(DirectoryProblem),
}

impl From<RootError> for StartError {
    fn from(error: RootError) -> Self {
        Self::Root(error)
    }
}

/// The flag of a root.
fn root_flag(error: &RootError) -> &'static str {
    match error.root() {
        RootName::Procfs => "--path.procfs",
        RootName::Sysfs => "--path.sysfs",
        RootName::Rootfs => "--path.rootfs",
        RootName::UdevData => "--path.udev.data",
        RootName::Recording => "--replay",
    }
}

impl StartError {
    /// Whether the operator caused the error, not the system.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Usage(_) | Self::Config(_) | Self::WebConfig(_) => true,
            Self::Collector(rejection) => rejection.is_refusal(),
            _ => false,
        }
    }
}

/// A collector that would run.
#[derive(Debug)]
pub struct EnabledCollector {
    /// Its module.
    pub loaded: Arc<Described>,
    /// The operator's decision about it.
    pub decision: Decision,
}

/// Described modules, and everything that is needed to load more.
#[derive(Debug)]
pub struct Program {
    /// The command line.
    pub config: Config,
    /// The configuration file.
    pub file: Arc<ConfigFile>,
    /// Loads modules.
    pub loader: Loader,
    /// Worker threads, watchdog and counters.
    pub executor: Arc<Executor>,
    places: ModulePlaces,
    /// A module directory that is added as soon as it exists.
    awaited: Option<&'static str>,
    slots: Vec<Slot>,
    scanner: Scanner,
    scope: Scope,
}

impl Program {
    /// Loads all modules, and reads the command line with the flags that they declare. `compiler`
    /// compiles third-party modules. A server loads its built-in collectors only.
    ///
    /// # Errors
    /// A usage error, or a built-in collector that does not load. Modules in directories that do
    /// not load are skipped.
    pub fn load(
        bundle: &'static [u8],
        compiler: Compiler,
        arguments: &[OsString],
        runtime: &tokio::runtime::Handle,
    ) -> Result<Self, StartError> {
        let arguments = Arguments::expand(arguments.iter().cloned())?;
        let mut places = cli::module_places(&arguments);
        let mut awaited = places.directories.is_empty().then_some(DEFAULT_DIRECTORY);
        if let Some(directory) = awaited.take_if(|directory| Path::new(directory).is_dir()) {
            places.directories.push(directory.into());
        }
        let file = match &places.config {
            Some(path) => ConfigFile::read(path, &places.builtin_names)?,
            None => ConfigFile::default(),
        };
        let loader = Loader::new(open_cache(&places), compiler)?;
        let processors = cli::processors(&arguments, std::env::var_os("GOMAXPROCS"))?;
        let time_zone = std::env::var_os("TZ");
        let executor = Executor::start(&loader, runtime.clone(), time_zone, processors);
        let executor = Arc::new(executor.map_err(StartError::Threads)?);
        let scanner = Scanner::new(loader.clone(), Arc::clone(&executor), places.untrusted);
        let mut builtin = Vec::new();
        let limits = Arc::new(Limits::default());
        for module in bundle::read(bundle)? {
            let loaded = executor.describe(loader.builtin(&module), &limits)?;
            builtin.push(Slot::builtin(loaded));
        }
        let (slots, problems) = catalog::slots(&builtin, &file, &places.directories);
        let mut problems = problems.into_iter();
        let cannot_be_listed =
            |it: &DirectoryProblem| matches!(it, DirectoryProblem::Unlisted { .. });
        if let Some(problem) = problems.find(cannot_be_listed) {
            return Err(StartError::Directory(problem));
        }
        let mut program = Discovery {
            slots,
            scanner,
            scope: Scope::All,
        };
        let mut config = program.read(&arguments, builtin, &file, &places)?;
        config.choices.environment = EnvironmentOptions::read(|name| std::env::var_os(name));
        config.warnings.extend(file.warnings.iter().cloned());
        executor.memory().set(&config.totals);
        Ok(Self {
            config,
            file: Arc::new(file),
            loader,
            executor,
            places,
            awaited,
            slots: program.slots,
            scanner: program.scanner,
            scope: program.scope,
        })
    }

    /// Opens the web config file, if the command line names one.
    ///
    /// # Errors
    /// It cannot be served with.
    pub fn web_config(&self) -> Result<Option<WebConfig>, StartError> {
        let path = self.config.web_config.as_deref();
        Ok(path.map(WebConfig::open).transpose()?)
    }

    /// Loads one more module and describes it.
    ///
    /// # Errors
    /// The module cannot be used.
    pub fn inspect(&self, path: &Path) -> Result<Described, LoadError> {
        let module = self.loader.file(path, None)?;
        self.executor
            .describe(module, &Arc::new(self.config.limits.clone()))
    }

    /// The policy for modules without an entry in the configuration file.
    #[must_use]
    pub fn untrusted(&self) -> Untrusted {
        self.places.untrusted
    }

    /// The built-in collector of this name.
    #[must_use]
    pub fn builtin(&self, name: &str) -> Option<Arc<Described>> {
        let builtin = self.slots.iter().filter(|slot| slot.place.path().is_none());
        builtin
            .filter_map(|slot| slot.newest.as_ref())
            .find(|loaded| loaded.descriptor.name == name)
            .cloned()
    }

    /// The names of the built-in collectors.
    pub fn builtins(&self) -> impl Iterator<Item = &str> {
        let builtin = self.slots.iter().filter(|slot| slot.place.path().is_none());
        let loaded = builtin.filter_map(|slot| slot.newest.as_ref());
        loaded.map(|loaded| loaded.descriptor.name.as_str())
    }

    /// The names of all collectors, sorted.
    #[must_use]
    pub fn collectors(&self) -> Vec<String> {
        let descriptors = descriptors(&self.slots).into_iter();
        descriptors.map(|descriptor| descriptor.name).collect()
    }

    /// The operator's configuration of a collector.
    ///
    /// # Errors
    /// The collector's options do not accept a flag or a line of the configuration file.
    pub fn decide(&self, loaded: &Described) -> Result<Decision, SettingsError> {
        let Config {
            choices, limits, ..
        } = &self.config;
        modules::decide(loaded, &self.file, choices, limits, self.config.lifetime)
    }

    /// The collectors that would run. Modules that are rejected, wait for approval or have options that
    /// do not fit are left out, with a warning in the log.
    #[must_use]
    pub fn enabled(&self) -> Vec<EnabledCollector> {
        let mut enabled = Vec::new();
        for slot in &self.slots {
            let Some(loaded) = &slot.newest else { continue };
            match self.admit(slot, loaded) {
                Ok(decision) if decision.enabled => enabled.push(EnabledCollector {
                    loaded: Arc::clone(loaded),
                    decision,
                }),
                Ok(_) => {}
                Err(error) => tracing::warn!("left out: {}", modules::error_chain(&*error)),
            }
        }
        enabled
    }

    fn admit(
        &self,
        slot: &Slot,
        loaded: &Described,
    ) -> Result<Decision, Box<dyn std::error::Error>> {
        if let Some(path) = slot.place.path() {
            modules::check_entry(self.places.untrusted, path, loaded, &self.file)?;
        }
        Ok(self.decide(loaded)?)
    }

    /// The directories of modules.
    pub fn module_directories(&self) -> impl Iterator<Item = &Path> {
        self.places.directories.iter().map(PathBuf::as_path)
    }

    /// The files of modules that the configuration file names.
    pub fn module_files(&self) -> impl Iterator<Item = &Path> {
        let entries = self.file.collectors.iter();
        entries.filter_map(|entry| entry.module.as_deref())
    }

    /// The directory of compiled modules, if a flag names one.
    #[must_use]
    pub fn cache_directory(&self) -> Option<&Path> {
        self.places.cache.as_deref()
    }

    /// Opens the roots, and sets up the enabled collectors.
    ///
    /// # Errors
    /// A root cannot be opened, or a collector does not run as configured.
    pub fn catalog(self) -> Result<(Config, Arc<Executor>, Catalog), StartError> {
        let roots = Roots::open(&self.config.paths)?;
        let terms = Terms {
            choices: self.config.choices.clone(),
            limits: self.config.limits.clone(),
            lifetime: self.config.lifetime,
            builtin_names: self.config.scrape.builtin_names.clone(),
            roots: Arc::new(roots),
            untrusted: self.places.untrusted,
            loader: self.loader,
            executor: Arc::clone(&self.executor),
        };
        let directories = self.places.directories;
        let mut catalog = Catalog::new(terms, directories, self.file, self.slots, self.scanner);
        catalog.awaited = self.awaited.map(PathBuf::from);
        catalog.begin(self.scope).map_err(StartError::Collector)?;
        Ok((self.config, self.executor, catalog))
    }
}

/// The found modules; the command line decides which of them are loaded at the start.
struct Discovery {
    slots: Vec<Slot>,
    scanner: Scanner,
    scope: Scope,
}

impl Discovery {
    /// Reads the command line; includes the flags of third-party modules if the command waits for
    /// these.
    fn read(
        &mut self,
        arguments: &Arguments,
        builtin: Vec<Slot>,
        file: &ConfigFile,
        places: &ModulePlaces,
    ) -> Result<Config, StartError> {
        if let Some(possible_modules) = possible_modules(file, places)
            && let Some(config) =
                cli::parse_serving(arguments, &descriptors(&builtin), &possible_modules)?
        {
            self.slots = builtin;
            self.scope = Scope::Builtin;
            return Ok(config);
        }
        for slot in &mut self.slots {
            self.scanner
                .scan(slot, file, ReadWhen::Immediately, Instant::now());
        }
        let config = cli::parse(arguments, &descriptors(&self.slots));
        Ok(config.inspect_err(|error| explain(error, &self.slots))?)
    }
}

/// The collectors that third-party modules may add, if such modules are possible.
fn possible_modules(file: &ConfigFile, places: &ModulePlaces) -> Option<PossibleModules> {
    if !places.directories.is_empty() {
        return Some(PossibleModules::Any);
    }
    let entries = file.collectors.iter();
    let with_module = entries.filter(|entry| entry.module.is_some());
    let names: HashSet<String> = with_module.map(|entry| entry.name.clone()).collect();
    (!names.is_empty()).then_some(PossibleModules::Named(names))
}

/// Reports modules that do not load, if the command line has an unknown flag that one of them may
/// have declared.
fn explain(error: &clap::Error, slots: &[Slot]) {
    if error.kind() != clap::error::ErrorKind::UnknownArgument {
        return;
    }
    for broken in slots.iter().filter_map(|slot| slot.broken.as_ref()) {
        // Logging is only set up with a valid command line.
        let why = escaped(&modules::error_chain(&**broken));
        eprintln!("firepit: {why}; the flags of its collector are unknown");
    }
}

/// The descriptors of the loaded modules; of two with the same name, the first.
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

/// The cache, if it can be opened. It is optional: it only saves time.
fn open_cache(places: &ModulePlaces) -> Option<Cache> {
    match &places.cache {
        // Logging is not set up yet: the command line is only read once the modules are loaded.
        Some(directory) => Cache::open(directory)
            .map_err(|error| eprintln!("firepit: {error}; modules are compiled at every start"))
            .ok(),
        None => Cache::default_path(|name| std::env::var_os(name)).map(|place| Cache::at(&place)),
    }
}
