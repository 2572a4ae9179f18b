//! One log line when a collector's state changes, and none while it stays as it is.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::failure::Failure;
use crate::validate::Problem;

/// Refused families that are remembered; beyond that they are counted only.
const MOST_REMEMBERED: usize = 100;

/// How a collector's last run ended, and what was said of it already.
#[derive(Debug, Default)]
pub(crate) struct StateLog(Mutex<States>);

#[derive(Debug, Default)]
struct States {
    last: Option<Result<(), Failure>>,
    refused: HashSet<(String, &'static str)>,
}

impl StateLog {
    fn states(&self) -> MutexGuard<'_, States> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the last run ended.
    pub(crate) fn last(&self) -> Option<Result<(), Failure>> {
        self.states().last.clone()
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
            let mut states = self.states();
            let known = states.refused.len() >= MOST_REMEMBERED
                || !states.refused.insert((problem.family.clone(), reason));
            drop(states);
            if !known {
                let family = &problem.family;
                let detail = &problem.detail;
                tracing::error!(collector, family, reason, detail, "metric family refused");
            }
        }
    }
}
