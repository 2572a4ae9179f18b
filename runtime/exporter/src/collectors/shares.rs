//! What one collector may cost the others: its share of a scrape's time, and whether it runs at all while
//! it fails or has exhausted its CPU budget.

use std::time::{Duration, Instant};

use super::quarantine::Change;
use super::run_queue::{News, Verdict};
use super::{Collector, CollectorResult, Request};
use crate::executor::Executor;
use firepit_sandbox::failure::Failure;
use firepit_sandbox::module::Source;

/// A run that had less time than this says nothing about the collector: a scraper with a tiny timeout must
/// not put it into quarantine.
const MIN_TIME: Duration = Duration::from_millis(200);

/// How long after the end of a share a response waits for the result that is due then.
const GRACE: Duration = Duration::from_millis(50);

/// The time of one scrape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    /// When it began.
    pub(crate) began: Instant,
    /// When the response is built from the available results.
    pub(crate) deadline: Instant,
    /// Whether the request stated its timeout.
    pub(crate) is_stated: bool,
}

impl Timing {
    /// Until when the response waits for a collector whose share ends at this time.
    pub(crate) fn due(&self, end_of_share: Instant) -> Instant {
        end_of_share
            .checked_add(GRACE)
            .map_or(self.deadline, |due| due.min(self.deadline))
    }
}

/// The time that one run had.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) began: Instant,
    pub(super) deadline: Instant,
    /// Whether it was the request's deadline, rather than the collector's own.
    pub(super) is_of_request: bool,
}

impl Collector {
    /// Whether it comes from a third-party module.
    pub(crate) fn is_third_party(&self) -> bool {
        matches!(self.module.source, Source::File(_))
    }

    /// When its share of a scrape ends.
    pub(crate) fn end_of_share(&self, timing: &Timing) -> Instant {
        let limits = self.limits();
        let allowed = timing.deadline.saturating_duration_since(timing.began);
        let mut share = limits
            .scrape_share
            .map_or(allowed, |share| share.of(allowed));
        if !timing.is_stated {
            share = share.min(limits.scrape_timeout.unwrap_or(allowed));
        }
        timing.began + share.min(allowed)
    }

    /// The remaining pause and the failure of the last run, if the collector is in quarantine.
    #[must_use]
    pub fn quarantined(&self) -> Option<(Duration, Failure)> {
        self.queue().quarantined(Instant::now())
    }

    /// Answers a request for which the collector does not run. Does not build the response on this
    /// thread, which may be the one that serves all clients.
    pub(super) fn reject(&self, request: Request, failure: &Failure, executor: &Executor) {
        executor.counters.failed(&self.name, failure);
        match failure {
            // The log has a line for its beginning and its end.
            Failure::Quarantined => executor.counters.quarantined(&self.name, true),
            failure => self.states.ended(&self.name, &Err(failure.clone())),
        }
        let collected = CollectorResult::missing(&self.name, Duration::ZERO);
        let Request {
            recipient, index, ..
        } = request;
        if recipient.put(index, collected) {
            executor.workers.submit(move || recipient.finish());
        }
    }

    /// Records the result of a run and the resources that it used.
    pub(super) fn account(
        &self,
        result: &Result<(), Failure>,
        cpu: Duration,
        span: Span,
        executor: &Executor,
    ) {
        let now = Instant::now();
        let mut queue = self.queue();
        queue.spend(cpu, now);
        let (verdict, is_proof) = self.verdict(result, span, queue.last_good_duration());
        let news = queue.judge(verdict, now);
        drop(queue);
        self.report(news, result, executor);
        if let Some(on_outcome) = self.on_outcome.as_ref().filter(|_| is_proof) {
            on_outcome.call(result);
        }
    }

    /// What the result of a run means for the collector, and whether it also counts for a new version
    /// on probation.
    ///
    /// At the end of its share a third-party collector has had the time that it may have. If the
    /// scraper's timeout is short, that is little: the run does not count if it had less than the
    /// minimum, or less than the last successful run took. Nor does it count for a collector without a
    /// share. It counts for a new version only if that had half of the time that it has in a scrape
    /// with the default timeout.
    fn verdict(
        &self,
        result: &Result<(), Failure>,
        span: Span,
        last_good_duration: Duration,
    ) -> (Verdict, bool) {
        let failure = match result {
            Err(failure) if failure.poisons_instance() => failure,
            _ => return (Verdict::Good(span.began.elapsed()), true),
        };
        let bad = Verdict::Bad(failure.clone());
        if !span.is_of_request || *failure != Failure::Deadline {
            return (bad, true);
        }
        let limits = self.limits();
        let had = span.deadline.saturating_duration_since(span.began);
        let unhurried = limits
            .scrape_timeout
            .is_some_and(|timeout| had >= timeout / 2);
        let counts = limits.scrape_share.is_some() && had >= MIN_TIME && had >= last_good_duration;
        if unhurried || counts {
            (bad, unhurried)
        } else {
            (Verdict::Excused, false)
        }
    }

    /// Reports the changes that a run caused.
    fn report(&self, news: News, result: &Result<(), Failure>, executor: &Executor) {
        if let Some(is_on) = news.quarantined {
            executor.counters.quarantined(&self.name, is_on);
        }
        let collector = &*self.name;
        match (news.change, result) {
            (Some(Change::Begins(pause)), Err(failure)) => {
                let (reason, after) = (failure.reason(), self.limits().back_off.after);
                let pause = format!("{pause:?}");
                tracing::warn!(
                    collector,
                    reason,
                    err = %failure,
                    failures = after,
                    pause,
                    "collector quarantined after consecutive failures; it is tried again after a \
                     pause, which doubles with each further failure"
                );
            }
            (Some(Change::Ends), _) => {
                tracing::info!(
                    collector,
                    "quarantine of the collector ended by a successful run"
                );
            }
            _ => {}
        }
    }
}
