//! From a module that said what it is to a collector that may run: what the operator decided about
//! it, whether that suffices, its first instance, and a trial that nobody sees.

use std::path::Path;
use std::sync::Arc;

use crate::cli::Untrusted;
use crate::collector::{Collector, Lifetime, Setup, SetupError};
use crate::config::{ConfigFile, Entry, GrantsEntry, Instances, MetricPrefix};
use crate::crew::Crew;
use crate::descriptor::{Descriptor, Setting};
use crate::failure::Failure;
use crate::files::Roots;
use crate::grants::{Names, Policy, Reads, Verdict};
use crate::limits::Limits;
use crate::load::{LoadError, Loader, Module, Source};
use crate::settings::{self, Choices, SettingsError};

use super::loaded::Loaded;
use super::probation::Probation;
use super::rejection::Rejection;

/// What holds for all collectors for as long as the program runs.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) choices: Choices,
    pub(crate) limits: Limits,
    pub(crate) lifetime: Lifetime,
    pub(crate) roots: Arc<Roots>,
    pub(crate) untrusted: Untrusted,
    pub(crate) loader: Loader,
    pub(crate) crew: Arc<Crew>,
}

/// What the operator decided about one collector.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Whether it runs.
    pub enabled: bool,
    /// The values of its options.
    pub settings: Vec<Setting>,
    /// What it may spend.
    pub limits: Limits,
    /// How long its instances live.
    pub lifetime: Lifetime,
    /// What it may ask for.
    pub policy: Policy,
    /// How the names of its metrics have to begin.
    pub prefix: Option<MetricPrefix>,
}

/// A module that was let in.
#[derive(Debug, Clone)]
pub(crate) struct Admitted {
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) decision: Decision,
    /// None where it is switched off.
    pub(crate) collector: Option<Arc<Collector>>,
}

impl Admitted {
    /// Whether it is what the same content would come to again.
    pub(super) fn is(&self, loaded: &Loaded, decision: &Decision) -> bool {
        self.loaded.is(loaded) && self.decision == *decision
    }

    /// Name of the collector.
    pub(super) fn name(&self) -> &str {
        &self.loaded.descriptor.name
    }

    /// Version of the module.
    pub(super) fn version(&self) -> &str {
        &self.loaded.descriptor.version
    }

    fn verdict(&self) -> Verdict {
        verdict(
            &self.loaded.module,
            &self.loaded.descriptor,
            &self.decision.policy,
        )
    }
}

/// What a module is granted of that which it asks for, and what it lacks.
#[must_use]
pub fn verdict(module: &Module, descriptor: &Descriptor, policy: &Policy) -> Verdict {
    let imports = module.imports.iter().map(|import| import.0.as_str());
    Verdict::new(&descriptor.reads, imports, policy)
}

/// What the operator decided about a collector: flag over file over descriptor.
///
/// # Errors
/// A flag or a line of the file that its options do not take.
pub fn decide(
    loaded: &Loaded,
    config: &ConfigFile,
    choices: &Choices,
    limits: &Limits,
    lifetime: Lifetime,
) -> Result<Decision, SettingsError> {
    let descriptor = &loaded.descriptor;
    let entry = config.entry(&descriptor.name);
    if let (Source::Builtin(_), Some(entry)) = (&loaded.module.source, entry) {
        settings::check_builtin(entry)?;
    }
    let instances = entry.and_then(|entry| entry.instances.as_ref());
    let limits = match &loaded.module.source {
        Source::Builtin(_) => limits.of_builtin(&descriptor.name),
        Source::File(_) => limits.clone(),
    };
    Ok(Decision {
        enabled: settings::is_enabled(descriptor, choices, entry),
        settings: settings::settings(descriptor, choices, entry)?,
        limits: entry.map_or(limits.clone(), |entry| entry.limits.apply(&limits)),
        lifetime: match instances {
            None => lifetime,
            Some(Instances::Kept) => Lifetime::Kept,
            Some(Instances::Fresh) => Lifetime::Scrapes(1),
            Some(Instances::RecycleEvery(scrapes)) => Lifetime::Scrapes(*scrapes),
        },
        policy: policy(&loaded.module.source, entry),
        prefix: entry.and_then(|entry| entry.metric_prefix.clone()),
    })
}

