//! From a described module to a collector that may run: the operator's decision about it, whether that
//! suffices, its first instance, and a trial run outside of scrapes.

use std::path::Path;
use std::sync::Arc;

use crate::collectors::{Collector, Setup};
use crate::config::{ConfigFile, Entry, GrantsEntry, Instances};
use crate::executor::Executor;
use crate::modules::rejection::Rejection;
use crate::modules::rollout::probation::Probation;
use crate::modules::untrusted::Untrusted;
use crate::settings::{self, CliOverrides, SettingsError};
use crate::transform::{Transform, relays_files};
use firepit_exposition::names::{BuiltinNames, Names};
use firepit_exposition::validate::{ConstantLabels, NamePrefix};
use firepit_sandbox::descriptor::{Descriptor, Setting};
use firepit_sandbox::failure::Failure;
use firepit_sandbox::files::Roots;
use firepit_sandbox::grants::{Policy, Reads, Verdict};
use firepit_sandbox::limits::Limits;
use firepit_sandbox::module::{Described, LoadError, Loader, Module, Source};
use firepit_sandbox::session::{Lifetime, SessionConfig, SetupError};

/// Settings and resources shared by all collectors for the lifetime of the program.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) choices: CliOverrides,
    pub(crate) limits: Limits,
    pub(crate) lifetime: Lifetime,
    pub(crate) builtin_names: BuiltinNames,
    pub(crate) roots: Arc<Roots>,
    pub(crate) untrusted: Untrusted,
    pub(crate) loader: Loader,
    pub(crate) executor: Arc<Executor>,
}

/// What the operator decided about one collector.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Whether it runs.
    pub enabled: bool,
    /// Values of its options.
    pub settings: Vec<Setting>,
    /// Resource limits.
    pub limits: Limits,
    /// Lifetime of its instances.
    pub lifetime: Lifetime,
    /// What it may ask for.
    pub policy: Policy,
    /// Required or added prefix of its metric names.
    pub prefix: Option<NamePrefix>,
    /// Labels that each of its series gets.
    pub labels: ConstantLabels,
}

/// An admitted module.
#[derive(Debug, Clone)]
pub(crate) struct Admitted {
    pub(crate) loaded: Arc<Described>,
    pub(crate) decision: Decision,
    /// `None` if it is disabled.
    pub(crate) collector: Option<Arc<Collector>>,
}

impl Admitted {
    /// Whether admitting this content again would give the same result.
    pub(crate) fn is(&self, loaded: &Described, decision: &Decision) -> bool {
        self.loaded.is_same(loaded) && self.decision == *decision
    }

    /// Name of the collector.
    pub(crate) fn name(&self) -> &str {
        &self.loaded.descriptor.name
    }

