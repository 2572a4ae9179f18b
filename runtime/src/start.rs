//! From a command line to a registry: load what there is, ask it what it is, read the flags that it
//! declares, and set up what is enabled.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use crate::bundle::{self, BundleError};
use crate::cli::{self, CollectorConfig, Config};
use crate::collector::{Collector, Lifetime, Setup, SetupError};
use crate::crew::Crew;
use crate::descriptor::Descriptor;
use crate::failure::Failure;
use crate::files::{RootError, RootPaths, Roots};
use crate::limits::Limits;
use crate::load::{Cache, LoadError, Loader, Module, Source};
use crate::registry::{DuplicateName, Entry, Registry};

/// Why the program cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The command line is wrong, or asks for nothing but a text.
    #[error(transparent)]
    Usage(#[from] clap::Error),
    /// A collector refuses its options, or asks for paths that cannot be granted.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The built-in collectors are damaged.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A built-in collector does not load.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Two collectors of one name.
    #[error(transparent)]
    Duplicate(#[from] DuplicateName),
    /// A root cannot be opened.
    #[error(transparent)]
    Root(#[from] RootError),
    /// The system gives no threads.
    #[error("cannot start threads")]
    Threads(#[source] io::Error),
    /// A directory of modules cannot be listed.
    #[error("--collector.directory: cannot list {path}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl StartError {
    /// Whether the operator used the program wrongly, as against a fault of the system.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        let refused = |error: &SetupError| match error {
            SetupError::Configure { source, .. } => matches!(source, Failure::Collector(_)),
            SetupError::Reads { .. } => true,
        };
        match self {
            Self::Usage(_) => true,
            Self::Setup(error) => refused(error),
            _ => false,
        }
    }
}

/// Modules that said what they are, and the means to load more.
#[derive(Debug)]
pub struct Program {
    /// The command line.
    pub config: Config,
    /// Loads modules.
    pub loader: Loader,
    /// Threads, watchdog and counters.
    pub crew: Arc<Crew>,
    modules: Vec<(Module, Descriptor)>,
    /// Modules of the directories that cannot be used. To be logged.
    pub refused: Vec<LoadError>,
}

impl Program {
    /// Loads all modules, and reads the command line with the flags that they declare.
    ///
    /// # Errors
    /// A usage error, or a built-in collector that does not load. A module of a directory that
    /// does not load is left out instead, see [`Self::refused`].
    pub fn load(
        bundle: &[u8],
        arguments: &[OsString],
        runtime: &tokio::runtime::Handle,
    ) -> Result<Self, StartError> {
        let places = cli::module_places(arguments)?;
        let loader = Loader::new(places.cache.as_deref().and_then(open_cache))?;
        let crew = Crew::start(&loader, runtime.clone()).map_err(StartError::Threads)?;
        let limits = Arc::new(Limits::default());
        let describe = |module: Module| {
            let descriptor = module.describe(&limits, &crew.watchdog)?;
            Ok::<_, LoadError>((module, descriptor))
        };
        let mut modules = Vec::new();
        for module in bundle::read(bundle)? {
            modules.push(describe(loader.builtin(&module)?)?);
        }
        let mut refused = Vec::new();
        for path in module_files(&places.directories)? {
            let described = loader.file(&path).and_then(&describe);
            match described.and_then(|module| not_taken(module, &modules)) {
                Ok(module) => modules.push(module),
                Err(error) => refused.push(error),
            }
        }
        modules.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
        let descriptors: Vec<Descriptor> = modules
            .iter()
            .map(|(_, descriptor)| descriptor.clone())
            .collect();
        Ok(Self {
            config: cli::parse(arguments.iter().cloned(), &descriptors)?,
            loader,
            crew: Arc::new(crew),
            modules,
            refused,
        })
    }

    /// Loads one more module, and asks it what it is.
    ///
    /// # Errors
    /// Where it cannot be used.
    pub fn inspect(&self, path: &Path) -> Result<(Module, Descriptor), LoadError> {
        let module = self.loader.file(path)?;
        let limits = Arc::new(self.config.limits.clone());
        let descriptor = module.describe(&limits, &self.crew.watchdog)?;
        Ok((module, descriptor))
    }

    /// Opens the roots, and sets up the collectors that are enabled.
    ///
    /// # Errors
    /// A root that cannot be opened, a collector that does not take its options.
    pub fn registry(self) -> Result<(Config, Arc<Crew>, Registry), StartError> {
        let Self {
            config,
            crew,
            modules,
            ..
        } = self;
        let roots = Arc::new(Roots::open(&RootPaths {
            procfs: config.paths.procfs.clone(),
            sysfs: config.paths.sysfs.clone(),
            rootfs: config.paths.rootfs.clone(),
            udev_data: config.paths.udev_data.clone(),
        })?);
        let limits = Arc::new(config.limits.clone());
        let mut entries = Vec::new();
        for ((module, descriptor), own) in modules.into_iter().zip(&config.collectors) {
            if !own.enabled {
                entries.push(Entry::Disabled(Box::new(descriptor), module.source));
                continue;
            }
            let source = module.source.clone();
            let setup = setup(own, &config, &limits, &roots);
            match Collector::new(module, descriptor, setup, &crew) {
                Ok(collector) => entries.push(Entry::Enabled(Arc::new(collector))),
                Err(error) if is_fatal(&error, &source, own) => return Err(error.into()),
                Err(error) => {
                    let module = origin(&source);
                    let err: &(dyn std::error::Error + 'static) = &error;
                    tracing::error!(module, err, "collector left out");
                }
            }
        }
        let registry = Registry::new(entries)?;
        let names = registry
            .enabled()
            .map(|collector| collector.descriptor.name.as_str());
        crew.counters.prepare(names);
        Ok((config, crew, registry))
    }
}

/// Whoever comes first keeps its name: the built-in ones, then by path.
fn not_taken(
    (module, descriptor): (Module, Descriptor),
    modules: &[(Module, Descriptor)],
) -> Result<(Module, Descriptor), LoadError> {
    match modules
        .iter()
        .find(|(_, other)| other.name == descriptor.name)
    {
        None => Ok((module, descriptor)),
        Some((first, _)) => Err(LoadError::Duplicate(DuplicateName {
            name: descriptor.name,
            first: first.source.clone(),
            second: module.source,
        })),
    }
}

fn setup(
    own: &CollectorConfig,
    config: &Config,
    limits: &Arc<Limits>,
    roots: &Arc<Roots>,
) -> Setup {
    let lifetime = match (config.scrape.fresh, config.scrape.recycle_every) {
        (true, _) => Lifetime::Scrapes(1),
        (false, 0) => Lifetime::Kept,
        (false, scrapes) => Lifetime::Scrapes(scrapes),
    };
    Setup {
        settings: own.settings.clone(),
        limits: Arc::clone(limits),
        lifetime,
        roots: Arc::clone(roots),
    }
}

/// A stranger's module that fails by itself is left out. What the operator asked for is not.
fn is_fatal(error: &SetupError, source: &Source, own: &CollectorConfig) -> bool {
    let stranger = matches!(source, Source::File(_));
    let asked_for = own.settings.iter().any(|setting| setting.explicit);
    let refusal = matches!(
        error,
        SetupError::Configure {
            source: Failure::Collector(_),
            ..
        }
    );
    !stranger || (refusal && asked_for)
}

/// The cache, if there can be one: without it everything works, only slower.
fn open_cache(directory: &Path) -> Option<Cache> {
    // Logging is not set up yet: the command line is only read once the modules are known.
    Cache::open(directory)
        .map_err(|error| eprintln!("firepit: {error}; modules are compiled at every start"))
        .ok()
}

/// The `*.wasm` files of directories, sorted by path.
fn module_files(directories: &[PathBuf]) -> Result<Vec<PathBuf>, StartError> {
    let mut files = Vec::new();
    for directory in directories {
        let failed = |source| StartError::Directory {
            path: directory.clone(),
            source,
        };
        for entry in fs::read_dir(directory).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "wasm")
            {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// One line about a module for logs.
#[must_use]
pub fn origin(source: &Source) -> String {
    match source {
        Source::Builtin(_) => "built in".to_owned(),
        Source::File(path) => path.display().to_string(),
    }
}
