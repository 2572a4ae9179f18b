//! Token buckets: one for all clients, and one for each client. Pure.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use super::web_config::schema::Rate;

/// Maximum number of clients with a bucket that is not full.
const MAX_CLIENTS: usize = 4_096;

/// A token bucket, kept as the time at which it will be full again.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    full_at: Instant,
}

impl Bucket {
    fn full(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Takes a token if there is one.
    fn take(&mut self, rate: Rate, now: Instant) -> bool {
        if rate.burst == 0 {
            return false;
        }
        let full_at = self.full_at.max(now);
        let missing = full_at.saturating_duration_since(now);
        // One token less than all may be missing, otherwise there is none.
        let others = u32::try_from(rate.burst - 1).unwrap_or(u32::MAX);
        if missing > rate.interval.saturating_mul(others) {
            return false;
        }
        match full_at.checked_add(rate.interval) {
            Some(full_at) => {
                self.full_at = full_at;
                true
            }
            // Beyond the clock's range: as good as never.
            None => false,
        }
    }
}

/// The limit that all clients share, as in the toolkit.
#[derive(Debug)]
pub(super) struct Limiter {
    rate: Rate,
    bucket: Option<Bucket>,
}

impl Limiter {
    /// A limiter with a full bucket. An interval of zero sets no limit.
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, bucket: None }
    }

    /// Whether a request may pass.
    pub(super) fn admits(&mut self, now: Instant) -> bool {
        if self.rate.interval == Duration::ZERO {
            return true;
        }
        let bucket = self.bucket.get_or_insert_with(|| Bucket::full(now));
        bucket.take(self.rate, now)
    }
}

/// A limit for each client.
#[derive(Debug)]
pub(super) struct ClientLimiter<A> {
    rate: Rate,
    /// Buckets that are not full.
    buckets: HashMap<A, Bucket>,
}

impl<A: Copy + Eq + Hash> ClientLimiter<A> {
    /// A limiter with full buckets. An interval of zero sets no limit.
    pub(super) fn new(rate: Rate) -> Self {
        let buckets = HashMap::new();
        Self { rate, buckets }
    }

    /// Whether a request of a client may pass.
    pub(super) fn admits(&mut self, client: A, now: Instant) -> bool {
        if self.rate.interval == Duration::ZERO {
            return true;
        }
        if self.buckets.len() >= MAX_CLIENTS && !self.buckets.contains_key(&client) {
            self.forget(now);
        }
        let bucket = self.buckets.entry(client);
        bucket
            .or_insert_with(|| Bucket::full(now))
            .take(self.rate, now)
    }

    /// Drops the buckets that are full again, or all if none is: a limit for clients that an attacker can
    /// make up by the thousand holds no memory.
    fn forget(&mut self, now: Instant) {
        self.buckets.retain(|_, bucket| bucket.full_at > now);
        if self.buckets.len() >= MAX_CLIENTS {
            self.buckets.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn rate(interval: Duration, burst: u64) -> Rate {
        Rate { interval, burst }
    }

    /// How many of ten requests at once pass, and how many of ten a while later.
    fn passing(rate: Rate, later: Duration) -> [usize; 2] {
        let mut limiter = Limiter::new(rate);
        let start = Instant::now();
        [start, start + later].map(|now| (0..10).filter(|_| limiter.admits(now)).count())
    }

    #[test]
    fn the_bucket_is_that_of_the_toolkit() {
        for (interval, burst, expected) in [
            (Duration::ZERO, 0, [10, 10]),
            (Duration::ZERO, 5, [10, 10]),
            (SECOND, 0, [0, 0]),
            (SECOND, 1, [1, 1]),
            (SECOND, 3, [3, 2]),
            (SECOND / 2, 3, [3, 3]),
            (SECOND, 100, [10, 10]),
            (Duration::MAX, 3, [0, 0]),
            (SECOND, u64::MAX, [10, 10]),
        ] {
            let found = passing(rate(interval, burst), 2 * SECOND);
            assert_eq!(found, expected, "{interval:?} {burst}");
        }
    }

    #[test]
    fn clients_do_not_share_a_bucket() {
        let mut limiter = ClientLimiter::new(rate(SECOND, 1));
        let now = Instant::now();
        assert!(limiter.admits(1, now));
        assert!(!limiter.admits(1, now));
        assert!(limiter.admits(2, now));
        assert!(limiter.admits(1, now + SECOND));
    }

    #[test]
    fn invented_clients_hold_no_memory() {
        let mut limiter = ClientLimiter::new(rate(SECOND, 1));
        let now = Instant::now();
        for client in 0..10 * MAX_CLIENTS {
            assert!(limiter.admits(client, now));
            assert!(limiter.buckets.len() <= MAX_CLIENTS);
        }
    }
}
