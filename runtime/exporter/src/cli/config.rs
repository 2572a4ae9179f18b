//! The resolved command line: typed, with every default filled in.

use std::path::PathBuf;
use std::time::Duration;

use firepit_sandbox::files::RootPaths;
use firepit_sandbox::limits::Limits;
use firepit_sandbox::session::Lifetime;

use super::Migration;
use crate::client::Target;
use crate::comparison::{Rules, Source};
use crate::logging::LogConfig;
use crate::memory::TotalLimits;
use crate::scrape::ScrapeConfig;
use crate::settings::CliOverrides;
use crate::web::{ListenAddress, ServerConfig, SocketMode};

/// Everything that the rest of the program knows of its command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// What to do.
    pub command: Command,
    /// The host's directory trees.
    pub paths: RootPaths,
    /// Overrides for single collectors.
    pub choices: CliOverrides,
    /// Addresses to listen on, at least one.
    pub listen: Vec<ListenAddress>,
    /// Permissions of the Unix sockets among these.
    pub socket_mode: SocketMode,
    /// Whether to listen on the sockets that systemd passes, instead.
    pub systemd_socket: bool,
    /// Settings of the server.
    pub web: ServerConfig,
    /// File with TLS, authentication, headers and rate limits of the server.
    pub web_config: Option<PathBuf>,
    /// Settings of a scrape.
    pub scrape: ScrapeConfig,
    /// Default lifetime of instances.
    pub lifetime: Lifetime,
    /// Limits of one collector.
    pub limits: Limits,
    /// Limits for all collectors and all responses together.
    pub totals: TotalLimits,
    /// Level and format of the log.
    pub log: LogConfig,
    /// Whether the command line is one of node_exporter 0.6 to 0.8.
    pub is_old: bool,
    /// One line for each accepted flag without effect, logged at startup.
    pub warnings: Vec<String>,
}

/// The commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Serve metrics over HTTP until stopped.
    Serve,
    /// Print one metrics response to stdout.
    Scrape,
    /// Print what a module is and asks for.
    Inspect {
        /// File of the module.
        module: PathBuf,
        /// File of another version: print the differences instead.
        new: Option<PathBuf>,
    },
    /// Print the entry that approves a module in the configuration file.
    Approve(ApproveArgs),
    /// Validate flags, configuration and modules, then exit.
    CheckConfig {
        /// Whether to print problems only.
        is_quiet: bool,
    },
    /// Run one collector by hand.
    Run(RunArgs),
    /// Print this text: help, completions for a shell, or the manual page.
    Print(String),
    /// Write the project of a new collector.
    New(firepit_scaffold::Request),
    /// Print a unit or a manifest for the flags.
    Deploy(DeployTarget),
    /// Print today's command line for an old one.
    Migrate(Migration),
    /// Ask a server whether it is healthy.
    Health {
        /// The server.
        target: Target,
        /// How long it may take.
        timeout: Duration,
    },
    /// Compare two metrics responses.
    Diff(DiffArgs),
    /// Print the names of the collectors, as `-collectors.print` of old versions.
    PrintCollectors,
}

/// What `firepit deploy` prints for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeployTarget {
    /// A unit of systemd.
    Systemd,
    /// A manifest of Kubernetes.
    Kubernetes,
}

impl DeployTarget {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Systemd, Self::Kubernetes];

    /// Its word on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Kubernetes => "kubernetes",
        }
    }
}

/// Arguments of `firepit run`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunArgs {
    /// File of a module, or name of a built-in collector.
    pub module: PathBuf,
    /// Granted patterns, addresses and interfaces; empty for the default grants.
    pub grants: Vec<String>,
    /// Names and values of its options, in the order of the command line.
    pub options: Vec<(String, String)>,
    /// Number of collections, above zero.
    pub repeat: u64,
    /// Directory to write its input files and conversations to.
    pub record: Option<PathBuf>,
    /// A tree of [`Self::record`] to read instead of the host's.
    pub replay: Option<PathBuf>,
}

/// Arguments of `firepit diff`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffArgs {
    /// The first response.
    pub old: Source,
    /// The second response.
    pub new: Source,
    /// What counts as a difference.
    pub rules: Rules,
}

/// Arguments of `firepit approve`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApproveArgs {
    /// File of the module.
    pub module: PathBuf,
    /// How to run the module first, to approve only what it uses.
    pub used: Option<RunArgs>,
    /// The config file to put the entry into, instead of printing it.
    pub write: Option<PathBuf>,
}
