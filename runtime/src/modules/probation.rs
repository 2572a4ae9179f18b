//! The first scrapes of a new version: one that crashes in them makes room for the version before.

use std::sync::Mutex;
use std::sync::PoisonError;

use crate::failure::Failure;

/// Scrapes after which a new version counts as good.
const SCRAPES: u32 = 3;

/// How a probation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All went well.
    Passed,
    /// A crash, or a limit.
    Failed(Failure),
}

/// Watches over the first scrapes of a version.
pub(crate) struct Probation(Mutex<State>);

struct State {
    left: u32,
    /// Gone once it was told.
    tell: Option<Box<dyn FnOnce(Verdict) + Send>>,
}

impl std::fmt::Debug for Probation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Probation").finish_non_exhaustive()
    }
}

impl Probation {
    /// Begins one. `tell` is called once, at its end.
    pub(crate) fn new(tell: impl FnOnce(Verdict) + Send + 'static) -> Self {
        Self(Mutex::new(State {
            left: SCRAPES,
            tell: Some(Box::new(tell)),
        }))
    }

    /// Notes how a scrape ended. That the host has no such thing, or that the collector itself
    /// reports a fault, is no reason to go back.
    pub(crate) fn ended(&self, result: &Result<(), Failure>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let verdict = match result {
            Err(failure) if failure.spoils_instance() => Verdict::Failed(failure.clone()),
            _ => {
                state.left = state.left.saturating_sub(1);
                if state.left > 0 {
                    return;
                }
                Verdict::Passed
            }
        };
        let tell = state.tell.take();
        drop(state);
        if let Some(tell) = tell {
            tell(verdict);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn told(results: &[Result<(), Failure>]) -> Vec<Verdict> {
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
        assert_eq!(told(&results), [Verdict::Passed]);
        assert_eq!(told(&results[..2]), []);
    }

    #[test]
    fn a_crash_is_told_once_and_at_once() {
        let failures = [Ok(()), Err(Failure::Deadline), Err(Failure::Stack), Ok(())];
        assert_eq!(told(&failures), [Verdict::Failed(Failure::Deadline)]);
    }

    #[test]
    fn a_crash_after_the_probation_is_no_matter() {
        let results = [Ok(()), Ok(()), Ok(()), Err(Failure::Deadline)];
        assert_eq!(told(&results), [Verdict::Passed]);
    }
}
