//! One log line when a collector's state changes, and none while it stays as it is.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::failure::Failure;
use crate::merge::Conflict;
use crate::shown::shown;
use crate::validate::Problem;

/// Families that were left out and are remembered; beyond that they are counted only. A collector
/// may have other ones in each scrape, and is not to fill memory or log with them.
const MOST_REMEMBERED: usize = 100;

/// Families that are told on the status page by their names.
const MOST_NAMED: usize = 5;

/// How a collector's last run ended, and what was said of it already.
#[derive(Debug, Default)]
pub(crate) struct StateLog(Mutex<States>);

#[derive(Debug, Default)]
struct States {
    last: Option<Result<(), Failure>>,
    left_out: LeftOut,
}

/// Families that were left out of a page since the collector was set up, each with the reason.
#[derive(Debug, Default)]
struct LeftOut {
    /// The reasons by family. A family has one mostly.
    families: BTreeMap<String, Vec<&'static str>>,
    /// Number of pairs of a family and a reason.
    remembered: usize,
    /// Whether there were more.
    more: bool,
}

/// What a family that was left out is to the log.
#[derive(Debug, PartialEq, Eq)]
enum News {
    /// It was told already, or is one too many.
    None,
    /// It is told.
    Told,
    /// It is the first of those that are not told any more.
    Full,
}

impl StateLog {
    fn states(&self) -> MutexGuard<'_, States> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the last run ended.
    pub(crate) fn last(&self) -> Option<Result<(), Failure>> {
        self.states().last.clone()
    }

    /// What was left out of pages, for a person; `None` where nothing was.
    pub(crate) fn left_out(&self) -> Option<String> {
        self.states().left_out.text()
    }

    /// Notes how a run ended.
    pub(crate) fn ended(&self, collector: &str, result: &Result<(), Failure>) {
        let before = self.states().last.replace(result.clone());
        let reason = |result: &Result<(), Failure>| result.as_ref().err().map(Failure::reason);
        if before.as_ref().and_then(reason) == reason(result) {
            return;
        }
        match result {
            Ok(()) => tracing::info!(collector, "collector works again"),
            Err(error @ Failure::NoData) => {
                tracing::debug!(collector, err = %error, "collector returned no data");
            }
            Err(error) => {
                let (reason, limit) = (error.reason(), error.limit());
                tracing::error!(collector, reason, err = %error, limit, "collector failed");
            }
        }
    }

    /// Notes which families were refused.
    pub(crate) fn refused(&self, collector: &str, problems: &[Problem]) {
        for problem in problems {
            let reason = problem.reason.as_str();
            let (family, detail) = (&problem.family, &problem.detail);
            match self.note(family, reason) {
                News::None => {}
                News::Told => {
                    tracing::warn!(collector, family, reason, detail, "metric family refused");
                }
                News::Full => full(collector),
            }
        }
    }

    /// Notes that series had to make room for what stood on a page before them.
    pub(crate) fn displaced(&self, collector: &str, conflict: &Conflict) {
        let reason = conflict.reason.as_str();
        let (family, detail) = (shown(&conflict.family), conflict.reason.why());
        match self.note(&family, reason) {
            News::None => {}
            News::Told => tracing::warn!(
                collector,
                family,
                reason,
                detail,
                "series left out that conflict with earlier ones"
            ),
            News::Full => full(collector),
        }
    }

    fn note(&self, family: &str, reason: &'static str) -> News {
        self.states().left_out.note(family, reason)
    }
}

fn full(collector: &str) {
    tracing::warn!(
        collector,
        "more metric families refused or left out; they are counted and not told any more"
    );
}

impl LeftOut {
    fn note(&mut self, family: &str, reason: &'static str) -> News {
        let known = self.families.get(family);
        if known.is_some_and(|reasons| reasons.contains(&reason)) {
            return News::None;
        }
        if self.remembered >= MOST_REMEMBERED {
            return match std::mem::replace(&mut self.more, true) {
                true => News::None,
                false => News::Full,
            };
        }
        self.remembered += 1;
        let reasons = self.families.entry(family.to_owned()).or_default();
        reasons.push(reason);
        News::Told
    }

    fn text(&self) -> Option<String> {
        let number = self.families.len();
        if number == 0 {
            return None;
        }
        let named = self.families.iter().take(MOST_NAMED);
        let named = named.map(|(family, reasons)| format!("{family} ({})", reasons.join(", ")));
        let named: Vec<String> = named.collect();
        let (noun, others) = (
            if number == 1 { "family" } else { "families" },
            if number > MOST_NAMED { ", ..." } else { "" },
        );
        let more = if self.more { "more than " } else { "" };
        Some(format!(
            "{more}{number} {noun} left out: {}{others}",
            named.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_is_told_once_for_each_reason() {
        let mut left_out = LeftOut::default();
        assert_eq!(left_out.text(), None);
        assert_eq!(left_out.note("up", "reserved-name"), News::Told);
        assert_eq!(left_out.note("up", "reserved-name"), News::None);
        let told = "1 family left out: up (reserved-name)";
        assert_eq!(left_out.text().as_deref(), Some(told));
        assert_eq!(left_out.note("up", "taken"), News::Told);
        assert_eq!(left_out.note("a", "taken"), News::Told);
        let told = "2 families left out: a (taken), up (reserved-name, taken)";
        assert_eq!(left_out.text().as_deref(), Some(told));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut left_out = LeftOut::default();
        for number in 0..MOST_REMEMBERED {
            assert_eq!(left_out.note(&number.to_string(), "taken"), News::Told);
        }
        assert_eq!(left_out.note("x", "taken"), News::Full);
        for number in 0..1_000 {
            assert_eq!(left_out.note(&format!("y{number}"), "taken"), News::None);
            assert_eq!(left_out.note("0", "help"), News::None);
        }
        assert_eq!(left_out.families.len(), MOST_REMEMBERED);
        let told = "more than 100 families left out: 0 (taken), 1 (taken), 10 (taken), 11 (taken), \
                    12 (taken), ...";
        assert_eq!(left_out.text().as_deref(), Some(told));
    }
}
