//! What a change of modules looks like to an operator: one log line for each change of state, and
//! the metrics.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::sync::Arc;

use super::admit::Admitted;
use super::catalog::Catalog;
use super::rejection::Rejection;
use super::slot::Slot;
use super::status::whole;
use crate::meta::Counters;

impl Catalog {
    /// Tells how the places differ from what they were, and counts it.
    pub(super) fn report(&self, before: &[Slot]) {
        let before: HashMap<u64, &Slot> = before.iter().map(|slot| (slot.id, slot)).collect();
        for slot in &self.slots {
            let before = before.get(&slot.id).copied();
            self.report_trouble(slot, before);
            report_running(
                slot,
                before.and_then(|slot| slot.running.as_ref()),
                self.counters(),
            );
        }
        let there: Vec<u64> = self.slots.iter().map(|slot| slot.id).collect();
        for slot in before.values().filter(|slot| !there.contains(&slot.id)) {
            if let Some(gone) = &slot.running {
                tracing::info!(
                    collector = gone.name(),
                    version = gone.version(),
                    source = %gone.loaded.module.source,
                    "collector removed: its module is gone"
                );
            }
        }
    }

    /// Whether collectors ran before that do not run now.
    pub(super) fn have_gone(&self, before: &[Slot]) -> bool {
        let names = |slots: &[Slot]| -> HashSet<String> {
            let running = slots.iter().filter_map(|slot| slot.running.as_ref());
            running.map(|running| running.name().to_owned()).collect()
        };
        !names(before).is_subset(&names(&self.slots))
    }

    /// Begins the series of collectors that come, and ends those of collectors that go.
    pub(super) fn prepare_counters(&self) {
        let running = self.slots.iter().filter_map(|slot| slot.running.as_ref());
        let enabled = running.filter_map(|running| running.collector.as_ref());
        let series = enabled.map(|it| (&*it.descriptor.name, it.is_stranger()));
        self.counters().prepare(series);
        for slot in self.slots.iter().filter(|slot| slot.place.path().is_some()) {
            if let Some(running) = &slot.running {
                self.counters().modules().begin(running.name());
            }
        }
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.terms.crew.counters
    }

    fn report_trouble(&self, slot: &Slot, before: Option<&Slot>) {
        let Some(trouble) = slot.trouble() else {
            return;
        };
        let known = before.and_then(Slot::trouble);
        if known.is_some_and(|known| Arc::ptr_eq(known, trouble)) {
            return;
        }
        let is_told = known.is_some_and(|known| whole(&**known) == whole(&**trouble));
        // What is wrong with the same content is found anew by each look.
        if !is_told || before.is_none_or(|before| before.stamp != slot.stamp) {
            self.counters().modules().load_failed(trouble.reason());
        }
        if is_told {
            return;
        }
        let reason = trouble.reason();
        let module = slot.place.to_string();
        let err: &(dyn std::error::Error + 'static) = &**trouble;
        match &slot.running {
            // It is told with the version that was taken back.
            Some(_) if matches!(**trouble, Rejection::RolledBack { .. }) => {}
            Some(running) => tracing::error!(
                module,
                reason,
                err,
                running = running.version(),
                "new version of module not taken; the version before goes on"
            ),
            None if trouble.is_held_back() => {
                tracing::warn!(module, reason, err, "module held back");
            }
            None => tracing::error!(module, reason, err, "module left out"),
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
        (Some(old), Some(new)) if !old.loaded.is(&new.loaded) && is_rolled_back(slot) => {
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
                "collector failed soon after it was replaced; the version before was taken back"
            );
        }
        (Some(old), Some(new)) if !old.loaded.is(&new.loaded) => {
            // One that is switched off has no series.
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
                "collector set up anew"
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

/// Whether the version before runs because the newest one failed in its first scrapes.
fn is_rolled_back(slot: &Slot) -> bool {
    matches!(slot.problem.as_deref(), Some(Rejection::RolledBack { .. }))
}
