//! The run queue: a collector runs once at a time, and further requests wait. It also decides whether the
//! collector may run at all: it may be in quarantine, or have exhausted its CPU budget.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Request;
use super::budget::Budget;
use super::quarantine::{Change, Quarantine};
use firepit_sandbox::failure::Failure;
use firepit_sandbox::limits::Limits;

/// How long after its deadline a run may continue before it counts as stuck.
const GRACE: Duration = Duration::from_millis(100);

/// The current run, the waiting requests, and what may prevent another run.
#[derive(Debug)]
pub(super) struct RunQueue {
    run: Run,
    waiting: VecDeque<Request>,
    quarantine: Quarantine,
    budget: Option<Budget>,
    /// Duration of the last successful run.
    last_good_duration: Duration,
    /// The last reported quarantine state.
    reported: Option<bool>,
}

#[derive(Debug, Default, Clone, Copy)]
enum Run {
    #[default]
    None,
    /// Waits for a worker.
    Submitted,
    /// Has to end by this time.
    Until(Instant),
}

/// What to do with a new request.
#[derive(Debug)]
pub(super) enum Next {
    Run(Request),
    Wait,
    /// The collector does not run for it.
    Reject(Request, Failure),
}

/// What a finished run means for later ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It succeeded, with this duration.
    Good(Duration),
    /// It failed, by its own fault.
    Bad(Failure),
    /// It failed, which says nothing about the collector.
    Excused,
}

/// What to report after a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct News {
    /// Whether a quarantine began or ended.
    pub(super) change: Option<Change>,
    /// Whether it is in quarantine, if that has changed.
    pub(super) quarantined: Option<bool>,
}

/// The next request, and the rejected ones.
#[derive(Debug, Default)]
pub(super) struct After {
    pub(super) next: Option<Request>,
    /// They are rejected for this reason.
    pub(super) rejected: Option<(VecDeque<Request>, Failure)>,
}

impl RunQueue {
    pub(super) fn new(limits: &Limits, now: Instant) -> Self {
        Self {
            run: Run::None,
            waiting: VecDeque::new(),
            quarantine: Quarantine::new(limits.back_off),
            budget: Budget::new(limits.cpu_per_minute, now),
            last_good_duration: Duration::ZERO,
            reported: None,
        }
    }

    pub(super) fn enqueue(&mut self, request: Request, now: Instant) -> Next {
        match self.run {
            Run::None => {
                if let Some(failure) = self.rejection(now) {
                    return Next::Reject(request, failure);
                }
                self.run = Run::Submitted;
                Next::Run(request)
            }
            Run::Until(deadline) if now > deadline + GRACE => Next::Reject(request, Failure::Busy),
            Run::Submitted | Run::Until(_) => {
                self.waiting.push_back(request);
                Next::Wait
            }
        }
    }

    /// Why the collector may not run.
    fn rejection(&mut self, now: Instant) -> Option<Failure> {
        if !self.quarantine.admits(now) {
            return Some(Failure::Quarantined);
        }
        let budget = self.budget.as_mut()?;
        (!budget.admits(now)).then_some(Failure::CpuBudget { interrupted: false })
    }

    /// Starts a run. Returns its CPU budget, if there is a limit.
    pub(super) fn begin(&mut self, now: Instant, deadline: Instant) -> Option<Duration> {
        self.run = Run::Until(deadline);
        self.cpu_left(now)
    }

    /// CPU budget of a run, if there is a limit.
    pub(super) fn cpu_left(&mut self, now: Instant) -> Option<Duration> {
        self.budget.as_mut().map(|budget| budget.left(now))
    }

    /// Charges CPU time to the collector.
    pub(super) fn spend(&mut self, cpu: Duration, now: Instant) {
        if let Some(budget) = &mut self.budget {
            budget.spend(cpu, now);
        }
    }

    /// Records the result of a run.
    pub(super) fn judge(&mut self, verdict: Verdict, now: Instant) -> News {
        let change = match verdict {
            Verdict::Good(took) => {
                self.last_good_duration = took;
                self.quarantine.succeeded(now)
            }
            Verdict::Bad(failure) => self.quarantine.failed(&failure, now),
            Verdict::Excused => None,
        };
        let is_on = self.quarantine.is_on();
        let quarantined = (self.reported.replace(is_on) != Some(is_on)).then_some(is_on);
        News {
            change,
            quarantined,
        }
    }

    /// Duration of the last successful run.
    pub(super) fn last_good_duration(&self) -> Duration {
        self.last_good_duration
    }

    /// The remaining pause and the failure of the last run, if the collector is in quarantine.
    pub(super) fn quarantined(&self, now: Instant) -> Option<(Duration, Failure)> {
        self.quarantine.remaining(now)
    }

    /// Forgets the last reported quarantine state: another version of the collector has reported since.
    pub(super) fn forget_reported(&mut self) {
        self.reported = None;
    }

    /// Ends a run. The next request whose scrape still waits is started, unless the collector may not
    /// run.
    pub(super) fn end(&mut self, now: Instant) -> After {
        self.run = Run::None;
        if self.waiting.is_empty() {
            return After::default();
        }
        self.waiting.retain(|request| request.deadline > now);
        if let Some(failure) = self.rejection(now) {
            let waiting = std::mem::take(&mut self.waiting);
            return After {
                next: None,
                rejected: Some((waiting, failure)),
            };
        }
        let next = self.waiting.pop_front();
        if next.is_some() {
            self.run = Run::Submitted;
        }
        After {
            next,
            rejected: None,
        }
    }
}

#[cfg(test)]
mod tests;
