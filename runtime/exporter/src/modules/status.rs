//! Modules whose newest file is not what runs, for the status page.

use std::path::PathBuf;

use crate::modules::catalog::Catalog;
use crate::modules::slot::Slot;

/// A module with a problem: it does not run, or an older version of it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleProblem {
    /// The file.
    pub path: PathBuf,
    /// Its collector that runs nevertheless.
    pub running: Option<String>,
    /// The value of the label `reason`.
    pub reason: &'static str,
    /// The error with its sources, on one line.
    pub detail: String,
}

impl Catalog {
    /// Modules whose newest file is not what runs, and directories that cannot be scanned.
    #[must_use]
    pub fn problems(&self) -> Vec<ModuleProblem> {
        let unlisted = self.unlisted.iter().map(|problem| ModuleProblem {
            path: problem.path().to_owned(),
            running: None,
            reason: problem.reason(),
            detail: error_chain(problem),
        });
        self.slots
            .iter()
            .filter_map(problem)
            .chain(unlisted)
            .collect()
    }
}

fn problem(slot: &Slot) -> Option<ModuleProblem> {
    let rejection = slot.problem()?;
    let running = slot.running.as_ref();
    Some(ModuleProblem {
        path: slot.place.path()?.to_owned(),
        running: running.map(|running| format!("{} {}", running.name(), running.version())),
        reason: rejection.reason(),
        detail: error_chain(&**rejection),
    })
}

/// An error with its sources, on one line.
#[must_use]
pub fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
