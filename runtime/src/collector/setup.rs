//! What the operator decided about a collector, and why it cannot be set up under that.

use std::sync::Arc;

use crate::config::MetricPrefix;
use crate::descriptor::Setting;
use crate::failure::Failure;
use crate::files::Roots;
use crate::grants::{Grants, Interface, PatternError, Policy};
use crate::limits::Limits;
use crate::load::LoadError;
use crate::modules::Probation;

/// How long an instance lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// Until something goes wrong.
    Kept,
    /// For so many scrapes.
    Scrapes(u64),
}

/// What the operator decided about a collector.
#[derive(Debug)]
pub struct Setup {
    /// Its options.
    pub settings: Vec<Setting>,
    /// What it may spend.
    pub limits: Arc<Limits>,
    /// How long its instances live.
    pub lifetime: Lifetime,
    /// The trees below which it reads.
    pub roots: Arc<Roots>,
    /// What it may ask for.
    pub policy: Policy,
    /// How the names of its metrics have to begin.
    pub prefix: Option<MetricPrefix>,
    /// Who is told how its first scrapes went.
    pub(crate) probation: Option<Probation>,
}

impl Setup {
    /// What has to be decided in any case.
    #[must_use]
    pub fn new(
        settings: Vec<Setting>,
        policy: Policy,
        roots: Arc<Roots>,
        mut limits: Limits,
    ) -> Self {
        if !policy.interfaces.contains(&Interface::Log) {
            // Its stdout and stderr lead into the log as well.
            limits.log_bytes = 0;
        }
        Self {
            settings,
            limits: Arc::new(limits),
            lifetime: Lifetime::Kept,
            roots,
            policy,
            prefix: None,
            probation: None,
        }
    }

    /// Says how long its instances live.
    #[must_use]
    pub fn lifetime(self, lifetime: Lifetime) -> Self {
        Self { lifetime, ..self }
    }

    /// Says how the names of its metrics have to begin.
    #[must_use]
    pub fn prefix(self, prefix: Option<MetricPrefix>) -> Self {
        Self { prefix, ..self }
    }

    /// Says who is told how its first scrapes went.
    pub(crate) fn probation(self, probation: Option<Probation>) -> Self {
        Self { probation, ..self }
    }
}

/// Why a collector cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// It asks for paths that cannot be granted.
    #[error("collector {collector} asks for a path that cannot be granted")]
    Reads {
        /// The collector.
        collector: String,
        /// The pattern, and why.
        #[source]
        source: PatternError,
    },
    /// It does not fit together with what it is granted.
    #[error("collector {collector} cannot be linked")]
    Link {
        /// The collector.
        collector: String,
        /// What is missing.
        #[source]
        source: LoadError,
    },
    /// It does not take its options.
    #[error("collector {collector} does not take its options")]
    Configure {
        /// The collector.
        collector: String,
        /// Whether the operator set any of them.
        explicit: bool,
        /// What it says.
        #[source]
        source: Failure,
    },
}

/// The files of these patterns, as far as the operator allows them.
pub(crate) fn grants(reads: &[String], setup: &Setup) -> Result<Grants, PatternError> {
    if !setup.policy.interfaces.contains(&Interface::Files) {
        return Ok(Grants::none());
    }
    // Only what the operator wrote opens a directory: a module must not grant itself `/` by a
    // default of its own.
    let values = |name: &str| {
        let setting = setup.settings.iter().find(|setting| setting.name == name)?;
        Some(match setting.explicit {
            true => setting.values.clone(),
            false => Vec::new(),
        })
    };
    Grants::compile(reads, &values)?.within(&setup.policy, &values)
}
