//! Rows of the status page.

use std::time::Duration;

use crate::collectors::registry::Entry;
use crate::modules::ModuleProblem;
use crate::web::{CollectorRow, ProblemRow};
use firepit_sandbox::failure::Failure;

/// The row of a collector.
pub(super) fn collector(entry: &Entry) -> CollectorRow {
    let descriptor = entry.descriptor();
    let state = match entry {
        Entry::Disabled(_) => "disabled".to_owned(),
        Entry::Enabled(collector) => match (collector.quarantined(), collector.last()) {
            (Some((left, failure)), _) => quarantined(left, &failure),
            (None, None) => "not run yet".to_owned(),
            (None, Some(Ok(()))) => "ok".to_owned(),
            (None, Some(Err(failure))) => format!("{}: {failure}", failure.reason()),
        },
    };
    let left_out = match entry {
        Entry::Disabled(_) => [None, None],
        Entry::Enabled(collector) => [collector.values_left_out(), collector.left_out()],
    };
    let state: Vec<String> = std::iter::once(state)
        .chain(left_out.into_iter().flatten())
        .collect();
    CollectorRow {
        name: descriptor.name.clone(),
        about: descriptor.about.clone(),
        version: descriptor.version.clone(),
        source: entry.module().source.label(),
        sha256: entry.module().sha256.clone(),
        enabled: matches!(entry, Entry::Enabled(_)),
        state: state.join("; "),
    }
}

/// The state of a quarantined collector.
fn quarantined(left: Duration, failure: &Failure) -> String {
    let until = if left.is_zero() {
        "quarantined until the next scrape".to_owned()
    } else {
        format!("quarantined for {} s", left.as_secs_f64().ceil())
    };
    format!("{until}: {}: {failure}", failure.reason())
}

/// The row of a module with a problem.
pub(super) fn problem(problem: &ModuleProblem) -> ProblemRow {
    ProblemRow {
        path: problem.path.display().to_string(),
        running: problem.running.clone(),
        reason: problem.reason,
        detail: problem.detail.clone(),
    }
}
