//! Quarantine: a collector that fails again and again is left out for longer and longer.
//!
//! A pure state machine: whoever asks brings the time. After some failures in a row the collector
//! is out for a pause. After the pause one run is a probe: a failure doubles the pause, a good run
//! ends the quarantine. Who is back in it soon after its end goes on with the pause where it was,
//! so that a good run now and then buys nothing.

use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::limits::BackOff;

/// What a pause is that no clock can tell.
const A_DAY: Duration = Duration::from_secs(86_400);

/// How often a collector failed, and whether it is left out for that.
#[derive(Debug)]
pub(super) struct Quarantine {
    terms: BackOff,
    /// Failures since the last good run.
    failures: u32,
    out: Option<Out>,
    /// The pause that the last quarantine had come to, and when it ended.
    before: Option<(Duration, Instant)>,
}

#[derive(Debug)]
struct Out {
    pause: Duration,
    until: Instant,
    /// How the last run failed.
    failure: Failure,
}

/// What is worth a line in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// The quarantine begins, with a first pause.
    Begins(Duration),
    /// A good run ended it.
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

    /// Whether the collector may run: it is not out, or its pause is over.
    pub(super) fn admits(&self, now: Instant) -> bool {
        self.out.as_ref().is_none_or(|out| now >= out.until)
    }

    /// Whether it is out, a pause that is over included.
    pub(super) fn is_on(&self) -> bool {
        self.out.is_some()
    }

    /// How long it is left out yet, and how its last run failed.
    pub(super) fn told(&self, now: Instant) -> Option<(Duration, Failure)> {
        let out = self.out.as_ref()?;
        let left = out.until.saturating_duration_since(now);
        Some((left, out.failure.clone()))
    }

    /// A run failed in a way that counts.
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

    /// A run went well.
    pub(super) fn went_well(&mut self, now: Instant) -> Option<Change> {
        self.failures = 0;
        let out = self.out.take()?;
        self.before = Some((out.pause, now));
        Some(Change::Ends)
    }

    /// The pause that a quarantine begins with: longer where the last one ended a moment ago.
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

    /// One that is out since `now`.
    fn out(now: Instant) -> Quarantine {
        let mut quarantine = Quarantine::new(TERMS);
        assert_eq!(quarantine.failed(&Failure::Stack, now), None);
        assert_eq!(quarantine.failed(&Failure::Stack, now), None);
        assert!(quarantine.admits(now) && !quarantine.is_on());
        let begins = quarantine.failed(&Failure::OutOfFuel, now);
        assert_eq!(begins, Some(Change::Begins(TERMS.pause)));
        quarantine
    }

    /// How long it is left out, where a probe fails as soon as it may run.
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
    fn failures_in_a_row_take_it_out_for_a_pause() {
        let now = Instant::now();
        let quarantine = out(now);
        assert!(quarantine.is_on() && !quarantine.admits(now));
        assert!(!quarantine.admits(now + TERMS.pause - SECOND));
        assert!(quarantine.admits(now + TERMS.pause));
        let told = quarantine.told(now + SECOND);
        assert_eq!(told, Some((SECOND * 9, Failure::OutOfFuel)));
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut now = Instant::now();
        let mut quarantine = out(now);
        let pauses = [(); 6].map(|()| pause(&mut quarantine, &mut now));
        assert_eq!(pauses, [10, 20, 40, 60, 60, 60]);
    }

    #[test]
    fn one_good_run_ends_it() {
        let mut now = Instant::now();
        let mut quarantine = out(now);
        pause(&mut quarantine, &mut now);
        assert_eq!(quarantine.went_well(now), Some(Change::Ends));
        assert!(quarantine.admits(now) && !quarantine.is_on());
        assert_eq!(quarantine.told(now), None);
        assert_eq!(quarantine.went_well(now), None);
        // It takes as many failures as before to come back.
        assert_eq!(quarantine.failed(&Failure::Stack, now), None);
        assert_eq!(quarantine.failed(&Failure::Stack, now), None);
    }

    #[test]
    fn a_good_run_between_failures_keeps_it_in() {
        let now = Instant::now();
        let mut quarantine = Quarantine::new(TERMS);
        for _ in 0..100 {
            quarantine.failed(&Failure::Stack, now);
            quarantine.failed(&Failure::Stack, now);
            quarantine.went_well(now);
        }
        assert!(!quarantine.is_on());
    }

    #[test]
    fn who_is_back_soon_goes_on_with_longer_pauses() {
        let now = Instant::now();
        let mut quarantine = out(now);
        let again = |quarantine: &mut Quarantine, now| {
            quarantine.went_well(now);
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
        // Long after the end it begins anew.
        quarantine.went_well(now);
        let later = now + TERMS.longest;
        let begins = Some(Change::Begins(TERMS.pause));
        assert_eq!(again(&mut quarantine, later), begins);
    }

    #[test]
    fn it_can_be_switched_off() {
        let now = Instant::now();
        let mut quarantine = Quarantine::new(BackOff { after: 0, ..TERMS });
        for _ in 0..100 {
            assert_eq!(quarantine.failed(&Failure::Stack, now), None);
        }
        assert!(quarantine.admits(now) && !quarantine.is_on());
    }

    #[test]
    fn odd_terms_do_no_harm() {
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
