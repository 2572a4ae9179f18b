//! Debouncing: scan shortly after the last change, but not long after the first.

use std::time::{Duration, Instant};

/// How long no event may come before a scan. Writers do several things in a row.
const QUIET: Duration = Duration::from_millis(100);

/// Maximum delay of a scan, for directories that change all the time.
const MAX_DELAY: Duration = Duration::from_secs(1);

/// Collects events until a scan is due.
#[derive(Debug, Default)]
pub(crate) struct Debounce {
    pending: Option<Span>,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    first: Instant,
    last: Instant,
}

impl Debounce {
    /// Records an event.
    pub(crate) fn note(&mut self, now: Instant) {
        let first = self.pending.map_or(now, |span| span.first);
        self.pending = Some(Span { first, last: now });
    }

    /// When to scan, if there was an event since the last scan.
    pub(crate) fn due(&self) -> Option<Instant> {
        let span = self.pending?;
        Some((span.last + QUIET).min(span.first + MAX_DELAY))
    }

    /// Whether to scan now. If so, the events so far count as handled. Call it before the scan: events
    /// during the scan then lead to the next one.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let due = self.due().is_some_and(|due| due <= now);
        if due {
            self.pending = None;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn nothing_is_due_before_the_first_event() {
        let mut debounce = Debounce::default();
        assert_eq!(debounce.due(), None);
        assert!(!debounce.take(Instant::now()));
    }

    #[test]
    fn burst_causes_one_scan_after_its_end() {
        let start = Instant::now();
        let mut debounce = Debounce::default();
        for at in [0, 20, 99, 150] {
            debounce.note(start + ms(at));
        }
        assert_eq!(debounce.due(), Some(start + ms(250)));
        assert!(!debounce.take(start + ms(249)));
        assert!(debounce.take(start + ms(250)));
        assert!(!debounce.take(start + ms(251)), "it is served");
        assert_eq!(debounce.due(), None);
    }

    #[test]
    fn continuous_changes_cause_a_scan_every_second() {
        let start = Instant::now();
        let mut debounce = Debounce::default();
        let mut looks = Vec::new();
        for at in (0..3_500).step_by(50) {
            if debounce.take(start + ms(at)) {
                looks.push(at);
            }
            debounce.note(start + ms(at));
        }
        assert_eq!(looks, [1_000, 2_000, 3_000]);
        assert_eq!(debounce.due(), Some(start + ms(3_550)));
    }

    #[test]
    fn events_at_the_same_instant_are_combined() {
        let start = Instant::now();
        let mut debounce = Debounce::default();
        debounce.note(start);
        debounce.note(start);
        assert_eq!(debounce.due(), Some(start + QUIET));
    }
}
