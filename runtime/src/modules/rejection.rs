//! Why a module does not run, as a type: the metric's label, the log line and the row of the status
//! page come from it.

use std::path::PathBuf;

use crate::collector::SetupError;
use crate::descriptor::Descriptor;
use crate::descriptors::NoRoom;
use crate::failure::Failure;
use crate::load::LoadError;
use crate::settings::SettingsError;
use crate::shown::line;

/// Why a module, or its newest version, does not run.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It cannot be set up.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// It would take descriptors that others need.
    #[error("collector {collector} waits")]
    Descriptors {
        /// The collector.
        collector: String,
        /// How many there are.
        #[source]
        source: NoRoom,
    },
    /// Its options are set wrongly.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Its entry in the configuration file has another name.
    #[error(
        "{path} calls its collector {name}, and the configuration file calls it {entry}; rename the \
         entry"
    )]
    Misnamed {
        /// The file.
        path: PathBuf,
        /// What the module says.
        name: String,
        /// What the configuration file says.
        entry: String,
    },
    /// Nobody approved it, and it is not to be looked into before.
    #[error(
        "{path} is not looked into: --collector.untrusted-default is deny, and no entry of the \
         configuration file has its sha256 {sha256}; `firepit approve {path}` prints one"
    )]
    Unlisted {
        /// The file.
        path: PathBuf,
        /// Its digest in hexadecimal.
        sha256: String,
    },
    /// Nobody approved it yet.
    #[error(
        "{path} (collector {name}) waits for approval: look at what `firepit inspect` tells, and \
         put what `firepit approve` prints into the configuration file"
    )]
    Unapproved {
        /// The file.
        path: PathBuf,
        /// The collector.
        name: String,
    },
    /// It asks for more than the version that runs.
    #[error(
        "version {version} of collector {collector} is held back, because it asks for more than \
         the version that runs was granted: {}; grant that in the configuration file (`firepit \
         approve` prints what to write)",
        few(asks)
    )]
    AsksMore {
        /// The collector.
        collector: String,
        /// The version that is held back.
        version: String,
        /// What it asks for.
        asks: Vec<String>,
    },
    /// It did not get through a collection that nobody saw.
    #[error("version {version} of collector {collector} failed its trial")]
    Trial {
        /// The collector.
        collector: String,
        /// Its version.
        version: String,
        /// How.
        #[source]
        source: Failure,
    },
    /// It ran, and failed soon.
    #[error(
        "version {version} of collector {collector} failed in one of its first scrapes, and the \
         version before it was taken back"
    )]
    RolledBack {
        /// The collector.
        collector: String,
        /// The version that failed.
        version: String,
        /// How.
        #[source]
        source: Failure,
    },
}

/// Patterns, which the module may have made as long and as many as it likes, for a message.
fn few(asks: &[String]) -> String {
    let mut told: Vec<String> = (asks.iter().take(MOST_ASKS))
        .map(|asked| line(MOST_PATTERN, asked))
        .collect();
    if let Some(more @ 1..) = asks.len().checked_sub(MOST_ASKS) {
        told.push(format!("and {more} more"));
    }
    told.join(", ")
}

/// What is told of what a module asks for.
const MOST_ASKS: usize = 10;
/// Characters of each.
const MOST_PATTERN: usize = 100;

/// Reasons beside those of loading.
const OWN_REASONS: [&str; 8] = [
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
    /// A version that did not get through its trial.
    pub(super) fn trial(descriptor: &Descriptor, source: Failure) -> Self {
        Self::Trial {
            collector: descriptor.name.clone(),
            version: descriptor.version.clone(),
            source,
        }
    }

    /// Every reason there is, for metrics that begin at zero.
    pub fn reasons() -> impl Iterator<Item = &'static str> {
        LoadError::REASONS.into_iter().chain(OWN_REASONS)
    }

    /// The rejection as the label `reason`.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Load(error) => error.reason(),
            Self::Setup(SetupError::Configure { .. }) | Self::Settings(_) => "configure",
            Self::Setup(SetupError::Reads { .. }) => "grants",
            Self::Setup(SetupError::Link { .. }) => "link",
            Self::Descriptors { .. } => "descriptors",
            Self::Misnamed { .. } => "misnamed",
            Self::Unlisted { .. } | Self::Unapproved { .. } => "unapproved",
            Self::AsksMore { .. } => "asks-more",
            Self::Trial { .. } => "trial",
            Self::RolledBack { .. } => "rolled-back",
        }
    }

    /// Whether the operator's word is refused, as against a fault of the system.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Settings(_)
                | Self::Setup(SetupError::Reads { .. })
                | Self::Setup(SetupError::Configure {
                    source: Failure::Collector(_),
                    ..
                })
        )
    }

    /// Whether nothing is wrong with it: somebody only has to approve it, or to give more room.
    #[must_use]
    pub fn is_held_back(&self) -> bool {
        matches!(
            self,
            Self::Unlisted { .. }
                | Self::Unapproved { .. }
                | Self::AsksMore { .. }
                | Self::Descriptors { .. }
        )
    }
}
