//! Whose turn it is: a collector runs once at a time, and others wait. Beside that, whether it may
//! run at all: it may be in quarantine, or have used up its CPU time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Request;
use super::budget::Budget;
use super::quarantine::{Change, Quarantine};
use crate::failure::Failure;
use crate::instance::Instance;
use crate::limits::Limits;

/// How long after its deadline a run may still take before it counts as stuck.
const GRACE: Duration = Duration::from_millis(100);

/// The standing instance, the run in progress, who waits, and what speaks against another run.
#[derive(Debug)]
pub(super) struct Turn {
    instance: Option<Instance>,
    /// Whether no instance is kept.
    resting: bool,
    run: Run,
    waiting: VecDeque<Request>,
    quarantine: Quarantine,
    budget: Option<Budget>,
    /// How long the last good run took.
    good: Duration,
    /// What was last told of being in quarantine.
    told: Option<bool>,
}

#[derive(Debug, Default, Clone, Copy)]
enum Run {
    #[default]
    None,
    /// Waits for a worker.
    Submitted,
    /// Has to be over by then.
    Until(Instant),
}

/// What is to be done with a request that arrived.
#[derive(Debug)]
pub(super) enum Next {
    Run(Request),
    Wait,
    /// The collector does not run for it.
    TurnAway(Request, Failure),
}

/// What a run that is over means for those to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It went well, and took so long.
    Good(Duration),
    /// It failed, by its own fault.
    Bad(Failure),
    /// It failed, and that says nothing about the collector.
    Excused,
}

/// What is to be told after a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct News {
    /// Whether a quarantine began or ended.
    pub(super) change: Option<Change>,
    /// Whether it is in quarantine, where that is another answer than the last one.
    pub(super) quarantined: Option<bool>,
}

/// Who is next, and who is not to be kept waiting.
#[derive(Debug, Default)]
pub(super) struct After {
    pub(super) next: Option<Request>,
    /// They are turned away for this reason.
    pub(super) turned_away: Option<(VecDeque<Request>, Failure)>,
}

impl Turn {
    pub(super) fn new(limits: &Limits, now: Instant) -> Self {
        Self {
            instance: None,
            resting: false,
            run: Run::None,
            waiting: VecDeque::new(),
            quarantine: Quarantine::new(limits.back_off),
            budget: Budget::new(limits.cpu_per_minute, now),
            good: Duration::ZERO,
            told: None,
        }
    }

    pub(super) fn arrive(&mut self, request: Request, now: Instant) -> Next {
        match self.run {
            Run::None => {
                if let Some(failure) = self.obstacle(now) {
                    return Next::TurnAway(request, failure);
                }
                self.run = Run::Submitted;
                Next::Run(request)
            }
            Run::Until(deadline) if now > deadline + GRACE => {
                Next::TurnAway(request, Failure::Busy)
            }
            Run::Submitted | Run::Until(_) => {
                self.waiting.push_back(request);
                Next::Wait
            }
        }
    }

    /// What speaks against a run.
    fn obstacle(&mut self, now: Instant) -> Option<Failure> {
        if !self.quarantine.admits(now) {
            return Some(Failure::Quarantined);
        }
        let budget = self.budget.as_mut()?;
        (!budget.admits(now)).then_some(Failure::CpuBudget { cut: false })
    }

    /// A run begins: takes the instance, if there is one, and tells what CPU time there is.
    pub(super) fn begin(
        &mut self,
        now: Instant,
        deadline: Instant,
    ) -> (Option<Instance>, Option<Duration>) {
        self.run = Run::Until(deadline);
        (self.instance.take(), self.cpu_left(now))
    }

    /// CPU time that there is for a run, where that is bounded.
    pub(super) fn cpu_left(&mut self, now: Instant) -> Option<Duration> {
        self.budget.as_mut().map(|budget| budget.left(now))
    }

    /// Work for the collector took so much CPU time.
    pub(super) fn spend(&mut self, cpu: Duration, now: Instant) {
        if let Some(budget) = &mut self.budget {
            budget.spend(cpu, now);
        }
    }

    /// Keeps an instance for the next run.
    pub(super) fn keep(&mut self, instance: Instance) {
        self.instance = (!self.resting).then_some(instance);
    }

    /// Notes how a run ended.
    pub(super) fn judge(&mut self, verdict: Verdict, now: Instant) -> News {
        let change = match verdict {
            Verdict::Good(took) => {
                self.good = took;
                self.quarantine.went_well(now)
            }
            Verdict::Bad(failure) => self.quarantine.failed(&failure, now),
            Verdict::Excused => None,
        };
        let is_on = self.quarantine.is_on();
        let quarantined = (self.told.replace(is_on) != Some(is_on)).then_some(is_on);
        News {
            change,
            quarantined,
        }
    }

    /// How long the last good run took.
    pub(super) fn good(&self) -> Duration {
        self.good
    }

    /// How long it is left out yet, and how its last run failed, where it is in quarantine.
    pub(super) fn quarantined(&self, now: Instant) -> Option<(Duration, Failure)> {
        self.quarantine.told(now)
    }

    /// Keeps no instance from now on, and gives out the one that there is.
    pub(super) fn rest(&mut self) -> Option<Instance> {
        self.resting = true;
        self.instance.take()
    }

    /// Keeps instances again.
    pub(super) fn wake(&mut self) {
        self.resting = false;
        // Another version of the collector told of itself meanwhile.
        self.told = None;
    }

    /// A run is over. Of the requests that somebody still waits for one is next, unless the
    /// collector may not run.
    pub(super) fn end(&mut self, now: Instant) -> After {
        self.run = Run::None;
        if self.waiting.is_empty() {
            return After::default();
        }
        self.waiting.retain(|request| request.deadline > now);
        if let Some(failure) = self.obstacle(now) {
            let waiting = std::mem::take(&mut self.waiting);
            return After {
                next: None,
                turned_away: Some((waiting, failure)),
            };
        }
        let next = self.waiting.pop_front();
        if next.is_some() {
            self.run = Run::Submitted;
        }
        After {
            next,
            turned_away: None,
        }
    }
}

#[cfg(test)]
mod tests;
