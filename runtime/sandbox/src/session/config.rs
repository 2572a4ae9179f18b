//! The operator's configuration of a collector, and why it cannot be set up with it.

use std::sync::Arc;

use crate::descriptor::Setting;
use crate::failure::Failure;
use crate::files::Roots;
use crate::grants::{Addresses, ConnectError, Grants, Interface, PatternError, Policy};
use crate::limits::Limits;
use crate::module::LoadError;

/// How long an instance lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// Until a call poisons it.
    Kept,
    /// For this number of collections.
    Scrapes(u64),
}

/// The operator's configuration of a collector.
#[derive(Debug)]
pub struct SessionConfig {
    /// Its options.
    pub settings: Vec<Setting>,
    /// Resource limits.
    pub limits: Arc<Limits>,
    /// How long its instances live.
    pub lifetime: Lifetime,
    /// The directory trees that it reads.
    pub roots: Arc<Roots>,
    /// What may be granted.
    pub policy: Policy,
}

impl SessionConfig {
    /// The required parts. Instances are kept.
    #[must_use]
    pub fn new(
        settings: Vec<Setting>,
        policy: Policy,
        roots: Arc<Roots>,
        mut limits: Limits,
    ) -> Self {
        if !policy.interfaces.contains(&Interface::Log) {
            // Stdout and stderr of the collector go to the log as well.
            limits.log_bytes = 0;
        }
        Self {
            settings,
            limits: Arc::new(limits),
            lifetime: Lifetime::Kept,
            roots,
            policy,
        }
    }

    /// Sets the lifetime of instances.
    #[must_use]
    pub fn lifetime(self, lifetime: Lifetime) -> Self {
        Self { lifetime, ..self }
    }

    /// The files that match these patterns and that the operator allows.
    ///
    /// # Errors
    /// A pattern cannot be granted.
    pub fn grants(&self, reads: &[String]) -> Result<Grants, PatternError> {
        if !self.policy.interfaces.contains(&Interface::Files) {
            return Ok(Grants::none());
        }
        // Only values from the operator open a directory: a module must not grant itself `/` by the
        // default of its own option. Defaults of built-in collectors were reviewed.
        let values = |name: &str| {
            let setting = self.settings.iter().find(|setting| setting.name == name)?;
            Some(if setting.explicit || !self.policy.guarded {
                setting.values.clone()
            } else {
                Vec::new()
            })
        };
        Grants::compile(reads, &values)?.within(&self.policy, &values)
    }
}

impl SessionConfig {
    /// The addresses of these that the operator allows.
    ///
    /// # Errors
    /// An address cannot be granted.
    pub fn addresses(&self, connects: &[String]) -> Result<Addresses, ConnectError> {
        self.policy.addresses(connects, &self.settings)
    }
}

/// Why a collector cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// It requests a path that cannot be granted.
    #[error("collector {collector} asks for a path that cannot be granted")]
    Reads {
        /// The collector.
        collector: String,
        /// The pattern, and why it cannot be granted.
        #[source]
        source: PatternError,
    },
    /// It requests a connection that cannot be granted.
    #[error("collector {collector} asks for a connection that cannot be granted")]
    Connects {
        /// The collector.
        collector: String,
        /// The address, and why it cannot be granted.
        #[source]
        source: ConnectError,
    },
    /// It cannot be linked with its grants.
    #[error("collector {collector} cannot be linked")]
    Link {
        /// The collector.
        collector: String,
        /// What is missing.
        #[source]
        source: LoadError,
    },
    /// It rejects its options, or fails before it has read them.
    #[error("collector {collector} {}", problem(source))]
    Configure {
        /// The collector.
        collector: String,
        /// Whether the operator set any of them.
        explicit: bool,
        /// The collector's error.
        #[source]
        source: Failure,
    },
}

/// Only a collector's own error is about its options.
fn problem(source: &Failure) -> &'static str {
    match source {
        Failure::Collector(_) => "rejected its options",
        _ => "failed during its configuration",
    }
}

impl SetupError {
    /// The same error, marked as caused by options that the operator set.
    #[must_use]
    pub fn as_explicit(self) -> Self {
        match self {
            Self::Configure {
                collector, source, ..
            } => Self::Configure {
                collector,
                explicit: true,
                source,
            },
            error => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::RootPaths;
    use crate::grants::{Connects, Need, Reads};

    #[test]
    fn default_of_an_option_opens_a_directory_for_built_in_collectors_only() {
        let reads = ["{directory}/status".to_owned()];
        let setting = |explicit| Setting {
            name: "directory".to_owned(),
            values: vec!["/etc/service".to_owned()],
            explicit,
        };
        let third_party = Policy {
            reads: Reads::Only(reads.to_vec()),
            ..Policy::third_party()
        };
        for (policy, explicit, expected) in [
            (Policy::builtin(), false, true),
            (Policy::builtin(), true, true),
            (third_party.clone(), false, false),
            (third_party, true, true),
        ] {
            let roots = Arc::new(Roots::open(&RootPaths::default()).unwrap());
            let config =
                SessionConfig::new(vec![setting(explicit)], policy, roots, Limits::default());
            let grants = config.grants(&reads).unwrap();
            let permits = grants.permits("/etc/service/status", Need::File);
            assert_eq!(permits, expected, "{explicit}");
        }
    }

    /// The number of addresses of a collector whose option names one.
    fn granted(policy: Policy, explicit: bool) -> usize {
        let setting = Setting {
            name: "address".to_owned(),
            values: vec!["10.0.0.1:80".to_owned()],
            explicit,
        };
        let roots = Arc::new(Roots::open(&RootPaths::default()).unwrap());
        let config = SessionConfig::new(vec![setting], policy, roots, Limits::default());
        let addresses = config.addresses(&["tcp:{address}".to_owned()]).unwrap();
        addresses.iter().count()
    }

    #[test]
    fn module_cannot_grant_itself_the_default_of_its_option() {
        let mut policy = Policy::third_party();
        policy.connects = Connects::Only(vec!["tcp:{address}".to_owned()]);
        assert_eq!(granted(policy.clone(), true), 0, "without the interface");
        policy.interfaces.insert(Interface::Connections);
        assert_eq!(granted(policy.clone(), true), 1);
        assert_eq!(granted(policy, false), 0);
        assert_eq!(granted(Policy::builtin(), false), 1);
    }
}
