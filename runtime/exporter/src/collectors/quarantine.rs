//! Quarantine: a collector that fails repeatedly is suspended for longer and longer pauses.
//!
//! A pure state machine: the caller passes in the time. After some consecutive failures the collector is
//! suspended for a pause. After the pause one run is a probe: a failure doubles the pause, a successful run
//! ends the quarantine. A quarantine that begins soon after the last one continues with its pause, so that
//! an occasional success gains nothing.

use std::time::{Duration, Instant};

use firepit_sandbox::failure::Failure;
use firepit_sandbox::limits::BackOff;

/// Replaces a pause that exceeds the range of the clock.
const A_DAY: Duration = Duration::from_secs(86_400);

/// Failures of a collector, and whether it is suspended for them.
#[derive(Debug)]
pub(super) struct Quarantine {
    terms: BackOff,
    /// Failures since the last successful run.
    failures: u32,
    out: Option<Out>,
    /// The last pause of the previous quarantine, and when that ended.
    before: Option<(Duration, Instant)>,
}

#[derive(Debug)]
struct Out {
    pause: Duration,
    until: Instant,
    /// The failure of the last run.
    failure: Failure,
}

/// A change to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// The quarantine begins, with this first pause.
    Begins(Duration),
    /// A successful run ended it.
    Ends,
}

impl Quarantine {
    pub(super) fn new(terms: BackOff) -> Self {
        Self {
            terms,
            failures: 0,
            out: None,
            before: None,
        }
    }

    /// Whether the collector may run: it is not suspended, or its pause is over.
    pub(super) fn admits(&self, now: Instant) -> bool {
        self.out.as_ref().is_none_or(|out| now >= out.until)
    }

    /// Whether it is in quarantine, even if the pause is over.
    pub(super) fn is_on(&self) -> bool {
        self.out.is_some()
    }

    /// The remaining pause, and the failure of the last run.
    pub(super) fn remaining(&self, now: Instant) -> Option<(Duration, Failure)> {
        let out = self.out.as_ref()?;
        let left = out.until.saturating_duration_since(now);
        Some((left, out.failure.clone()))
    }

    /// Records a failure that counts.
    pub(super) fn failed(&mut self, failure: &Failure, now: Instant) -> Option<Change> {
        self.failures = self.failures.saturating_add(1);
        let (pause, begins) = match &self.out {
            Some(out) => (self.doubled(out.pause), false),
            None if self.terms.after == 0 || self.failures < self.terms.after => return None,
            None => (self.first_pause(now), true),
        };
        self.out = Some(Out {
            pause,
            until: now.checked_add(pause).unwrap_or(now + A_DAY),
            failure: failure.clone(),
        });
        begins.then_some(Change::Begins(pause))
    }

    /// Records a successful run.
    pub(super) fn succeeded(&mut self, now: Instant) -> Option<Change> {
        self.failures = 0;
        let out = self.out.take()?;
        self.before = Some((out.pause, now));
        Some(Change::Ends)
    }

    /// The first pause of a quarantine: longer if the last one ended recently.
    fn first_pause(&self, now: Instant) -> Duration {
        match self.before {
            Some((pause, ended)) if now.saturating_duration_since(ended) < self.longest() => {
                self.doubled(pause)
            }
            _ => self.terms.pause,
        }
    }

    fn doubled(&self, pause: Duration) -> Duration {
        pause.saturating_mul(2).min(self.longest())
    }

