//! The slots for responses: a response uses one from the start of its scrape until the kernel has its last
//! byte.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use tokio::time::timeout_at;

use super::table::{Admission, Seat, TooMany};

/// How long a request waits for a slot while other responses are being written.
const WAIT: Duration = Duration::from_secs(1);

/// How long a request waits for the memory of its response.
const WAIT_FOR_MEMORY: Duration = Duration::from_secs(5);

/// A slot. Dropping it frees it.
pub(super) struct Slot(Arc<Seat>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.release_page();
    }
}

/// Takes a slot for a connection.
///
/// If all slots are taken and some of the responses are being written, it waits for one of them, and evicts
/// a client that does not read. If all responses are still being built, it does not wait.
///
/// # Errors
/// If there is no slot.
pub(super) async fn take(seat: &Arc<Seat>) -> Result<Slot, TooMany> {
    let give_up = Instant::now() + WAIT;
    loop {
        let table = seat.table();
        let mut freed = pin!(table.freed.notified());
        // Registered before the check: a slot that is freed in between must not be missed.
        freed.as_mut().enable();
        let now = Instant::now();
        match table.try_page(seat.id(), now) {
            Admission::Taken => return Ok(Slot(Arc::clone(seat))),
            Admission::Never(limit) => return Err(limit),
            Admission::Later(_, limit) if now >= give_up => return Err(limit),
            Admission::Later(time, _) => {
                // Either way the loop checks again.
                let _ = timeout_at(time.min(give_up).into(), freed).await;
            }
        }
    }
}

/// How long a request waits for the memory of its response: at most half of its client's timeout.
pub(super) fn patience(timeout: Option<Duration>) -> Duration {
    timeout.map_or(WAIT_FOR_MEMORY, |timeout| WAIT_FOR_MEMORY.min(timeout / 2))
}

/// Waits for the memory of a response: until a client has read one, or is evicted because it does not.
/// Returns false if there is nothing to wait for, or the time is over.
pub(super) async fn wait_for_memory(seat: &Arc<Seat>, give_up: Instant) -> bool {
    let table = seat.table();
    let mut freed = pin!(table.freed.notified());
    freed.as_mut().enable();
    let now = Instant::now();
    if now >= give_up {
        return false;
    }
    let Some(time) = table.free_memory(seat.id(), now, give_up) else {
        return false;
    };
    // Either way the caller checks again.
    let _ = timeout_at(time.min(give_up).into(), freed).await;
    true
}

/// A response with its slot, which it uses until it is written and dropped.
struct ResponseBytes {
    page: Bytes,
    _slot: Slot,
}

impl AsRef<[u8]> for ResponseBytes {
    fn as_ref(&self) -> &[u8] {
        &self.page
    }
}

/// Ties a response to its slot.
pub(super) fn hold(page: Bytes, slot: Slot) -> Bytes {
    Bytes::from_owner(ResponseBytes { page, _slot: slot })
}
