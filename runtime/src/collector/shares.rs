//! What one collector may cost the others: its share of a scrape's time, and whether it runs at
//! all while it fails or has used up its CPU time.

use std::time::{Duration, Instant};

use super::quarantine::Change;
use super::turn::{News, Verdict};
use super::{Collected, Collector, Request};
use crate::crew::Crew;
use crate::failure::Failure;
use crate::instance::Instance;
use crate::load::Source;

/// A run that had less time than this says nothing about the collector: a scraper that asks for
/// next to no time must not bring it into quarantine.
const SHORTEST: Duration = Duration::from_millis(200);

/// How long after the end of a share a page is held back for the answer that is due then.
const GRACE: Duration = Duration::from_millis(50);

/// The time of one scrape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    /// When it began.
    pub(crate) began: Instant,
    /// When the page is made of what there is.
    pub(crate) deadline: Instant,
    /// Whether the request said how long it waits.
    pub(crate) is_stated: bool,
}

impl Timing {
    /// Until when the page is held back for a collector whose share ends then.
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
    /// Whether it was the request's deadline, and not the collector's own.
    pub(super) is_of_request: bool,
}

impl Collector {
    /// Whether somebody else wrote it.
    pub(crate) fn is_stranger(&self) -> bool {
        matches!(self.module.source, Source::File(_))
    }

    /// When its share of a scrape ends.
    pub(crate) fn end_of_share(&self, timing: &Timing) -> Instant {
        let limits = &self.setup.limits;
        let allowed = timing.deadline.saturating_duration_since(timing.began);
        let mut share = limits
            .scrape_share
            .map_or(allowed, |share| share.of(allowed));
        if !timing.is_stated {
            share = share.min(limits.scrape_timeout.unwrap_or(allowed));
        }
        timing.began + share.min(allowed)
    }

    /// How long it is left out yet, and how its last run failed, where it is in quarantine.
    #[must_use]
    pub fn quarantined(&self) -> Option<(Duration, Failure)> {
        self.turn().quarantined(Instant::now())
    }

    /// Answers a request for which the collector does not run. Makes no page on this thread, which
    /// may be the one that all clients live on.
    pub(super) fn turn_away(&self, request: Request, failure: &Failure, crew: &Crew) {
        crew.counters.failed(&self.name, failure);
        match failure {
            // The log has a line for its beginning and its end.
            Failure::Quarantined => crew.counters.quarantined(&self.name, true),
            failure => self.states.ended(&self.name, &Err(failure.clone())),
        }
        let collected = Collected::missing(&self.name, Duration::ZERO);
        let Request { gather, index, .. } = request;
        if gather.put(index, collected) {
            crew.workers.submit(move || gather.finish());
        }
    }

    /// Notes how a run ended and what it used, and keeps its instance.
    pub(super) fn account(
        &self,
        instance: Option<Instance>,
        result: &Result<(), Failure>,
        cpu: Duration,
        span: Span,
        crew: &Crew,
    ) {
        let now = Instant::now();
        let mut turn = self.turn();
        if let Some(instance) = instance {
            turn.keep(instance);
        }
        turn.spend(cpu, now);
        let (verdict, is_proof) = self.verdict(result, span, turn.good());
        let news = turn.judge(verdict, now);
        drop(turn);
        self.tell(news, result, crew);
        if let Some(probation) = self.setup.probation.as_ref().filter(|_| is_proof) {
            probation.ended(result);
        }
    }

    /// What the end of a run says about the collector, and whether it says so too of a new version
    /// that has to prove itself.
    ///
    /// At the end of its share a stranger has had what it may have. Where the scraper is in a hurry
    /// that is little: the run does not count if it had next to no time, or less than the last
    /// good run took. Nor does it for a collector without a share. Of a new version it says something
    /// only where that had half of the time that it has in an unhurried scrape.
    fn verdict(&self, result: &Result<(), Failure>, span: Span, good: Duration) -> (Verdict, bool) {
        let failure = match result {
            Err(failure) if failure.spoils_instance() => failure,
            _ => return (Verdict::Good(span.began.elapsed()), true),
        };
        let bad = Verdict::Bad(failure.clone());
        if !span.is_of_request || *failure != Failure::Deadline {
            return (bad, true);
        }
        let limits = &self.setup.limits;
        let had = span.deadline.saturating_duration_since(span.began);
        let unhurried = (limits.scrape_timeout).is_some_and(|timeout| had >= timeout / 2);
        let counts = limits.scrape_share.is_some() && had >= SHORTEST && had >= good;
        match unhurried || counts {
            true => (bad, unhurried),
            false => (Verdict::Excused, false),
        }
    }

    /// Tells what changed with a run.
    fn tell(&self, news: News, result: &Result<(), Failure>, crew: &Crew) {
        if let Some(is_on) = news.quarantined {
            crew.counters.quarantined(&self.name, is_on);
        }
        let collector = &*self.name;
        match (news.change, result) {
            (Some(Change::Begins(pause)), Err(failure)) => {
                let (reason, after) = (failure.reason(), self.setup.limits.back_off.after);
                let pause = format!("{pause:?}");
                tracing::warn!(
                    collector,
                    reason,
                    err = %failure,
                    failures = after,
                    pause,
                    "collector quarantined after failures in a row; it is tried again after a \
                     pause, which doubles with each further failure"
                );
            }
            (Some(Change::Ends), _) => {
                tracing::info!(collector, "quarantine of the collector ended by a good run");
            }
            _ => {}
        }
    }
}
