//! Pages that are being made or written: how many there may be, and who gives way.

use std::sync::MutexGuard;
use std::time::{Duration, Instant};

use super::{Connection, Inner, Reason, State, Table};

/// When to look again at pages that are being made.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// What came of asking for a page.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::web) enum Turn {
    /// It may be made: it counts from now on.
    Taken,
    /// There are too many, but at this time a client that does not read its page can be evicted.
    Later(Instant, TooMany),
    /// There are too many, and all of them are being made.
    Never(TooMany),
}

/// Why a page is refused: so many are the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum TooMany {
    /// Of all clients.
    Together(usize),
    /// Of one address.
    OfAddress(usize),
}

impl Table {
    /// Pages that connections of one address may have at once: an eighth less than all, so that one
    /// client that always asks leaves some to the others.
    fn most_pages_of_address(&self) -> usize {
        match self.most_pages {
            few @ 0..4 => few,
            many => many - many.div_ceil(8),
        }
    }

    /// Asks for a page for a connection. Where there are too many, the client that has not taken
    /// its page for the longest time is evicted.
    pub(in crate::web) fn try_page(&self, id: u64, now: Instant) -> Turn {
        let mut inner = self.lock();
        let Some(address) = inner.connections.get(&id).map(|own| own.address) else {
            return Turn::Never(TooMany::Together(self.most_pages));
        };
        let own = |connection: &&Connection| connection.address == address;
        let of_address: usize = (inner.connections.values().filter(own))
            .map(|connection| connection.pages)
            .sum();
        let address_is_full = of_address >= self.most_pages_of_address();
        if !address_is_full && inner.pages < self.most_pages {
            inner.take_page(id);
            return Turn::Taken;
        }
        // Who did not read the last page takes none from others.
        let of_any = !address_is_full && !inner.is_slow(address, now);
        let slowest = inner
            .slowest_reader(|connection| of_any || own(&connection))
            .map(|(id, since)| (id, since + self.limits.reader_grace));
        let too_many = match address_is_full && of_address < self.most_pages {
            true => TooMany::OfAddress(self.most_pages_of_address()),
            false => TooMany::Together(self.most_pages),
        };
        match slowest {
            None => Turn::Never(too_many),
            Some((_, time)) if time > now => Turn::Later(time, too_many),
            Some((slowest, _)) => {
                inner.take_page(id);
                self.evict_reader(inner, slowest, now);
                Turn::Taken
            }
        }
    }

    /// Makes room for the memory of a connection's page: evicts the client that has not taken its
    /// page for the longest time; of its own address where that did not read a page lately. Returns
    /// when to look again at the latest; `None` where there is nothing to wait for.
    pub(in crate::web) fn free_memory(
        &self,
        id: u64,
        now: Instant,
        give_up: Instant,
    ) -> Option<Instant> {
        let inner = self.lock();
        let own = inner.connections.get(&id)?;
        let (address, pages) = (own.address, own.pages);
        let of_any = !inner.is_slow(address, now);
        let slowest = inner.slowest_reader(|connection| of_any || connection.address == address);
        let Some((slowest, since)) = slowest else {
            // Those that are being made will be written.
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
            inner.remember_slow(gone.address, now);
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
    /// The connection, of some, whose page is being written for the longest time, and since when.
    fn slowest_reader(&self, which: impl Fn(&Connection) -> bool) -> Option<(u64, Instant)> {
        (self.connections.iter())
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
