//! What the status page shows of modules that do not run as they lie there.

use std::path::PathBuf;

use super::catalog::Catalog;
use super::slot::Slot;

/// A module with something to tell of: it does not run, or an older version of it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The file.
    pub path: PathBuf,
    /// The collector of it that runs all the same.
    pub running: Option<String>,
    /// The reason as a label.
    pub reason: &'static str,
    /// The whole story, on one line.
    pub detail: String,
}

impl Catalog {
    /// What is not as the files are.
    #[must_use]
    pub fn troubles(&self) -> Vec<Trouble> {
        let unlisted = self.unlisted.iter().map(|problem| Trouble {
            path: problem.path().to_owned(),
            running: None,
            reason: problem.reason(),
            detail: whole(problem),
        });
        self.slots
            .iter()
            .filter_map(trouble)
            .chain(unlisted)
            .collect()
    }
}

fn trouble(slot: &Slot) -> Option<Trouble> {
    let rejection = slot.trouble()?;
    let running = slot.running.as_ref();
    Some(Trouble {
        path: slot.place.path()?.to_owned(),
        running: running.map(|running| format!("{} {}", running.name(), running.version())),
        reason: rejection.reason(),
        detail: whole(&**rejection),
    })
}

/// An error with its sources, on one line.
#[must_use]
pub fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