    /// Version of the module.
    pub(crate) fn version(&self) -> &str {
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

/// What a module gets of the paths, addresses and interfaces that it asks for, and what it lacks.
#[must_use]
pub fn verdict(module: &Module, descriptor: &Descriptor, policy: &Policy) -> Verdict {
    let imports = module.imports.iter().map(|import| import.0.as_str());
    let verdict = Verdict::new(&descriptor.reads, imports, policy);
    verdict.with_connects(&descriptor.connects, &policy.connects)
}

/// The operator's decision about a collector. Flags take precedence over the file, and the file over the
/// descriptor.
///
/// # Errors
/// If a flag or a line of the file does not match the collector's options.
pub fn decide(
    loaded: &Described,
    config: &ConfigFile,
    choices: &CliOverrides,
    limits: &Limits,
    lifetime: Lifetime,
) -> Result<Decision, SettingsError> {
    let descriptor = &loaded.descriptor;
    let entry = config.entry(&descriptor.name);
    if let (Source::Builtin(_), Some(entry)) = (&loaded.module.source, entry) {
        settings::check_builtin(entry)?;
    }
    let instances = entry.and_then(|entry| entry.instances.as_ref());
    let enabled = settings::is_enabled(descriptor, choices, entry);
    let mut settings = settings::settings(descriptor, choices, entry)?;
    if let Source::Builtin(_) = &loaded.module.source {
        (choices.environment).apply(descriptor, enabled, &mut settings)?;
        settings::follow(&descriptor.name, &mut settings, choices, config);
    }
    let limits = match &loaded.module.source {
        Source::Builtin(_) => limits.of_builtin(&descriptor.name),
        Source::File(_) => limits.clone(),
    };
    Ok(Decision {
        enabled,
        settings,
        limits: entry.map_or(limits.clone(), |entry| entry.limits.apply(&limits)),
        lifetime: match instances {
            None => lifetime,
            Some(Instances::Kept) => Lifetime::Kept,
            Some(Instances::Fresh) => Lifetime::Scrapes(1),
            Some(Instances::RecycleEvery(scrapes)) => Lifetime::Scrapes(*scrapes),
        },
        policy: policy(&loaded.module.source, entry),
        prefix: entry.and_then(|entry| entry.metric_prefix.clone()),
        labels: entry.map_or_else(ConstantLabels::default, |entry| entry.labels.clone()),
    })
}

/// What a collector may ask for.
#[must_use]
pub fn policy(source: &Source, entry: Option<&Entry>) -> Policy {
    let mut policy = match source {
        Source::Builtin(_) => Policy::builtin(),
        Source::File(_) => Policy::third_party(),
    };
    if let Some(GrantsEntry {
        reads,
        connects,
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
        if let Some(connects) = connects {
            policy.grant_connects(connects.iter().map(|it| it.address.clone()).collect());
        }
        if let Some(names) = names {
            policy.names = Names::Only(names.clone());
        }
    }
    policy
}

/// Checks that a third-party module is the one that the configuration file means, and that it is approved
/// where approval is required.
///
/// # Errors
/// If the file has another digest than its entry, or lacks a required entry.
pub fn check_entry(
    untrusted: Untrusted,
    path: &Path,
    loaded: &Described,
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
    pub(crate) fn decide(
        &self,
        loaded: &Described,
        config: &ConfigFile,
    ) -> Result<Decision, SettingsError> {
        decide(loaded, config, &self.choices, &self.limits, self.lifetime)
    }

    pub(crate) fn check_entry(
        &self,
        path: &Path,
        loaded: &Described,
        config: &ConfigFile,
    ) -> Result<(), Rejection> {
        check_entry(self.untrusted, path, loaded, config)
    }

    /// Creates the collector with its first instance, and runs it once outside of scrapes if a trial is
    /// required. Its reads may hang: see [`Self::admit`].
    pub(crate) fn set_up(
        &self,
        loaded: &Arc<Described>,
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
            let setup = self.setup(loaded, decision, probation);
            let Described { module, descriptor } = &**loaded;
            let is_builtin = matches!(module.source, Source::Builtin(_));
            let memory = self.executor.memory();
            let (module, described) = (module.clone(), descriptor.clone());
            let collector = Collector::new(module, described, setup, &self.loader, memory)?;
            match collector.begin(&self.executor) {
                // No previous version could run instead, and its limits must not cost the other
                // collectors their metrics.
                Err(SetupError::Configure { source, .. })
                    if !trial && is_builtin && !matches!(source, Failure::Collector(_)) =>
                {
                    collector.record_failed_setup(&source, &self.executor);
                }
                begun => begun?,
            }
            // The labels of a collector's own families are known once it has run.
            let checks_labels = !decision.labels.is_empty() && !relays_files(descriptor);
            if trial || checks_labels {
                match collector.run_trial(&self.executor) {
                    Ok(Some(problem)) if checks_labels => {
                        return Err(Rejection::LabelClash {
                            collector: descriptor.name.clone(),
                            problem,
                        });
                    }
                    Err(source) if trial => return Err(Rejection::trial(descriptor, source)),
                    _ => {}
                }
            }
            admitted.collector = Some(Arc::new(collector));
        }
        Ok(admitted)
    }

    fn setup(
        &self,
        loaded: &Described,
        decision: &Decision,
        probation: Option<Probation>,
    ) -> Setup {
        let transform = Transform::new(
            &loaded.module.source,
            &loaded.descriptor,
            &self.builtin_names,
        );
        let session = SessionConfig::new(
            decision.settings.clone(),
            decision.policy.clone(),
            Arc::clone(&self.roots),
            decision.limits.clone(),
        );
        Setup::new(session.lifetime(decision.lifetime))
            .transform(
                transform
                    .prefix(decision.prefix.clone())
                    .labels(decision.labels.clone()),
            )
            .on_outcome(probation.map(Probation::watch))
    }
}

/// Rejects a new version that asks for more than the running one. A version that the configuration names by
/// digest is approved by the operator.
pub(crate) fn check_asks_more(
    before: &Admitted,
    loaded: &Described,
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
