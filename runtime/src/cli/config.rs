//! What the command line came to: typed, with every default filled in.

use std::{fmt, path::PathBuf, time::Duration};

use crate::limits::{Limits, TotalLimits};
use crate::meta::SelfMetrics;
use crate::settings::Choices;

/// Everything that the rest of the program knows of its command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// What to do.
    pub command: Command,
    /// The host's trees.
    pub paths: Paths,
    /// What is said of single collectors.
    pub choices: Choices,
    /// The HTTP side.
    pub web: WebConfig,
    /// How a scrape runs.
    pub scrape: ScrapeConfig,
    /// What one collector may use.
    pub limits: Limits,
    /// What all collectors and all pages together may use.
    pub totals: TotalLimits,
    /// What is logged, and how.
    pub log: LogConfig,
    /// One line for each flag that is accepted without having an effect, to be logged at start.
    pub warnings: Vec<String>,
}

/// The commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Serve metrics over HTTP until told to end.
    Serve,
    /// Print one exposition to stdout.
    Scrape,
    /// Tell what a module is and asks for.
    Inspect {
        /// File of the module.
        module: PathBuf,
        /// File of another version, whose differences are to be told instead.
        new: Option<PathBuf>,
    },
    /// Print what approves a module in the configuration file.
    Approve(ApproveArgs),
    /// Tell whether everything would start, and end.
    CheckConfig,
    /// Run one collector by hand.
    Run(RunArgs),
    /// Write the project of a new collector.
    New(NewArgs),
}

/// What `firepit run` is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunArgs {
    /// File of a module, or name of a built-in collector.
    pub module: PathBuf,
    /// Patterns and interfaces that it is granted; empty for what a module is granted by default.
    pub grants: Vec<String>,
    /// Names and values of its options, in the order of the command line.
    pub options: Vec<(String, String)>,
    /// How often it collects. Above zero.
    pub repeat: u64,
    /// Where what it reads is written to.
    pub record: Option<PathBuf>,
    /// A tree of [`Self::record`] to read instead of the host's.
    pub replay: Option<PathBuf>,
}

/// What `firepit approve` is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApproveArgs {
    /// File of the module.
    pub module: PathBuf,
    /// How the module is run first, where only what it uses is to be approved.
    pub used: Option<RunArgs>,
    /// The config file that the entry is put into, where it is not only printed.
    pub write: Option<PathBuf>,
}

/// What `firepit new` is to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewArgs {
    /// Name of the collector.
    pub name: String,
    /// Where the project goes; `./NAME` where nobody says.
    pub directory: Option<PathBuf>,
    /// What it is written in.
    pub language: Language,
}

/// A language that collectors are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Rust with the SDK.
    Rust,
    /// Python through componentize-py.
    Python,
    /// C through wit-bindgen.
    C,
}

/// Where the host's trees are. Lexically cleaned: no `.`, no `//`, no trailing slash; relative
/// paths stay relative, because some of them show up in labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Mount point of procfs.
    pub procfs: PathBuf,
    /// Mount point of sysfs.
    pub sysfs: PathBuf,
    /// Mount point of the root file system.
    pub rootfs: PathBuf,
    /// Directory of udev's data base.
    pub udev_data: PathBuf,
}

/// The HTTP side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebConfig {
    /// Where to listen: one address at least.
    pub listen: Vec<ListenAddress>,
    /// Path of the metrics; begins with `/` and is not one of `/-/...`.
    pub telemetry_path: String,
    /// Scrapes that may run at once; 0 sets no limit.
    pub max_requests: usize,
    /// Whether metrics about the exporter itself are shown.
    pub exporter_metrics: bool,
    /// How much these tell of single collectors.
    pub self_metrics: SelfMetrics,
    /// Whether a request may reload and end the program.
    pub lifecycle: bool,
}

/// An address to listen on, not yet resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddress {
    /// Host name or address, an IPv6 address without its brackets; none for all interfaces.
    pub host: Option<String>,
    /// Port; 0 lets the kernel choose.
    pub port: u16,
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.as_deref() {
            None => write!(f, ":{}", self.port),
            Some(host) if host.contains(':') => write!(f, "[{host}]:{}", self.port),
            Some(host) => write!(f, "{host}:{}", self.port),
        }
    }
}

/// How a scrape runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScrapeConfig {
    /// Time for a scrape whose request states none. Above zero.
    pub timeout: Duration,
    /// How much earlier than the scraper gives up a scrape is answered.
    pub timeout_offset: Duration,
    /// After how many scrapes a collector's instance is replaced; 0 for never.
    pub recycle_every: u64,
    /// Whether every scrape gets fresh instances.
    pub fresh: bool,
}

/// What is logged, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogConfig {
    /// The least severe level that is logged.
    pub level: tracing::Level,
    /// Form of the lines.
    pub format: LogFormat,
}

/// Form of the log's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// `time=... level=INFO msg="..." key=value`.
    Logfmt,
    /// One object per line.
    Json,
}
