//! A connection's own view of the table: it tells what it is doing.

use std::sync::Arc;
use std::time::Instant;

use super::{Reason, State, Table};

/// A connection's place in the table. Dropping it gives the place back.
#[derive(Debug)]
pub(in crate::web) struct Seat {
    table: Arc<Table>,
    id: u64,
}

impl Seat {
    /// The place of this number.
    pub(super) fn new(table: Arc<Table>, id: u64) -> Self {
        Self { table, id }
    }

    /// Its number in the table.
    pub(in crate::web) fn id(&self) -> u64 {
        self.id
    }

    /// The table that it is a place of.
    pub(in crate::web) fn table(&self) -> &Table {
        &self.table
    }

    fn is_now(&self, state: State) {
        if let Some(connection) = self.table.lock().connections.get_mut(&self.id) {
            connection.state = state;
            connection.since = Instant::now();
        }
    }

    /// A request is there, and its answer is begun.
    pub(in crate::web) fn answering(&self) {
        self.is_now(State::Answering);
    }

    /// The answer is there, and writing it is begun.
    pub(in crate::web) fn writing(&self) {
        self.is_now(State::Writing);
    }

    /// All that was to be written is in the kernel's hands.
    pub(in crate::web) fn flushed(&self) {
        if let Some(connection) = self.table.lock().connections.get_mut(&self.id)
            && connection.state == State::Writing
        {
            connection.state = State::Idle;
            connection.since = Instant::now();
        }
    }

    /// Whether its first request has come.
    pub(in crate::web) fn has_asked(&self) -> bool {
        let inner = self.table.lock();
        let connection = inner.connections.get(&self.id);
        connection.is_some_and(|connection| connection.state != State::Head)
    }

    /// Counts that it is closed because its time is over.
    pub(in crate::web) fn overdue(&self, reason: Reason) {
        self.table.counters.evicted(reason);
        tracing::debug!(reason = reason.as_str(), "closed a connection in mid-air");
    }

    /// Gives back a page that [`Table::try_page`] gave.
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
