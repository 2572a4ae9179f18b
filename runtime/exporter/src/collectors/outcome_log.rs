//! Logs one line when a collector's state changes, and none while it stays the same.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use firepit_exposition::escape::quoted;
use firepit_exposition::merge::Conflict;
use firepit_exposition::validate::Problem;
use firepit_sandbox::failure::Failure;

/// Maximum number of remembered dropped families; further ones are only counted. A collector may have
/// different ones in each scrape, and must not fill memory or log with them.
const MAX_REMEMBERED: usize = 100;

/// Maximum number of families that the status page names.
const MAX_NAMED: usize = 5;

/// The result of a collector's last run, and what was logged about it.
#[derive(Debug, Default)]
pub(crate) struct OutcomeLog(Mutex<States>);

#[derive(Debug, Default)]
struct States {
    last: Option<Result<(), Failure>>,
    left_out: LeftOut,
}

/// Families that were dropped from responses since the collector was set up, with the reasons.
#[derive(Debug, Default)]
struct LeftOut {
    /// The reasons by family, usually one each.
    families: BTreeMap<String, Vec<&'static str>>,
    /// Number of pairs of a family and a reason.
    remembered: usize,
    /// Whether there were more.
    more: bool,
}

/// Whether to log a dropped family.
#[derive(Debug, PartialEq, Eq)]
enum News {
    /// It is already logged, or beyond the maximum.
    None,
    /// Log it.
    Log,
    /// It is the first one beyond the maximum: log that.
    LogFull,
}

impl OutcomeLog {
    fn states(&self) -> MutexGuard<'_, States> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The result of the last run.
    pub(crate) fn last(&self) -> Option<Result<(), Failure>> {
        self.states().last.clone()
    }

    /// The dropped families, as text; `None` if there are none.
    pub(crate) fn left_out(&self) -> Option<String> {
        self.states().left_out.text()
    }

    /// Records the result of a run.
    pub(crate) fn ended(&self, collector: &str, result: &Result<(), Failure>) {
        let before = self.states().last.replace(result.clone());
        let reason = |result: &Result<(), Failure>| result.as_ref().err().map(Failure::reason);
        if before.as_ref().and_then(reason) == reason(result) {
            return;
        }
        match result {
            Ok(()) => tracing::info!(collector, "collector recovered"),
            Err(error @ Failure::NoData) => {
                tracing::debug!(collector, err = %error, "collector returned no data");
            }
            Err(error) => {
                let reason = error.reason();
                let limit = error.limit().map(|limit| format!("--sandbox.{limit}"));
                tracing::error!(collector, reason, err = %error, limit, "collector failed");
            }
        }
    }

    /// Records which families were rejected.
    pub(crate) fn refused(&self, collector: &str, problems: &[Problem]) {
        for problem in problems {
            let reason = problem.reason.as_str();
            let (family, detail) = (&problem.family, &problem.detail);
            match self.note(family, reason) {
                News::None => {}
                News::Log => {
                    tracing::warn!(collector, family, reason, detail, "metric family rejected");
                }
                News::LogFull => full(collector),
            }
        }
    }

    /// Records a conflict with earlier families of a response.
    pub(crate) fn displaced(&self, collector: &str, conflict: &Conflict) {
        let reason = conflict.reason.as_str();
        let (family, detail) = (quoted(&conflict.family), conflict.reason.explanation());
        match self.note(&family, reason) {
            News::None => {}
            News::Log => tracing::warn!(
                collector,
                family,
                reason,
                detail,
                "series dropped because of a conflict with another collector"
            ),
            News::LogFull => full(collector),
        }
    }

    fn note(&self, family: &str, reason: &'static str) -> News {
        self.states().left_out.note(family, reason)
    }
}

fn full(collector: &str) {
    tracing::warn!(
        collector,
        "too many metric families rejected or dropped; further ones are counted, not logged"
    );
}

impl LeftOut {
    fn note(&mut self, family: &str, reason: &'static str) -> News {
        let known = self.families.get(family);
        if known.is_some_and(|reasons| reasons.contains(&reason)) {
            return News::None;
        }
        if self.remembered >= MAX_REMEMBERED {
            return if std::mem::replace(&mut self.more, true) {
                News::None
            } else {
                News::LogFull
            };
        }
        self.remembered += 1;
        let reasons = self.families.entry(family.to_owned()).or_default();
        reasons.push(reason);
        News::Log
    }

    fn text(&self) -> Option<String> {
        let number = self.families.len();
        if number == 0 {
            return None;
        }
        let named = self.families.iter().take(MAX_NAMED);
        let named = named.map(|(family, reasons)| format!("{family} ({})", reasons.join(", ")));
        let named: Vec<String> = named.collect();
        let (noun, others) = (
            if number == 1 { "family" } else { "families" },
            if number > MAX_NAMED { ", ..." } else { "" },
        );
        let more = if self.more { "more than " } else { "" };
        Some(format!(
            "{more}{number} {noun} dropped: {}{others}",
            named.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_is_logged_once_per_reason() {
        let mut left_out = LeftOut::default();
        assert_eq!(left_out.text(), None);
        assert_eq!(left_out.note("up", "reserved-name"), News::Log);
        assert_eq!(left_out.note("up", "reserved-name"), News::None);
        let text = "1 family dropped: up (reserved-name)";
        assert_eq!(left_out.text().as_deref(), Some(text));
        assert_eq!(left_out.note("up", "taken"), News::Log);
        assert_eq!(left_out.note("a", "taken"), News::Log);
        let text = "2 families dropped: a (taken), up (reserved-name, taken)";
        assert_eq!(left_out.text().as_deref(), Some(text));
    }

    #[test]
    fn remembered_families_are_bounded() {
        let mut left_out = LeftOut::default();
        for number in 0..MAX_REMEMBERED {
            assert_eq!(left_out.note(&number.to_string(), "taken"), News::Log);
        }
        assert_eq!(left_out.note("x", "taken"), News::LogFull);
        for number in 0..1_000 {
            assert_eq!(left_out.note(&format!("y{number}"), "taken"), News::None);
            assert_eq!(left_out.note("0", "help"), News::None);
        }
        assert_eq!(left_out.families.len(), MAX_REMEMBERED);
        let text = "more than 100 families dropped: 0 (taken), 1 (taken), 10 (taken), 11 (taken), \
                    12 (taken), ...";
        assert_eq!(left_out.text().as_deref(), Some(text));
    }
}
