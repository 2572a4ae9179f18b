//! What firepit tells the service manager that started it: systemd, or another with the same
//! [protocol](https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html).
//!
//! The environment names a datagram socket (`NOTIFY_SOCKET`), and how often a watchdog notification is expected (`WATCHDOG_USEC`,
//! if `WATCHDOG_PID` is this process or missing). Each message is one datagram of assignments, one a line.
//!
//! No message blocks a thread, and no failure to send one is an error of the program: without its messages, the service
//! manager acts by its own timeouts.

mod report;

use std::ffi::OsString;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;
use std::{io, process};

use rustix::time::{ClockId, clock_gettime};
use tokio::time::timeout;

use firepit_exposition::escape::truncated;

pub use report::{Reporter, Service};

/// How long a service manager may take to receive a message, before it is dropped.
const PATIENCE: Duration = Duration::from_secs(5);

/// The shortest interval between two watchdog notifications, whatever the environment demands.
const SHORTEST: Duration = Duration::from_millis(10);

/// Maximum characters of an address in the log.
const MAX_ADDRESS: usize = 120;

/// Why firepit cannot talk to its service manager.
#[derive(Debug, thiserror::Error)]
enum AddressError {
    #[error(
        "it begins neither with / (a path) nor with @ (an abstract address), the two kinds that firepit knows"
    )]
    Kind,
    #[error("it is too long, or contains a zero byte")]
    Unusable(#[source] io::Error),
}

/// The environment variables of the protocol, as they were.
#[derive(Debug, Default)]
pub struct Variables {
    /// `NOTIFY_SOCKET`.
    pub socket: Option<OsString>,
    /// `WATCHDOG_USEC`.
    pub watchdog_interval: Option<OsString>,
    /// `WATCHDOG_PID`.
    pub watchdog_process: Option<OsString>,
}

impl Variables {
    /// Their names, in the order of the fields.
    pub const NAMES: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];
}

impl From<[Option<OsString>; 3]> for Variables {
    fn from([socket, watchdog_interval, watchdog_process]: [Option<OsString>; 3]) -> Self {
        Self {
            socket,
            watchdog_interval,
            watchdog_process,
        }
    }
}

/// The service manager of this process, if it has one.
#[derive(Debug)]
pub struct ServiceManager {
    address: Option<SocketAddr>,
    watchdog: Option<Duration>,
}

impl ServiceManager {
    /// Logs an address that cannot be used.
    #[must_use]
    pub fn new(variables: &Variables) -> Self {
        let socket = variables.socket.as_ref().filter(|text| !text.is_empty());
        let address = socket.and_then(|text| {
            let told = |error: AddressError| {
                let address = truncated(MAX_ADDRESS, &text.to_string_lossy());
                let err: &(dyn std::error::Error + 'static) = &error;
                tracing::warn!(
                    address,
                    err,
                    "cannot use NOTIFY_SOCKET, the service manager learns nothing of this process"
                );
            };
            address(text.as_bytes()).map_err(told).ok()
        });
        let watchdog = address.as_ref().and_then(|_| watchdog(variables));
        Self { address, watchdog }
    }

    /// How often the watchdog is notified: twice in the time after which the service manager restarts the program.
    #[must_use]
    pub fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }

    /// Sends a message.
    async fn tell(&self, message: &str) {
        let Some(address) = &self.address else {
            return;
        };
        let sent = timeout(PATIENCE, send(address, message)).await;
        if let Err(error) = sent.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            tracing::warn!(%error, "cannot send a message to the service manager");
        }
    }
}

/// A new socket for each message, so that a service manager that made its own anew is found again.
async fn send(address: &SocketAddr, message: &str) -> io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.connect_addr(address)?;
    let socket = tokio::net::UnixDatagram::from_std(socket)?;
    socket.send(message.as_bytes()).await?;
    Ok(())
}

fn address(text: &[u8]) -> Result<SocketAddr, AddressError> {
    match text {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name),
        [b'/', ..] => SocketAddr::from_pathname(std::ffi::OsStr::from_bytes(text)),
        _ => return Err(AddressError::Kind),
    }
    .map_err(AddressError::Unusable)
}

fn watchdog(variables: &Variables) -> Option<Duration> {
    let number = |text: &OsString| text.to_str()?.parse::<u64>().ok();
    let is_ours = match &variables.watchdog_process {
        Some(process) => number(process) == Some(u64::from(process::id())),
        None => true,
    };
    let interval = variables.watchdog_interval.as_ref().and_then(number)?;
    let expected = Duration::from_micros(interval);
    (is_ours && interval > 0).then_some((expected / 2).max(SHORTEST))
}

/// The clock that the service manager compares the beginning of a reload by, in microseconds.
fn monotonic_micros() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    let nanos = u64::try_from(now.tv_nsec).unwrap_or_default();
    seconds
        .saturating_mul(1_000_000)
        .saturating_add(nanos / 1000)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    fn variables(words: [Option<&str>; 3]) -> Variables {
        words.map(|word| word.map(OsString::from)).into()
    }

    #[test]
    fn watchdog_message_is_due_at_half_of_the_interval() {
        let own = process::id().to_string();
        let other = (process::id() + 1).to_string();
        for (interval, process, wanted) in [
            (Some("3000000"), None, Some(Duration::from_millis(1500))),
            (
                Some("3000000"),
                Some(&own),
                Some(Duration::from_millis(1500)),
            ),
            (Some("3000000"), Some(&other), None),
            (Some("3000000"), Some(&"x".to_owned()), None),
            (Some("1"), None, Some(SHORTEST)),
            (Some("0"), None, None),
            (Some("-1"), None, None),
            (None, Some(&own), None),
        ] {
            let words = [Some("/run/s"), interval, process.map(String::as_str)];
            let manager = ServiceManager::new(&variables(words));
            assert_eq!(manager.watchdog(), wanted, "{interval:?} {process:?}");
        }
    }

    #[test]
    fn without_a_usable_socket_no_message_is_due() {
        let long = format!("/{}", "a".repeat(200));
        for socket in [
            None,
            Some(""),
            Some("run/s"),
            Some("vsock:2:1"),
            Some(&long),
        ] {
            let manager = ServiceManager::new(&variables([socket, Some("3000000"), None]));
            assert!(manager.address.is_none(), "{socket:?}");
            assert_eq!(manager.watchdog(), None, "{socket:?}");
        }
        let abstract_name = address(b"@name").unwrap();
        assert_eq!(abstract_name.as_abstract_name(), Some(&b"name"[..]));
    }
}