    fn longest(&self) -> Duration {
        self.terms.longest.max(self.terms.pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    const TERMS: BackOff = BackOff {
        after: 3,
        pause: Duration::from_secs(10),
        longest: Duration::from_secs(60),
    };

    /// A collector that is suspended since `now`.
    fn out(now: Instant) -> Quarantine {
        let mut quarantine = Quarantine::new(TERMS);
        assert_eq!(quarantine.failed(&Failure::Stack, now), None);
        assert_eq!(quarantine.failed(&Failure::Stack, now), None);
        assert!(quarantine.admits(now) && !quarantine.is_on());
        let begins = quarantine.failed(&Failure::OutOfFuel, now);
        assert_eq!(begins, Some(Change::Begins(TERMS.pause)));
        quarantine
    }

    /// The length of the pause, if a probe fails as soon as it may run.
    fn pause(quarantine: &mut Quarantine, now: &mut Instant) -> u64 {
        let mut seconds = 0;
        while !quarantine.admits(*now) {
            *now += SECOND;
            seconds += 1;
        }
        assert_eq!(quarantine.failed(&Failure::Deadline, *now), None);
        seconds
    }

    #[test]
    fn consecutive_failures_start_quarantine() {
        let now = Instant::now();
        let quarantine = out(now);
        assert!(quarantine.is_on() && !quarantine.admits(now));
        assert!(!quarantine.admits(now + TERMS.pause - SECOND));
        assert!(quarantine.admits(now + TERMS.pause));
        let remaining = quarantine.remaining(now + SECOND);
        assert_eq!(remaining, Some((SECOND * 9, Failure::OutOfFuel)));
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut now = Instant::now();
        let mut quarantine = out(now);
        let pauses = [(); 6].map(|()| pause(&mut quarantine, &mut now));
        assert_eq!(pauses, [10, 20, 40, 60, 60, 60]);
    }

    #[test]
    fn successful_run_ends_quarantine() {
        let mut now = Instant::now();
        let mut quarantine = out(now);
        pause(&mut quarantine, &mut now);
        assert_eq!(quarantine.succeeded(now), Some(Change::Ends));
        assert!(quarantine.admits(now) && !quarantine.is_on());
        assert_eq!(quarantine.remaining(now), None);
        assert_eq!(quarantine.succeeded(now), None);
        // A new quarantine takes as many failures as before.
        assert_eq!(quarantine.failed(&Failure::Stack, now), None);
        assert_eq!(quarantine.failed(&Failure::Stack, now), None);
    }

    #[test]
    fn successful_run_between_failures_prevents_quarantine() {
        let now = Instant::now();
        let mut quarantine = Quarantine::new(TERMS);
        for _ in 0..100 {
            quarantine.failed(&Failure::Stack, now);
            quarantine.failed(&Failure::Stack, now);
            quarantine.succeeded(now);
        }
        assert!(!quarantine.is_on());
    }

    #[test]
    fn early_relapse_continues_with_longer_pauses() {
        let now = Instant::now();
        let mut quarantine = out(now);
        let again = |quarantine: &mut Quarantine, now| {
            quarantine.succeeded(now);
            let mut change = None;
            for _ in 0..TERMS.after {
                change = quarantine.failed(&Failure::Stack, now);
            }
            change
        };
        for seconds in [20, 40, 60, 60] {
            let begins = Some(Change::Begins(SECOND * seconds));
            assert_eq!(again(&mut quarantine, now), begins);
        }
        // Long after its end, the pauses begin anew.
        quarantine.succeeded(now);
        let later = now + TERMS.longest;
        let begins = Some(Change::Begins(TERMS.pause));
        assert_eq!(again(&mut quarantine, later), begins);
    }

    #[test]
    fn can_be_disabled() {
        let now = Instant::now();
        let mut quarantine = Quarantine::new(BackOff { after: 0, ..TERMS });
        for _ in 0..100 {
            assert_eq!(quarantine.failed(&Failure::Stack, now), None);
        }
        assert!(quarantine.admits(now) && !quarantine.is_on());
    }

    #[test]
    fn extreme_settings_do_not_overflow() {
        let now = Instant::now();
        let terms = BackOff {
            after: 1,
            pause: Duration::MAX,
            longest: SECOND,
        };
        let mut quarantine = Quarantine::new(terms);
        for _ in 0..3 {
            quarantine.failed(&Failure::Stack, now);
            assert!(!quarantine.admits(now));
        }
    }
}
