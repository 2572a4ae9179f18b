//! Waiting for something that has to happen, for as long as it may take and no longer.

use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take on a machine that does much else. A test that passes never waits
/// for it.
pub const PATIENCE: Duration = Duration::from_secs(180);

const POLL: Duration = Duration::from_millis(5);

/// Asks until there is an answer.
///
/// # Panics
/// Where there is none in [`PATIENCE`].
pub fn until<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    until_or(ask, || what.to_owned())
}

/// Asks until there is an answer. What was waited for is told when there is none.
///
/// # Panics
/// As [`until`].
pub fn until_or<T>(mut ask: impl FnMut() -> Option<T>, what: impl Fn() -> String) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "waited in vain for {}", what());
        thread::sleep(POLL);
    }
}
