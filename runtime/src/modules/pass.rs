//! One pass over all places: decides in their order what runs in each.
//!
//! A pass works on a copy and is put in force as a whole or not at all. What stands earlier keeps its
//! name: the built-in collectors, then the files that the configuration file names, then those of the
//! directories.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use super::admit::{Admitted, Decision, Terms, hold_back};
use super::loaded::Loaded;
use super::probation::{Probation, Verdict};
use super::rejection::Rejection;
use super::slot::{Place, Slot};
use crate::collector::SetupError;
use crate::config::ConfigFile;
use crate::descriptors;
use crate::failure::Failure;
use crate::load::{LoadError, Source};
use crate::registry::DuplicateName;

/// What a pass is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The program starts, and waits for all that there is: nothing runs yet that a trial could
    /// protect, and a fault of the configuration ends the program.
    Start,
    /// The program serves its built-in collectors, and the modules that were there at its start
    /// come beside that. A fault of theirs, and of what the operator says of them, is theirs alone.
    First,
    /// Something may have changed.
    Changes,
    /// Somebody asked for it: what was rejected is tried again.
    Asked,
}

/// Tells how the probation of a number ended.
pub(crate) type Tell = Arc<dyn Fn(u64, Verdict) + Send + Sync>;

/// A pass in the making.
pub(super) struct Pass<'a> {
    pub(super) terms: &'a Arc<Terms>,
    pub(super) config: &'a ConfigFile,
    /// Whether the configuration is another one than that in force.
    pub(super) config_is_new: bool,
    pub(super) mode: Mode,
    pub(super) tell: &'a Tell,
    /// Probations begun so far.
    pub(super) probations: u64,
    /// When modules that do not run yet are left to the next pass, so that those that came this far
    /// need not wait for more of them.
    pub(super) until: Option<Instant>,
    /// Whether any were left.
    pub(super) more: bool,
    /// The most connections that there may be.
    pub(super) connections: usize,
    /// The names that earlier places have.
    pub(super) taken: HashMap<String, Source>,
}

impl Pass<'_> {
    /// Decides what runs in one place. An error is a fault of the configuration as a whole.
    pub(super) fn settle(&mut self, slot: &mut Slot) -> Result<(), Arc<Rejection>> {
        if let Some(newest) = slot.newest.clone()
            && let Err(rejection) = self.consider(slot, &newest)
        {
            let rejection = Arc::new(rejection);
            if self.is_fault_of_configuration(slot, &newest, &rejection) {
                return Err(rejection);
            }
            slot.problem = Some(rejection);
        }
        if (slot.running.as_ref()).is_some_and(|running| self.is_revoked(slot, &running.loaded)) {
            slot.stop();
        }
        self.follow(slot)?;
        if slot.running.is_some() || slot.problem.is_some() {
            slot.at_start = false;
        }
        if let Some(Loaded { module, descriptor }) =
            (slot.running.as_ref()).map(|running| &*running.loaded)
        {
            let (name, source) = (descriptor.name.clone(), module.source.clone());
            self.taken.insert(name, source);
        }
        Ok(())
    }

    /// Makes the newest content run, unless something speaks against it.
    fn consider(&mut self, slot: &mut Slot, newest: &Arc<Loaded>) -> Result<(), Rejection> {
        self.check_name(&slot.place, newest)?;
        if let Some(path) = slot.place.path() {
            self.terms.check_entry(path, newest, self.config)?;
        }
        let decision = self.terms.decide(newest, self.config)?;
        if (slot.running.as_ref()).is_some_and(|running| running.is(newest, &decision)) {
            slot.problem = None;
            return Ok(());
        }
        let rolled_back = (slot.problem.as_deref())
            .is_some_and(|problem| matches!(problem, Rejection::RolledBack { .. }));
        let again = self.mode == Mode::Asked || self.config_is_new;
        if slot.was_tried(newest, &decision) && (rolled_back || !again) {
            return Ok(());
        }
        if slot.running.is_none() && self.until.is_some_and(|until| Instant::now() >= until) {
            self.more = true;
            return Ok(());
        }
        self.check_room(newest, &decision)?;
        slot.tried = Some((Arc::clone(newest), decision.clone()));
        let before = (slot.running.clone()).filter(|before| !before.loaded.is(newest));
        let trial = self.mode != Mode::Start && !slot.at_start;
        let admitted = self.admit(before.as_ref(), newest, &decision, trial)?;
        // Where the version before did not prove itself yet, the one before that did.
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

    /// Whether the configuration decides about a version as it did when that was set up.
    fn is_up_to_date(&self, version: &Admitted) -> bool {
        let decision = self.terms.decide(&version.loaded, self.config);
        decision.is_ok_and(|decision| decision == version.decision)
    }

    /// Brings an older version that goes on running under a new configuration: what that takes
    /// away is taken away from it too.
    fn follow(&self, slot: &mut Slot) -> Result<(), Arc<Rejection>> {
        if !self.config_is_new {
            return Ok(());
        }
        let Some(running) = &slot.running else {
            return Ok(());
        };
        let decision =
            (self.terms.decide(&running.loaded, self.config)).map_err(Rejection::from)?;
        if decision != running.decision {
            let admitted = (self.terms).admit(&running.loaded, &decision, None, false)?;
            slot.running = Some(admitted);
            // It was set up under the configuration before.
            slot.fallback = None;
        }
        Ok(())
    }

    fn admit(
        &mut self,
        before: Option<&Admitted>,
        newest: &Arc<Loaded>,
        decision: &Decision,
        trial: bool,
    ) -> Result<Admitted, Rejection> {
        if let Some(before) = before {
            hold_back(before, newest, decision, self.config)?;
        }
        let probation = before.map(|_| {
            self.probations += 1;
            let (number, tell) = (self.probations, Arc::clone(self.tell));
            Probation::new(move |verdict| tell(number, verdict))
        });
        (self.terms).admit(newest, decision, probation, trial)
    }

    /// Whether a module may run without taking descriptors from the port and the built-in collectors.
    fn check_room(&self, newest: &Loaded, decision: &Decision) -> Result<(), Rejection> {
        if !decision.enabled || matches!(newest.module.source, Source::Builtin(_)) {
            return Ok(());
        }
        descriptors::check_room(self.connections).map_err(|source| Rejection::Descriptors {
            collector: newest.descriptor.name.clone(),
            source,
        })
    }

    fn check_name(&self, place: &Place, loaded: &Loaded) -> Result<(), Rejection> {
        let Loaded { module, descriptor } = loaded;
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
            Some(first) => Err(LoadError::Duplicate(DuplicateName {
                name: descriptor.name.clone(),
                first: first.clone(),
                second: module.source.clone(),
            })
            .into()),
        }
    }

    /// Whether what runs may not run any longer: its name is another's now, or it lost its approval.
    fn is_revoked(&self, slot: &Slot, loaded: &Loaded) -> bool {
        let unapproved = |path| {
            let checked = self.terms.check_entry(path, loaded, self.config);
            matches!(checked, Err(Rejection::Unapproved { .. }))
        };
        self.taken.contains_key(&loaded.descriptor.name)
            || slot.place.path().is_some_and(unapproved)
    }

    /// Whether the operator's word is what is wrong, and not what somebody put into a file.
    fn is_fault_of_configuration(
        &self,
        slot: &Slot,
        newest: &Loaded,
        rejection: &Rejection,
    ) -> bool {
        let set_up = matches!(
            rejection,
            Rejection::Settings(_) | Rejection::Setup(_) | Rejection::Trial { .. }
        );
        let ran_before = (slot.running.as_ref()).is_some_and(|running| running.loaded.is(newest));
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
