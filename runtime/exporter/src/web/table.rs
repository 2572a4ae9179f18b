//! The table of connections: their states, and which one is evicted when a limit is reached.
//!
//! Idle connections never stop the server from accepting: at a limit the least valuable connection is
//! evicted ([`rank`]). A connection whose request is being answered is never evicted. The table also counts
//! the responses that are being built or written, so that a client that does not read its response is
//! evicted for one that requests metrics.
//!
//! All methods are short and lock one mutex, which only the server's thread takes.

mod pages;
mod rank;
mod seat;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

pub(super) use self::pages::{Admission, TooMany};
use self::rank::rank;
pub(super) use self::seat::Seat;
use super::peer::Peer;
use super::{HttpCounters, HttpLimits};

/// Time without evictions after which the next one is logged as a warning again.
const CALM: Duration = Duration::from_secs(60);

/// How long a client that did not read its response is evicted first when slots are short.
const SLOW: Duration = Duration::from_secs(60);

/// Maximum number of remembered addresses of such clients.
const MAX_SLOW: usize = 1024;

/// Why the server closed a connection: the label of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// It was idle when a new connection needed its place.
    Idle,
    /// The head of its first request did not arrive in time, or it had no checked login before its place
    /// was needed.
    Head,
    /// It did not read its response in time, or not before its place or slot was needed.
    SlowReader,
    /// Its address has the maximum number of connections.
    AddressLimit,
    /// It withdrew too many requests of HTTP/2.
    Abuse,
}

impl Reason {
    /// Those that every server has, for counters that begin at zero. [`Self::Abuse`] needs HTTP/2.
    pub(super) const EXPECTED: [Self; 4] =
        [Self::Idle, Self::Head, Self::SlowReader, Self::AddressLimit];

    /// As a label value.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Head => "head",
            Self::SlowReader => "slow-reader",
            Self::AddressLimit => "address-limit",
            Self::Abuse => "abuse",
        }
    }
}

/// State of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Waits for its first request.
    Head,
    /// Its last response is written, and it waits for its next request.
    Idle,
    /// The login of a request is being checked.
    Login,
    /// A request is being answered.
    Answering,
    /// The response is being written.
    Writing,
}

#[derive(Debug)]
struct Connection {
    peer: Peer,
    state: State,
    since: Instant,
    /// Number of its responses that are being built or written.
    pages: usize,
    /// Aborts its task.
    task: Option<AbortHandle>,
}

/// The open connections.
#[derive(Debug)]
pub(super) struct Table {
    limits: HttpLimits,
    most_pages: usize,
    counters: HttpCounters,
    inner: Mutex<Inner>,
    /// Notified when a response is written or its connection gone.
    pub(super) freed: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    connections: HashMap<u64, Connection>,
    next: u64,
    pages: usize,
    last_eviction: Option<Instant>,
    /// Addresses of clients that were evicted for not reading, and when.
    slow: HashMap<Peer, Instant>,
}

