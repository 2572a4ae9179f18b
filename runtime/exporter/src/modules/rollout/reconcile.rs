//! One pass over all slots: decides in their order what runs in each.
//!
//! A pass works on a copy, which becomes current as a whole or not at all. Earlier slots keep their names:
//! the built-in collectors, then the files that the configuration file names, then those of the
//! directories.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use crate::config::ConfigFile;
use crate::modules::rejection::Rejection;
use crate::modules::rollout::admission::{Admitted, Decision, Terms, check_asks_more};
use crate::modules::rollout::probation::{Probation, Verdict};
use crate::modules::slot::{Place, Slot};
use firepit_sandbox::failure::Failure;
use firepit_sandbox::fd_limit;
use firepit_sandbox::module::{Described, Source};
use firepit_sandbox::session::SetupError;

/// Why a pass runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The program starts, and waits for all modules. No running version needs the protection of a
    /// trial, and an invalid configuration ends the program.
    Start,
    /// The program already serves its built-in collectors, and adds the modules that were present at
    /// startup. An error in a module or its settings costs that module only.
    First,
    /// Something may have changed.
    Changes,
    /// A reload request: rejected modules are tried again.
    Asked,
}

/// Called with the number of a probation and how it ended.
pub(crate) type OnVerdict = Arc<dyn Fn(u64, Verdict) + Send + Sync>;

/// A pass in progress.
pub(crate) struct Reconciler<'a> {
    pub(crate) terms: &'a Arc<Terms>,
    pub(crate) config: &'a ConfigFile,
    /// Whether this configuration differs from the active one.
    pub(crate) config_is_new: bool,
    pub(crate) mode: Mode,
    pub(crate) on_verdict: &'a OnVerdict,
    /// Number of probations so far.
    pub(crate) probations: u64,
    /// When to leave modules that do not run yet to the next pass, so that the finished ones need not
    /// wait for more of them.
    pub(crate) until: Option<Instant>,
    /// Whether any were left.
    pub(crate) has_more: bool,
    /// Maximum number of connections.
    pub(crate) connections: usize,
    /// Names of earlier slots.
    pub(crate) taken: HashMap<String, Source>,
}

