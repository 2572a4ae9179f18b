//! The requests and responses of one HTTP/2 connection.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use tokio::sync::Notify;

use super::MAX_STREAMS;
use crate::web::HttpLimits;
use crate::web::stream::Observer;
use crate::web::table::{Reason, Seat};

/// Requests that are being answered, the withdrawn ones among them, at which the connection is closed: a
/// client that withdraws none has at most [`MAX_STREAMS`].
const MAX_RUNNING: usize = 2 * MAX_STREAMS as usize;

/// Withdrawn requests after which the connection is closed.
const MAX_WITHDRAWN: usize = 100;

/// What is going on on a connection.
pub(super) struct Streams {
    seat: Arc<Seat>,
    first_head: Instant,
    write_timeout: Duration,
    idle_timeout: Duration,
    inner: Mutex<Inner>,
    changed: Notify,
}

struct Inner {
    has_asked: bool,
    /// Requests whose answers are being made, whether or not the client still waits.
    running: usize,
    withdrawn: usize,
    /// Responses that are not written yet, by number, and since when. The first is the oldest.
    writing: BTreeMap<u64, Instant>,
    next: u64,
    idle_since: Instant,
    abused: bool,
}

/// A request whose answer is being made. Dropping it ends that.
pub(super) struct Running(Arc<Streams>);

impl Drop for Running {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.running = inner.running.saturating_sub(1);
        self.0.update(inner);
    }
}

/// A request whose client waits. Dropping it without an answer counts as withdrawn.
pub(super) struct Expected(Option<Arc<Streams>>);

impl Expected {
    /// The client has its answer.
    pub(super) fn answered(mut self) {
        self.0 = None;
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        if let Some(streams) = self.0.take() {
            let mut inner = streams.lock();
            inner.withdrawn += 1;
            inner.abused |= inner.withdrawn > MAX_WITHDRAWN;
            streams.update(inner);
        }
    }
}

/// The bytes of a response until they are written.
struct Writing {
    bytes: Bytes,
    number: u64,
    streams: Arc<Streams>,
}

impl AsRef<[u8]> for Writing {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        let mut inner = self.streams.lock();
        inner.writing.remove(&self.number);
        self.streams.update(inner);
    }
}

impl Streams {
    /// A connection without a request yet.
    pub(super) fn new(seat: Arc<Seat>, limits: &HttpLimits, first_head: Instant) -> Self {
        Self {
            seat,
            first_head,
            write_timeout: limits.write_timeout,
            idle_timeout: limits.idle_timeout,
            inner: Mutex::new(Inner {
                has_asked: false,
                running: 0,
                withdrawn: 0,
                writing: BTreeMap::new(),
                next: 0,
                idle_since: Instant::now(),
                abused: false,
            }),
            changed: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection's entry in the table.
    pub(super) fn seat(&self) -> Arc<Seat> {
        Arc::clone(&self.seat)
    }

    /// Begins to answer a request. `None` if too many are being answered, which only a client that
    /// withdraws requests can reach: then the connection ends.
    pub(super) fn begin(self: &Arc<Self>) -> Option<Running> {
        let mut inner = self.lock();
        inner.has_asked = true;
        if inner.running >= MAX_RUNNING {
            inner.abused = true;
            self.update(inner);
            return None;
        }
        inner.running += 1;
        self.update(inner);
        Some(Running(Arc::clone(self)))
    }

    /// Counts a withdrawn request if the client does not wait for its answer.
    pub(super) fn expect_answer(self: &Arc<Self>) -> Expected {
        Expected(Some(Arc::clone(self)))
    }

    /// Ties the bytes of a response to the connection until they are written.
    pub(super) fn write(self: &Arc<Self>, bytes: Bytes) -> Bytes {
        if bytes.is_empty() {
            return bytes;
        }
        let mut inner = self.lock();
        let number = inner.next;
        inner.next += 1;
        inner.writing.insert(number, Instant::now());
        self.update(inner);
        let streams = Arc::clone(self);
        Bytes::from_owner(Writing {
            bytes,
            number,
            streams,
        })
    }

    /// Tells the table, and whoever waits for the connection's deadline.
    fn update(&self, mut inner: MutexGuard<'_, Inner>) {
        let oldest = inner.writing.first_key_value().map(|(_, since)| *since);
        if oldest.is_none() && inner.running == 0 {
            inner.idle_since = Instant::now();
        }
        let is_answering = inner.running > 0;
        drop(inner);
        self.seat.has_streams(oldest, is_answering);
        self.changed.notify_one();
    }

    /// Waits until the deadline may have changed.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// When the connection is to be ended, unless something changes before.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.lock().due(self).map(|(time, _)| time)
    }

    /// Whether the connection has to end now. Counts the reason, if that is the client's fault.
    pub(super) fn end_if_overdue(&self, now: Instant) -> bool {
        let due = self.lock().due(self);
        match due {
            Some((time, reason)) if time <= now => {
                if let Some(reason) = reason {
                    self.seat.overdue(reason);
                }
                true
            }
            _ => false,
        }
    }
}

impl Inner {
    fn due(&self, limits: &Streams) -> Option<(Instant, Option<Reason>)> {
        if self.abused {
            return Some((self.idle_since.min(Instant::now()), Some(Reason::Abuse)));
        }
        if !self.has_asked {
            return Some((limits.first_head, Some(Reason::Head)));
        }
        if let Some((_, since)) = self.writing.first_key_value() {
            return Some((*since + limits.write_timeout, Some(Reason::SlowReader)));
        }
        (self.running == 0).then(|| (self.idle_since + limits.idle_timeout, None))
    }
}

impl Observer for Arc<Streams> {
    /// The socket has what was written; whether that was a whole response is counted elsewhere.
    fn flushed(&self) {}

    fn too_slow(&self) {
        self.seat.overdue(Reason::SlowReader);
    }
}

#[cfg(test)]
mod tests;
