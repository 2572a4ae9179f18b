//! Reports changes of modules to the operator: one log line for each change of state, and the metrics.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::sync::Arc;

use crate::modules::catalog::Catalog;
use crate::modules::rejection::Rejection;
use crate::modules::rollout::Admitted;
use crate::modules::slot::Slot;
use crate::modules::status::error_chain;
use crate::self_metrics::Counters;

impl Catalog {
    /// Logs and counts how the slots differ from the previous ones.
    pub(crate) fn report(&self, before: &[Slot]) {
        let before: HashMap<u64, &Slot> = before.iter().map(|slot| (slot.id, slot)).collect();
        for slot in &self.slots {
            let before = before.get(&slot.id).copied();
            self.report_rejection(slot, before);
            report_running(
                slot,
                before.and_then(|slot| slot.running.as_ref()),
                self.counters(),
            );
        }
        let there: Vec<u64> = self.slots.iter().map(|slot| slot.id).collect();
        for slot in before.values().filter(|slot| !there.contains(&slot.id)) {
            if let Some(removed) = &slot.running {
                tracing::info!(
                    collector = removed.name(),
                    version = removed.version(),
                    source = %removed.loaded.module.source,
                    "collector removed: its module is gone"
                );
            }
        }
    }

    /// Whether collectors were removed.
    pub(crate) fn lost_collectors(&self, before: &[Slot]) -> bool {
        let names = |slots: &[Slot]| -> HashSet<String> {
            let running = slots.iter().filter_map(|slot| slot.running.as_ref());
            running.map(|running| running.name().to_owned()).collect()
        };
        !names(before).is_subset(&names(&self.slots))
    }

    /// Adds the series of new collectors, and removes those of removed ones.
    pub(crate) fn prepare_counters(&self) {
        let running = self.slots.iter().filter_map(|slot| slot.running.as_ref());
        let enabled = running.filter_map(|running| running.collector.as_ref());
        let series = enabled.map(|it| (&*it.descriptor.name, it.is_third_party()));
        self.counters().prepare(series);
        for slot in self.slots.iter().filter(|slot| slot.place.path().is_some()) {
            if let Some(running) = &slot.running {
                self.counters().modules().begin(running.name());
            }
        }
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.terms.executor.counters
    }

    fn report_rejection(&self, slot: &Slot, before: Option<&Slot>) {
        let Some(problem) = slot.problem() else {
            return;
        };
        let known = before.and_then(Slot::problem);
        if known.is_some_and(|known| Arc::ptr_eq(known, problem)) {
            return;
        }
        let already_logged =
            known.is_some_and(|known| error_chain(&**known) == error_chain(&**problem));
        // Each scan finds the same problem again in unchanged content.
        if !already_logged || before.is_none_or(|before| before.stamp != slot.stamp) {
            self.counters().modules().load_failed(problem.reason());
        }
        if already_logged {
            return;
        }
        let reason = problem.reason();
        let module = slot.place.to_string();
        let err: &(dyn Error + 'static) = &**problem;
        match &slot.running {
            // Logged with the version that was rolled back to.
            Some(_) if matches!(**problem, Rejection::RolledBack { .. }) => {}
            Some(running) => tracing::error!(
                module,
                reason,
                err,
                running = running.version(),
                "new version of module not loaded, keeping the previous version"
            ),
            None if matches!(**problem, Rejection::Descriptors { .. }) => {
                tracing::warn!(module, reason, err, "module waits for file descriptors");
            }
            None if problem.is_waiting() => {
                tracing::warn!(module, reason, err, "module waits for approval");
            }
            None => tracing::error!(module, reason, err, "module not loaded"),
        }
    }
}

fn report_running(slot: &Slot, before: Option<&Admitted>, counters: &Counters) {
    let path = slot.place.path().map(|path| path.display().to_string());
    match (before, &slot.running) {
        (None, Some(new)) if path.is_some() => tracing::info!(
            collector = new.name(),
            version = new.version(),
            enabled = new.collector.is_some(),
            source = path,
            "collector loaded"
        ),
        (Some(old), Some(new)) if !old.loaded.is_same(&new.loaded) && is_rolled_back(slot) => {
            counters.modules().rolled_back(new.name());
            let err = slot
                .problem
                .as_deref()
                .map(|why| why as &(dyn Error + 'static));
            tracing::error!(
                collector = new.name(),
                from = old.version(),
                version = new.version(),
                err,
                "collector failed soon after it was replaced, rolled back to the previous version"
            );
        }
        (Some(old), Some(new)) if !old.loaded.is_same(&new.loaded) => {
            // A disabled collector has no series.
            if new.collector.is_some() {
                counters.modules().swapped(new.name());
            }
            tracing::info!(
                collector = new.name(),
                from = old.version(),
                version = new.version(),
                sha256 = new.loaded.module.sha256,
                "collector replaced"
            );
        }
        (Some(old), Some(new)) if old.decision != new.decision => {
            tracing::info!(
                collector = new.name(),
                enabled = new.collector.is_some(),
                "collector reconfigured"
            );
        }
        (Some(old), None) => tracing::info!(
            collector = old.name(),
            version = old.version(),
            "collector removed"
        ),
        _ => {}
    }
}

/// Whether the previous version runs because the newest one failed its probation.
fn is_rolled_back(slot: &Slot) -> bool {
    matches!(slot.problem.as_deref(), Some(Rejection::RolledBack { .. }))
}