/// What a collector may ask for.
#[must_use]
pub fn policy(source: &Source, entry: Option<&Entry>) -> Policy {
    let mut policy = match source {
        Source::Builtin(_) => Policy::builtin(),
        Source::File(_) => Policy::stranger(),
    };
    if let Some(GrantsEntry {
        reads,
        interfaces,
        names,
        ..
    }) = entry.and_then(|entry| entry.grants.as_ref())
    {
        if let Some(reads) = reads {
            policy.reads = Reads::Only(reads.iter().map(|read| read.pattern.clone()).collect());
        }
        if let Some(interfaces) = interfaces {
            policy.interfaces = interfaces.iter().copied().collect();
        }
        if let Some(names) = names {
            policy.names = Names::Only(names.clone());
        }
    }
    policy
}

/// Whether a stranger's module is the one that the configuration file means, and is approved if
/// that is needed.
///
/// # Errors
/// Another digest than the file's, or nothing in the file where it has to be.
pub fn check_entry(
    untrusted: Untrusted,
    path: &Path,
    loaded: &Loaded,
    config: &ConfigFile,
) -> Result<(), Rejection> {
    let name = &loaded.descriptor.name;
    let Some(entry) = config.entry(name) else {
        return match untrusted {
            Untrusted::Allow => Ok(()),
            Untrusted::Ask | Untrusted::Deny => Err(Rejection::Unapproved {
                path: path.to_owned(),
                name: name.clone(),
            }),
        };
    };
    match &entry.sha256 {
        Some(expected) if *expected != loaded.module.sha256 => Err(LoadError::Digest {
            path: path.to_owned(),
            expected: expected.clone(),
            found: loaded.module.sha256.clone(),
        }
        .into()),
        _ => Ok(()),
    }
}

impl Terms {
    pub(super) fn decide(
        &self,
        loaded: &Loaded,
        config: &ConfigFile,
    ) -> Result<Decision, SettingsError> {
        decide(loaded, config, &self.choices, &self.limits, self.lifetime)
    }

    pub(super) fn check_entry(
        &self,
        path: &Path,
        loaded: &Loaded,
        config: &ConfigFile,
    ) -> Result<(), Rejection> {
        check_entry(self.untrusted, path, loaded, config)
    }

    /// Makes the collector with its first instance, and lets it run once, unseen, if there is to be
    /// a trial. What it reads may hang: see [`Self::admit`].
    pub(super) fn set_up(
        &self,
        loaded: &Arc<Loaded>,
        decision: &Decision,
        probation: Option<Probation>,
        trial: bool,
    ) -> Result<Admitted, Rejection> {
        let mut admitted = Admitted {
            loaded: Arc::clone(loaded),
            decision: decision.clone(),
            collector: None,
        };
        if decision.enabled {
            let setup = self.setup(decision, probation);
            let Loaded { module, descriptor } = &**loaded;
            let is_builtin = matches!(module.source, Source::Builtin(_));
            let collector =
                Collector::new(module.clone(), descriptor.clone(), setup, &self.loader)?;
            match collector.begin(&self.crew) {
                // Nothing ran before that this could take the place of, and others are not to go
                // without their metrics for its limits.
                Err(SetupError::Configure { source, .. })
                    if !trial && is_builtin && !matches!(source, Failure::Collector(_)) =>
                {
                    collector.begins_without(&source, &self.crew);
                }
                begun => begun?,
            }
            if trial {
                let tried = collector.try_out(&self.crew);
                tried.map_err(|source| Rejection::trial(descriptor, source))?;
            }
            admitted.collector = Some(Arc::new(collector));
        }
        Ok(admitted)
    }

    fn setup(&self, decision: &Decision, probation: Option<Probation>) -> Setup {
        Setup::new(
            decision.settings.clone(),
            decision.policy.clone(),
            Arc::clone(&self.roots),
            decision.limits.clone(),
        )
        .lifetime(decision.lifetime)
        .prefix(decision.prefix.clone())
        .probation(probation)
    }
}

/// Whether a new version asks for more than the one that runs. One that the configuration names by
/// its digest was looked at by the operator.
pub(super) fn hold_back(
    before: &Admitted,
    loaded: &Loaded,
    decision: &Decision,
    config: &ConfigFile,
) -> Result<(), Rejection> {
    let entry = config.entry(&loaded.descriptor.name);
    if entry.is_some_and(|entry| entry.sha256.as_ref() == Some(&loaded.module.sha256)) {
        return Ok(());
    }
    let new = verdict(&loaded.module, &loaded.descriptor, &decision.policy);
    let asks = new.asks_more_than(&before.verdict());
    match asks.as_slice() {
        [] => Ok(()),
        _ => Err(Rejection::AsksMore {
            collector: loaded.descriptor.name.clone(),
            version: loaded.descriptor.version.clone(),
            asks,
        }),
    }
}
