//! A small HTTP client, for commands that ask a server for one answer: its own `/-/healthy`, or a metrics response.
//!
//! It sends one request of HTTP/1.0 over one connection. Everything that it reads is bounded, and so is the time: it
//! ends even if a name cannot be resolved or a server sends a byte now and then.

mod exchange;
mod target;

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

pub use target::{Target, TargetError};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The time is over.
    #[error("no answer within {0:?} (--timeout)")]
    Timeout(Duration),
    /// There is no connection.
    #[error("cannot connect")]
    Connect(#[source] io::Error),
    /// The connection cannot be encrypted, or it ended.
    #[error("the connection failed")]
    Connection(#[source] io::Error),
    /// The other end speaks another protocol.
    #[error("the answer is not one of HTTP")]
    NotHttp,
    /// The answer is longer than the caller wants.
    #[error("the answer has more than {0} bytes")]
    TooLarge(u64),
    /// The answer ends before its stated length.
    #[error("the answer is incomplete: it has {0} of {1} bytes")]
    Truncated(u64, u64),
    /// The answer has another status than 200.
    #[error("the answer has the status {}{}", .0, hint(*.0))]
    Status(u16),
}

/// What the operator may want to know of a status.
fn hint(status: u16) -> &'static str {
    match status {
        400 => "; does the server expect https?",
        401 => "; with --web.open-health-endpoints, /-/healthy and /-/ready need no password",
        _ => "",
    }
}

/// Waits for an answer with status 200, and ignores its content.
///
/// # Errors
/// There is none in time, or it has another status.
pub fn check(target: &Target, timeout: Duration) -> Result<(), ClientError> {
    let target = target.clone();
    within(timeout, move || exchange::begin(&target).map(drop))
}

/// The content of an answer with status 200.
///
/// # Errors
/// There is none in time, it has another status, or it is longer than `max_bytes`.
pub fn fetch(target: &Target, timeout: Duration, max_bytes: u64) -> Result<Vec<u8>, ClientError> {
    let target = target.clone();
    within(timeout, move || {
        exchange::begin(&target)?.content(max_bytes)
    })
}

/// Runs a job on a thread of its own, which is left behind when the time is over: some of its system calls cannot be
/// interrupted.
fn within<T: Send + 'static>(
    timeout: Duration,
    job: impl FnOnce() -> Result<T, ClientError> + Send + 'static,
) -> Result<T, ClientError> {
    let (sender, receiver) = mpsc::channel();
    let started = thread::Builder::new()
        .name("client".to_owned())
        .spawn(move || {
            // The receiver may have given up.
            let _ = sender.send(job());
        });
    started.map_err(ClientError::Connection)?;
    receiver
        .recv_timeout(timeout)
        .unwrap_or_else(|error| match error {
            RecvTimeoutError::Timeout => Err(ClientError::Timeout(timeout)),
            RecvTimeoutError::Disconnected => Err(ClientError::NotHttp),
        })
}

#[cfg(test)]
mod tests;
