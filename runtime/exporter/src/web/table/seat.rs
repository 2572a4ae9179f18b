//! A connection's own handle to the table, which reports its state.

use std::sync::Arc;
use std::time::Instant;

use super::{Reason, State, Table};
use crate::web::peer::Peer;

/// A connection's entry in the table. Dropping it removes the entry.
#[derive(Debug)]
pub(in crate::web) struct Seat {
    table: Arc<Table>,
    id: u64,
}

impl Seat {
    /// The entry with this number.
    pub(super) fn new(table: Arc<Table>, id: u64) -> Self {
        Self { table, id }
    }

    /// Its number in the table.
    pub(in crate::web) fn id(&self) -> u64 {
        self.id
    }

    /// The table of the entry.
    pub(in crate::web) fn table(&self) -> &Table {
        &self.table
    }

    /// Its client. `None` once it is evicted.
    pub(in crate::web) fn peer(&self) -> Option<Peer> {
        let inner = self.table.lock();
        let connection = inner.connections.get(&self.id)?;
        Some(connection.peer)
    }

    fn is_now(&self, state: State) {
        if let Some(connection) = self.table.lock().connections.get_mut(&self.id) {
            connection.state = state;
            connection.since = Instant::now();
        }
    }

    /// The login of a request is being checked.
    pub(in crate::web) fn logging_in(&self) {
        self.is_now(State::Login);
    }

    /// A request has arrived, and is being answered.
    pub(in crate::web) fn answering(&self) {
        self.is_now(State::Answering);
    }

    /// The response is ready, and is being written.
    pub(in crate::web) fn writing(&self) {
        self.is_now(State::Writing);
    }

    /// The kernel has everything that was written.
    pub(in crate::web) fn flushed(&self) {
        if let Some(connection) = self.table.lock().connections.get_mut(&self.id)
            && connection.state == State::Writing
        {
            connection.state = State::Idle;
            connection.since = Instant::now();
        }
    }

    /// A connection with several requests at a time: since when its oldest response has been written, and
    /// whether a request is being answered. A response that waits for its client counts first, so that a
    /// client cannot protect it from eviction by asking on.
    pub(in crate::web) fn has_streams(&self, oldest: Option<Instant>, is_answering: bool) {
        let state = match oldest {
            Some(_) => State::Writing,
            None if is_answering => State::Answering,
            None => State::Idle,
        };
        if let Some(connection) = self.table.lock().connections.get_mut(&self.id) {
            connection.state = state;
            connection.since = oldest.unwrap_or_else(Instant::now);
        }
    }

    /// Whether its first request has arrived.
    pub(in crate::web) fn has_asked(&self) -> bool {
        let inner = self.table.lock();
        let connection = inner.connections.get(&self.id);
        connection.is_some_and(|connection| connection.state != State::Head)
    }

    /// Counts that it is closed because of a timeout.
    pub(in crate::web) fn overdue(&self, reason: Reason) {
        self.table.counters.evicted(reason);
        tracing::debug!(
            reason = reason.as_str(),
            "connection closed because of a timeout"
        );
    }

    /// Frees a slot from [`Table::try_page`].
    pub(in crate::web) fn release_page(&self) {
        self.table.release_page(self.id);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut inner = self.table.lock();
        let gone = inner.remove(self.id);
        self.table.counters.connections(inner.connections.len());
        drop(inner);
        drop(gone);
        self.table.freed.notify_waiters();
    }
}
