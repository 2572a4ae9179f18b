//! Why a module does not run, as a type. Metric label, log line and status page row are derived from it.

use std::path::PathBuf;

use crate::settings::SettingsError;
use firepit_exposition::escape::truncated;
use firepit_exposition::validate::Problem;
use firepit_sandbox::descriptor::Descriptor;
use firepit_sandbox::failure::Failure;
use firepit_sandbox::fd_limit::InsufficientDescriptors;
use firepit_sandbox::module::{LoadError, Source};
use firepit_sandbox::session::SetupError;

/// Why a module, or its newest version, does not run.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Another collector has its name.
    #[error("two collectors have the name {name}: {first} and {second}; remove one of them")]
    Duplicate {
        /// The name.
        name: String,
        /// Source of the first.
        first: Source,
        /// Source of the second.
        second: Source,
    },
    /// It cannot be set up.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// It would use reserved descriptors.
    #[error("collector {collector} waits for file descriptors")]
    Descriptors {
        /// The collector.
        collector: String,
        /// How many there are.
        #[source]
        source: InsufficientDescriptors,
    },
    /// Its options are invalid.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A constant label of its entry in the configuration file is a label of a family.
    #[error("invalid labels of collector {collector}: {problem}")]
    LabelClash {
        /// The collector.
        collector: String,
        /// The family, and the label.
        problem: Problem,
    },
    /// Its entry in the configuration file has another name.
    #[error(
        "the collector of {path} is called {name}, but the config file calls it {entry}; rename the \
         entry"
    )]
    Misnamed {
        /// The file.
        path: PathBuf,
        /// The name in the module.
        name: String,
        /// The name in the configuration file.
        entry: String,
    },
    /// It is not approved, and unapproved modules are not loaded at all.
    #[error(
        "{path} is not approved: --collector.untrusted-default is deny, and no entry of the \
         config file has its sha256 {sha256}; `firepit approve {path}` prints one"
    )]
    Unlisted {
        /// The file.
        path: PathBuf,
        /// Its digest in hexadecimal.
        sha256: String,
    },
    /// It is not approved yet.
    #[error(
        "{path} (collector {name}) is not approved: check it with `firepit inspect`, then add \
         the output of `firepit approve` to the config file"
    )]
    Unapproved {
        /// The file.
        path: PathBuf,
        /// The collector.
        name: String,
    },
    /// It asks for more than the running version.
    #[error(
        "version {version} of collector {collector} is not approved, because it asks for more than \
         the running version was granted: {}; grant that in the config file (`firepit approve` \
         prints the entry)",
        summary(asks)
    )]
    AsksMore {
        /// The collector.
        collector: String,
        /// The waiting version.
        version: String,
        /// What it asks for.
        asks: Vec<String>,
    },
    /// It failed its trial run.
    #[error("version {version} of collector {collector} failed its trial")]
    Trial {
        /// The collector.
        collector: String,
        /// Its version.
        version: String,
        /// The failure.
        #[source]
        source: Failure,
    },
    /// It failed in one of its first scrapes.
    #[error(
        "version {version} of collector {collector} failed in one of its first scrapes; rolled back \
         to the previous version"
    )]
    RolledBack {
        /// The collector.
        collector: String,
        /// The failed version.
        version: String,
        /// The failure.
        #[source]
        source: Failure,
    },
}

/// Joins patterns for a message. The module controls their number and length, so both are limited.
fn summary(asks: &[String]) -> String {
    let mut patterns: Vec<String> = asks
        .iter()
        .take(MAX_ASKS)
        .map(|asked| truncated(MAX_PATTERN, asked))
        .collect();
    if let Some(more @ 1..) = asks.len().checked_sub(MAX_ASKS) {
        patterns.push(format!("and {more} more"));
    }
    patterns.join(", ")
}

/// Maximum number of patterns in a message.
const MAX_ASKS: usize = 10;
/// Maximum characters of each.
const MAX_PATTERN: usize = 100;

/// Reasons in addition to those of loading.
const OWN_REASONS: [&str; 9] = [
    "name-taken",
    "configure",
    "descriptors",
    "grants",
    "misnamed",
    "unapproved",
    "asks-more",
    "trial",
    "rolled-back",
];

impl Rejection {
    /// A version that failed its trial.
    pub(crate) fn trial(descriptor: &Descriptor, source: Failure) -> Self {
        Self::Trial {
            collector: descriptor.name.clone(),
            version: descriptor.version.clone(),
            source,
        }
    }

    /// All reasons, for metrics that begin at zero.
    pub fn reasons() -> impl Iterator<Item = &'static str> {
        LoadError::REASONS.into_iter().chain(OWN_REASONS)
    }

    /// The value of the label `reason`.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Load(error) => error.reason(),
            Self::Duplicate { .. } => "name-taken",
            Self::Setup(SetupError::Configure { .. })
            | Self::Settings(_)
            | Self::LabelClash { .. } => "configure",
            Self::Setup(SetupError::Reads { .. } | SetupError::Connects { .. }) => "grants",
            Self::Setup(SetupError::Link { .. }) => "link",
            Self::Descriptors { .. } => "descriptors",
            Self::Misnamed { .. } => "misnamed",
            Self::Unlisted { .. } | Self::Unapproved { .. } => "unapproved",
            Self::AsksMore { .. } => "asks-more",
            Self::Trial { .. } => "trial",
            Self::RolledBack { .. } => "rolled-back",
        }
    }

    /// Whether the operator's settings are rejected, as opposed to a fault of the system.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Settings(_)
                | Self::LabelClash { .. }
                | Self::Setup(SetupError::Reads { .. })
                | Self::Setup(SetupError::Configure {
                    source: Failure::Collector(_),
                    ..
                })
        )
    }

    /// Whether the module itself is fine: it only needs approval or more descriptors.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        matches!(
            self,
            Self::Unlisted { .. }
                | Self::Unapproved { .. }
                | Self::AsksMore { .. }
                | Self::Descriptors { .. }
        )
    }
}
