//! Responses that are being built or written: their limit, and which clients are evicted for others.

use std::sync::MutexGuard;
use std::time::{Duration, Instant};

use super::{Connection, Inner, Reason, State, Table};

/// When to check again for responses that are being built.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Result of requesting a slot.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::web) enum Admission {
    /// The response may be built, and counts from now on.
    Taken,
    /// There are too many, but at this time a client that does not read its response can be evicted.
    Later(Instant, TooMany),
    /// There are too many, and all of them are being built.
    Never(TooMany),
}

/// Why a response is rejected, with the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum TooMany {
    /// Of all clients.
    Together(usize),
    /// Of one address.
    OfAddress(usize),
}

impl Table {
    /// Maximum concurrent responses of one address: an eighth less than all, so that a client that
    /// always requests leaves some to the others.
    fn most_pages_of_address(&self) -> usize {
        match self.most_pages {
            few @ 0..4 => few,
            many => many - many.div_ceil(8),
        }
    }

    /// Requests a slot for a connection. If there are too many, the client that has not read its
    /// response for the longest time is evicted.
    pub(in crate::web) fn try_page(&self, id: u64, now: Instant) -> Admission {
        let mut inner = self.lock();
        let Some(peer) = inner.connections.get(&id).map(|own| own.peer) else {
            return Admission::Never(TooMany::Together(self.most_pages));
        };
        let own = |connection: &&Connection| connection.peer == peer;
        let of_address: usize = inner
            .connections
            .values()
            .filter(own)
            .map(|connection| connection.pages)
            .sum();
        let address_is_full = of_address >= self.most_pages_of_address();
        if !address_is_full && inner.pages < self.most_pages {
            inner.take_page(id);
            return Admission::Taken;
        }
        // A client that did not read its last response takes no slot from others.
        let of_any = !address_is_full && !inner.is_slow(peer, now);
        let slowest = inner
            .slowest_reader(|connection| of_any || own(&connection))
            .map(|(id, since)| (id, since + self.limits.reader_grace));
        let too_many = if address_is_full && of_address < self.most_pages {
            TooMany::OfAddress(self.most_pages_of_address())
        } else {
            TooMany::Together(self.most_pages)
        };
        match slowest {
            None => Admission::Never(too_many),
            Some((_, time)) if time > now => Admission::Later(time, too_many),
            Some((slowest, _)) => {
                inner.take_page(id);
                self.evict_reader(inner, slowest, now);
                Admission::Taken
            }
        }
    }

    /// Frees memory for a connection's response: evicts the client that has not read its response for
    /// the longest time; one of the same address if that recently did not read a response. Returns when
    /// to check again at the latest; `None` if there is nothing to wait for.
    pub(in crate::web) fn free_memory(
        &self,
        id: u64,
        now: Instant,
        give_up: Instant,
    ) -> Option<Instant> {
        let inner = self.lock();
        let own = inner.connections.get(&id)?;
        let (peer, pages) = (own.peer, own.pages);
        let of_any = !inner.is_slow(peer, now);
        let slowest = inner.slowest_reader(|connection| of_any || connection.peer == peer);
        let Some((slowest, since)) = slowest else {
            // Those that are being built will be written.
            return (of_any && inner.pages > pages).then(|| now + LOOK_AGAIN);
        };
        let time = since + self.limits.reader_grace;
        if time > now {
            return Some(time);
        }
        self.evict_reader(inner, slowest, now);
        Some(give_up)
    }

    fn evict_reader(&self, mut inner: MutexGuard<'_, Inner>, id: u64, now: Instant) {
        let gone = inner.remove(id);
        if let Some(gone) = &gone {
            inner.remember_slow(gone.peer, now);
        }
        self.counters.connections(inner.connections.len());
        drop(inner);
        if let Some(task) = gone.and_then(|connection| connection.task) {
            task.abort();
        }
        self.evicted(Reason::SlowReader, now);
    }

    pub(super) fn release_page(&self, id: u64) {
        let mut inner = self.lock();
        if let Some(connection) = inner.connections.get_mut(&id)
            && connection.pages > 0
        {
            connection.pages -= 1;
            inner.pages -= 1;
        }
        drop(inner);
        self.freed.notify_waiters();
    }
}

impl Inner {
    /// The matching connection whose response has been written for the longest time, and since when.
    fn slowest_reader(&self, which: impl Fn(&Connection) -> bool) -> Option<(u64, Instant)> {
        self.connections
            .iter()
            .filter(|(_, connection)| connection.state == State::Writing && connection.pages > 0)
            .filter(|(_, connection)| which(connection))
            .min_by_key(|(_, connection)| connection.since)
            .map(|(id, connection)| (*id, connection.since))
    }

    fn take_page(&mut self, id: u64) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.pages += 1;
            self.pages += 1;
        }
    }
}
