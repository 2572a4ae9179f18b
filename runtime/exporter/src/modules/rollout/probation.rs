//! The first scrapes of a new version: a crash rolls back to the previous version.

use std::sync::Mutex;
use std::sync::PoisonError;

use crate::collectors::OnOutcome;
use firepit_sandbox::failure::Failure;

/// Number of scrapes after which a new version counts as good.
const SCRAPES: u32 = 3;

/// How a probation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No scrape crashed.
    Passed,
    /// A crash, or an exceeded limit.
    Failed(Failure),
}

/// Watches the first scrapes of a version.
pub(crate) struct Probation(Mutex<State>);

struct State {
    remaining: u32,
    /// `None` once it was called.
    on_verdict: Option<Box<dyn FnOnce(Verdict) + Send>>,
}

impl std::fmt::Debug for Probation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Probation").finish_non_exhaustive()
    }
}

impl Probation {
    /// Starts a probation. Calls `on_verdict` once, at its end.
    pub(crate) fn new(on_verdict: impl FnOnce(Verdict) + Send + 'static) -> Self {
        Self(Mutex::new(State {
            remaining: SCRAPES,
            on_verdict: Some(Box::new(on_verdict)),
        }))
    }

    /// The callback for the outcomes of a collector's scrapes.
    pub(crate) fn watch(self) -> OnOutcome {
        OnOutcome::new(move |outcome| self.ended(outcome))
    }

    /// Records the outcome of a scrape. A host without the feature, or an error that the collector
    /// itself reports, is no reason for a rollback.
    pub(crate) fn ended(&self, result: &Result<(), Failure>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let verdict = match result {
            Err(failure) if failure.poisons_instance() => Verdict::Failed(failure.clone()),
            _ => {
                state.remaining = state.remaining.saturating_sub(1);
                if state.remaining > 0 {
                    return;
                }
                Verdict::Passed
            }
        };
        let on_verdict = state.on_verdict.take();
        drop(state);
        if let Some(on_verdict) = on_verdict {
            on_verdict(verdict);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn verdicts_after(results: &[Result<(), Failure>]) -> Vec<Verdict> {
        let (sender, verdicts) = mpsc::channel();
        let probation = Probation::new(move |verdict| sender.send(verdict).unwrap());
        for result in results {
            probation.ended(result);
        }
        drop(probation);
        verdicts.iter().collect()
    }

    #[test]
    fn three_scrapes_without_a_crash_pass() {
        let soft = Err(Failure::Collector("no such file".to_owned()));
        let results = [Ok(()), Err(Failure::NoData), soft];
        assert_eq!(verdicts_after(&results), [Verdict::Passed]);
        assert_eq!(verdicts_after(&results[..2]), []);
    }

    #[test]
    fn crash_is_reported_once_and_immediately() {
        let failures = [Ok(()), Err(Failure::Deadline), Err(Failure::Stack), Ok(())];
        assert_eq!(
            verdicts_after(&failures),
            [Verdict::Failed(Failure::Deadline)]
        );
    }

    #[test]
    fn crash_after_probation_is_ignored() {
        let results = [Ok(()), Ok(()), Ok(()), Err(Failure::Deadline)];
        assert_eq!(verdicts_after(&results), [Verdict::Passed]);
    }
}
