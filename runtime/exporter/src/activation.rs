//! Sockets that systemd opened for this process, or another program that speaks the same protocol: they are
//! open descriptors from 3 on, and the environment says how many.
//!
//! `LISTEN_FDS` is their number, `LISTEN_PID` the process that they are for, and `LISTEN_FDNAMES` their names,
//! separated by colons: <https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html>.

use std::env;
use std::ffi::OsString;
use std::os::fd::{FromRawFd as _, OwnedFd, RawFd};

use crate::web::{self, InheritError, Listener};
use firepit_exposition::escape::truncated;

/// The first descriptor.
const FIRST: RawFd = 3;

/// Maximum number of sockets.
const MAX_SOCKETS: usize = 64;

/// Maximum characters of a name in an error.
const MAX_NAME: usize = 100;

/// Why the sockets cannot be served on.
#[derive(Debug, thiserror::Error)]
pub enum ActivationError {
    /// There are none.
    #[error(
        "--web.systemd-socket: no socket activation file descriptors found: systemd passes them to the \
         service of a socket unit that it starts (LISTEN_FDS and LISTEN_PID); without a socket unit, leave \
         the flag out"
    )]
    None,
    /// There are too many.
    #[error("--web.systemd-socket: LISTEN_FDS={0}: at most {MAX_SOCKETS} sockets can be passed")]
    TooMany(String),
    /// A descriptor is not open.
    #[error("--web.systemd-socket: descriptor {0} of LISTEN_FDS is not open")]
    Closed(RawFd),
    /// A descriptor cannot be served on.
    #[error("--web.systemd-socket: cannot serve on descriptor {descriptor}{name}")]
    Unusable {
        /// The descriptor.
        descriptor: RawFd,
        /// Its name in parentheses, if it has one.
        name: String,
        /// What is wrong with it.
        source: InheritError,
    },
}

/// The sockets that were passed to this process.
#[derive(Debug)]
pub struct Activation(Result<Vec<Passed>, ActivationError>);

#[derive(Debug)]
struct Passed {
    descriptor: OwnedFd,
    number: RawFd,
    name: String,
}

/// Takes variables out of the environment, so that no child gets them.
///
/// # Safety
/// The process has one thread.
pub unsafe fn take_variables<const N: usize>(names: [&str; N]) -> [Option<OsString>; N] {
    names.map(|name| {
        let value = env::var_os(name);
        if value.is_some() {
            // SAFETY: the caller promises that there is no other thread.
            unsafe { env::remove_var(name) };
        }
        value
    })
}

impl Activation {
    /// Takes them, and removes the variables from the environment, so that no child takes them for its own.
    ///
    /// # Safety
    /// The process has one thread, and nothing in it owns a descriptor above 2.
    pub unsafe fn take() -> Self {
        // SAFETY: the caller promises that there is no other thread.
        let taken = unsafe { take_variables(["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"]) };
        let [number, process, names] =
            taken.map(|value| value.and_then(|value| value.into_string().ok()));
        let is_ours = process.is_some_and(|process| process == std::process::id().to_string());
        let number = number.filter(|_| is_ours).unwrap_or_default();
        let count = match number.parse::<usize>() {
            Ok(count) if count > MAX_SOCKETS => {
                return Self(Err(ActivationError::TooMany(truncated(MAX_NAME, &number))));
            }
            count => count.unwrap_or_default(),
        };
        let names = names.unwrap_or_default();
        let mut names = names.split(':').map(|name| truncated(MAX_NAME, name));
        let passed = (FIRST..).take(count).map(|descriptor| {
            // SAFETY: fcntl takes numbers here, and fails if the descriptor is not open.
            if unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) } == -1 {
                return Err(ActivationError::Closed(descriptor));
            }
            Ok(Passed {
                // SAFETY: it is open, and the caller promises that it has no owner yet.
                descriptor: unsafe { OwnedFd::from_raw_fd(descriptor) },
                number: descriptor,
                name: names.next().unwrap_or_default(),
            })
        });
        Self(passed.collect())
    }

    /// Whether there are any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.as_ref().is_ok_and(Vec::is_empty)
    }

    /// The sockets, in their order.
    ///
    /// # Errors
    /// There are none, or not all of them can be served on.
    pub fn listeners(self) -> Result<Vec<Listener>, ActivationError> {
        let passed = self.0?;
        if passed.is_empty() {
            return Err(ActivationError::None);
        }
        let adopt = |passed: Passed| {
            web::adopt(passed.descriptor).map_err(|source| ActivationError::Unusable {
                descriptor: passed.number,
                name: match passed.name.as_str() {
                    "" => String::new(),
                    name => format!(" ({name})"),
                },
                source,
            })
        };
        passed.into_iter().map(adopt).collect()
    }
}