impl Reconciler<'_> {
    /// Decides what runs in one slot. An error is a fault of the configuration as a whole.
    pub(crate) fn reconcile(&mut self, slot: &mut Slot) -> Result<(), Arc<Rejection>> {
        if let Some(newest) = slot.newest.clone()
            && let Err(rejection) = self.evaluate(slot, &newest)
        {
            let rejection = Arc::new(rejection);
            if self.is_fault_of_configuration(slot, &newest, &rejection) {
                return Err(rejection);
            }
            slot.problem = Some(rejection);
        }
        if slot
            .running
            .as_ref()
            .is_some_and(|running| self.is_revoked(slot, &running.loaded))
        {
            slot.stop();
        }
        self.apply_new_config(slot)?;
        if slot.running.is_some() || slot.problem.is_some() {
            slot.at_start = false;
        }
        if let Some(Described { module, descriptor }) =
            slot.running.as_ref().map(|running| &*running.loaded)
        {
            let (name, source) = (descriptor.name.clone(), module.source.clone());
            self.taken.insert(name, source);
        }
        Ok(())
    }

    /// Makes the newest content run, unless it is rejected.
    fn evaluate(&mut self, slot: &mut Slot, newest: &Arc<Described>) -> Result<(), Rejection> {
        self.check_name(&slot.place, newest)?;
        if let Some(path) = slot.place.path() {
            self.terms.check_entry(path, newest, self.config)?;
        }
        let decision = self.terms.decide(newest, self.config)?;
        if slot
            .running
            .as_ref()
            .is_some_and(|running| running.is(newest, &decision))
        {
            slot.problem = None;
            return Ok(());
        }
        let rolled_back = slot
            .problem
            .as_deref()
            .is_some_and(|problem| matches!(problem, Rejection::RolledBack { .. }));
        let retry = self.mode == Mode::Asked || self.config_is_new;
        if slot.was_tried(newest, &decision) && (rolled_back || !retry) {
            return Ok(());
        }
        if slot.running.is_none() && self.until.is_some_and(|until| Instant::now() >= until) {
            self.has_more = true;
            return Ok(());
        }
        self.check_descriptors(newest, &decision)?;
        slot.tried = Some((Arc::clone(newest), decision.clone()));
        let before = slot
            .running
            .clone()
            .filter(|before| !before.loaded.is_same(newest));
        let trial = self.mode != Mode::Start && !slot.at_start;
        let admitted = self.admit(before.as_ref(), newest, &decision, trial)?;
        // If the previous version was still on probation, its own fallback stays the fallback.
        let proven = slot.fallback.take();
        slot.fallback = before
            .filter(|before| before.collector.is_some())
            .map(|before| proven.unwrap_or(before))
            .filter(|fallback| self.is_up_to_date(fallback));
        slot.probation = self.probations;
        slot.running = Some(admitted);
        slot.tried = None;
        slot.problem = None;
        Ok(())
    }

    /// Whether the configuration still gives the decision that this version was set up with.
    fn is_up_to_date(&self, version: &Admitted) -> bool {
        let decision = self.terms.decide(&version.loaded, self.config);
        decision.is_ok_and(|decision| decision == version.decision)
    }

    /// Applies a new configuration to an older version that keeps running: it loses what the
    /// configuration no longer grants.
    fn apply_new_config(&self, slot: &mut Slot) -> Result<(), Arc<Rejection>> {
        if !self.config_is_new {
            return Ok(());
        }
        let Some(running) = &slot.running else {
            return Ok(());
        };
        let decision = self
            .terms
            .decide(&running.loaded, self.config)
            .map_err(Rejection::from)?;
        if decision != running.decision {
            let admitted = self.terms.admit(&running.loaded, &decision, None, false)?;
            slot.running = Some(admitted);
            // It was set up under the previous configuration.
            slot.fallback = None;
        }
        Ok(())
    }

    fn admit(
        &mut self,
        before: Option<&Admitted>,
        newest: &Arc<Described>,
        decision: &Decision,
        trial: bool,
    ) -> Result<Admitted, Rejection> {
        if let Some(before) = before {
            check_asks_more(before, newest, decision, self.config)?;
        }
        let probation = before.map(|_| {
            self.probations += 1;
            let (number, on_verdict) = (self.probations, Arc::clone(self.on_verdict));
            Probation::new(move |verdict| on_verdict(number, verdict))
        });
        self.terms.admit(newest, decision, probation, trial)
    }

    /// Whether a module may run without using descriptors reserved for the port and the built-in
    /// collectors.
    fn check_descriptors(&self, newest: &Described, decision: &Decision) -> Result<(), Rejection> {
        if !decision.enabled || matches!(newest.module.source, Source::Builtin(_)) {
            return Ok(());
        }
        fd_limit::check_available(self.connections).map_err(|source| Rejection::Descriptors {
            collector: newest.descriptor.name.clone(),
            source,
        })
    }

    fn check_name(&self, place: &Place, loaded: &Described) -> Result<(), Rejection> {
        let Described { module, descriptor } = loaded;
        if let Place::Entry { path, name, .. } = place
            && *name != descriptor.name
        {
            return Err(Rejection::Misnamed {
                path: path.clone(),
                name: descriptor.name.clone(),
                entry: name.clone(),
            });
        }
        match self.taken.get(&descriptor.name) {
            None => Ok(()),
            Some(first) => Err(Rejection::Duplicate {
                name: descriptor.name.clone(),
                first: first.clone(),
                second: module.source.clone(),
            }),
        }
    }

    /// Whether the running version may no longer run: an earlier slot has its name now, or it lost its
    /// approval.
    fn is_revoked(&self, slot: &Slot, loaded: &Described) -> bool {
        let unapproved = |path| {
            let checked = self.terms.check_entry(path, loaded, self.config);
            matches!(checked, Err(Rejection::Unapproved { .. }))
        };
        self.taken.contains_key(&loaded.descriptor.name)
            || slot.place.path().is_some_and(unapproved)
    }

    /// Whether the operator's settings are wrong, as opposed to the content of a file.
    fn is_fault_of_configuration(
        &self,
        slot: &Slot,
        newest: &Described,
        rejection: &Rejection,
    ) -> bool {
        let set_up = matches!(
            rejection,
            Rejection::Settings(_) | Rejection::Setup(_) | Rejection::Trial { .. }
        );
        let ran_before = slot
            .running
            .as_ref()
            .is_some_and(|running| running.loaded.is_same(newest));
        let refused = matches!(
            rejection,
            Rejection::Settings(_)
                | Rejection::Setup(SetupError::Configure {
                    source: Failure::Collector(_),
                    explicit: true,
                    ..
                })
        );
        let asked_now = self.mode == Mode::Start || self.config_is_new;
        slot.place.path().is_none() || (set_up && ran_before) || (refused && asked_now)
    }
}
