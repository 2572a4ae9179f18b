//! Waits for an event that must happen, with a timeout.

use std::thread;
use std::time::{Duration, Instant};

/// Maximum wait, on a busy machine. Tests that pass never wait that long.
pub const PATIENCE: Duration = Duration::from_secs(180);

const POLL: Duration = Duration::from_millis(5);

/// Polls until there is an answer.
///
/// # Panics
/// There is none within [`PATIENCE`].
pub fn until<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    until_or(ask, || what.to_owned())
}

/// Polls until there is an answer. The message of a timeout names what was awaited.
///
/// # Panics
/// See [`until`].
pub fn until_or<T>(mut ask: impl FnMut() -> Option<T>, what: impl Fn() -> String) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "timed out waiting for {}", what());
        thread::sleep(POLL);
    }
}