impl Table {
    /// A table without connections. At most `most_pages` responses are built or written at once; 0 for
    /// no limit.
    pub(super) fn new(limits: HttpLimits, most_pages: usize, counters: HttpCounters) -> Self {
        Self {
            limits,
            most_pages: if most_pages == 0 {
                usize::MAX
            } else {
                most_pages
            },
            counters,
            inner: Mutex::default(),
            freed: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a connection can be accepted: there is room, or another one can be evicted for it.
    pub(super) fn has_room(&self, now: Instant) -> bool {
        let inner = self.lock();
        inner.connections.len() < self.limits.connections
            || inner.victim(&self.limits, now, |_| true).is_some()
    }

    /// Adds a connection, and evicts another one if necessary. `None` if its address has too many, all
    /// with requests that are being answered.
    pub(super) fn admit(self: &Arc<Self>, peer: Peer, now: Instant) -> Option<Seat> {
        let of_peer = |connection: &Connection| connection.peer == peer;
        if self.lock().count(of_peer) >= self.limits.connections_per_address
            && !self.evict(Some(Reason::AddressLimit), now, of_peer)
        {
            self.evicted(Reason::AddressLimit, now);
            return None;
        }
        if self.lock().connections.len() >= self.limits.connections {
            self.evict(None, now, |_| true);
        }
        let mut inner = self.lock();
        let id = inner.next;
        inner.next += 1;
        inner.connections.insert(
            id,
            Connection {
                peer,
                state: State::Head,
                since: now,
                pages: 0,
                task: None,
            },
        );
        self.counters.connections(inner.connections.len());
        Some(Seat::new(Arc::clone(self), id))
    }

    /// Evicts the least valuable connection. Returns false if none can be evicted.
    pub(super) fn make_room(&self, now: Instant) -> bool {
        self.evict(None, now, |_| true)
    }

    /// Sets the task of a connection, for eviction.
    pub(super) fn runs_as(&self, id: u64, task: AbortHandle) {
        if let Some(connection) = self.lock().connections.get_mut(&id) {
            connection.task = Some(task);
        }
    }

    fn evict(
        &self,
        reason: Option<Reason>,
        now: Instant,
        candidate: impl Fn(&Connection) -> bool,
    ) -> bool {
        let mut inner = self.lock();
        let Some((id, own_reason)) = inner.victim(&self.limits, now, candidate) else {
            return false;
        };
        let gone = inner.remove(id);
        if own_reason == Reason::SlowReader
            && let Some(gone) = &gone
        {
            inner.remember_slow(gone.peer, now);
        }
        self.counters.connections(inner.connections.len());
        drop(inner);
        // Without the lock: dropping the task's values takes it.
        if let Some(task) = gone.and_then(|connection| connection.task) {
            task.abort();
        }
        self.evicted(reason.unwrap_or(own_reason), now);
        true
    }

    /// Counts an eviction, and logs the first one after a quiet time.
    fn evicted(&self, reason: Reason, now: Instant) {
        self.counters.evicted(reason);
        let reason = reason.as_str();
        let last = self.lock().last_eviction.replace(now);
        let calm = last.is_none_or(|last| now.saturating_duration_since(last) >= CALM);
        if calm {
            tracing::warn!(
                reason,
                "evicting connections: there are too many, or clients do not read their responses; \
                 firepit_http_connections_evicted_total counts them"
            );
        } else {
            tracing::debug!(reason, "connection evicted");
        }
    }
}

impl Inner {
    fn count(&self, which: impl Fn(&Connection) -> bool) -> usize {
        self.connections.values().filter(|c| which(c)).count()
    }

    /// The least valuable of some connections that can be evicted.
    fn victim(
        &self,
        limits: &HttpLimits,
        now: Instant,
        candidate: impl Fn(&Connection) -> bool,
    ) -> Option<(u64, Reason)> {
        let mut of_peer: HashMap<Peer, usize> = HashMap::new();
        for connection in self.connections.values() {
            *of_peer.entry(connection.peer).or_default() += 1;
        }
        let count = |peer| of_peer.get(&peer).copied().unwrap_or_default();
        self.connections
            .iter()
            .filter(|(_, connection)| candidate(connection))
            .filter_map(|(id, connection)| {
                let ranked = rank(connection, count(connection.peer), limits, now)?;
                Some((ranked, *id))
            })
            .min()
            .map(|(ranked, id)| (id, ranked.reason()))
    }

    /// Whether a client of this address recently did not read a response.
    fn is_slow(&self, peer: Peer, now: Instant) -> bool {
        self.slow
            .get(&peer)
            .is_some_and(|&at| now.saturating_duration_since(at) < SLOW)
    }

    fn remember_slow(&mut self, peer: Peer, now: Instant) {
        if self.slow.len() >= MAX_SLOW {
            self.slow
                .retain(|_, at| now.saturating_duration_since(*at) < SLOW);
        }
        if self.slow.len() < MAX_SLOW {
            self.slow.insert(peer, now);
        }
    }

    fn remove(&mut self, id: u64) -> Option<Connection> {
        let connection = self.connections.remove(&id)?;
        self.pages -= connection.pages;
        Some(connection)
    }
}
