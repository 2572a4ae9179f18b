//! Pages that are being made or written: how many there may be, and who gives way.

use std::time::Instant;

use super::{Connection, Inner, Reason, State, Table};

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
        let slowest = (inner.connections.iter())
            .filter(|(_, connection)| connection.state == State::Writing && connection.pages > 0)
            .filter(|(_, connection)| !address_is_full || own(connection))
            .min_by_key(|(_, connection)| connection.since)
            .map(|(id, connection)| (*id, connection.since + self.limits.reader_grace));
        let too_many = match address_is_full && of_address < self.most_pages {
            true => TooMany::OfAddress(self.most_pages_of_address()),
            false => TooMany::Together(self.most_pages),
        };
        match slowest {
            None => Turn::Never(too_many),
            Some((_, time)) if time > now => Turn::Later(time, too_many),
            Some((slowest, _)) => {
                let gone = inner.remove(slowest);
                inner.take_page(id);
                self.counters.connections(inner.connections.len());
                drop(inner);
                if let Some(task) = gone.and_then(|connection| connection.task) {
                    task.abort();
                }
                self.evicted(Reason::SlowReader, now);
                Turn::Taken
            }
        }
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
    fn take_page(&mut self, id: u64) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.pages += 1;
            self.pages += 1;
        }
    }
}
