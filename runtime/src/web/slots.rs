//! The slots for pages: one for each page from its making until its last byte is with the kernel.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use tokio::time::timeout_at;

use super::table::{Seat, TooMany, Turn};

/// So long a request waits for a slot while others are being written.
const WAIT: Duration = Duration::from_secs(1);

/// So long a request waits for the memory of its page.
const WAIT_FOR_MEMORY: Duration = Duration::from_secs(5);

/// A slot. Dropping it gives it back.
pub(super) struct Slot(Arc<Seat>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.release_page();
    }
}

/// Takes a slot for a connection.
///
/// Where all are taken and some of the pages are being written, it waits for one to end, and has a
/// client evicted that does not read. Where all pages are still being made it does not wait.
///
/// # Errors
/// If there is none.
pub(super) async fn take(seat: &Arc<Seat>) -> Result<Slot, TooMany> {
    let give_up = Instant::now() + WAIT;
    loop {
        let table = seat.table();
        let mut freed = pin!(table.freed.notified());
        // Before the look: a slot that comes free in between must not be missed.
        freed.as_mut().enable();
        let now = Instant::now();
        match table.try_page(seat.id(), now) {
            Turn::Taken => return Ok(Slot(Arc::clone(seat))),
            Turn::Never(limit) => return Err(limit),
            Turn::Later(_, limit) if now >= give_up => return Err(limit),
            Turn::Later(time, _) => {
                // Either way it looks again.
                let _ = timeout_at(time.min(give_up).into(), freed).await;
            }
        }
    }
}

/// How long a request waits for the memory of its page: half of what its client waits at most.
pub(super) fn patience(timeout: Option<Duration>) -> Duration {
    timeout.map_or(WAIT_FOR_MEMORY, |timeout| WAIT_FOR_MEMORY.min(timeout / 2))
}

/// Waits for the memory of a page: until a client has taken one, or is evicted because it does not.
/// False where there is nothing to wait for, or the time is over.
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
    // Either way it looks again.
    let _ = timeout_at(time.min(give_up).into(), freed).await;
    true
}

/// A page with the slot that it takes until it is dropped, which is when it is written.
struct Held {
    page: Bytes,
    _slot: Slot,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.page
    }
}

/// Ties a page to its slot.
pub(super) fn hold(page: Bytes, slot: Slot) -> Bytes {
    Bytes::from_owner(Held { page, _slot: slot })
}
