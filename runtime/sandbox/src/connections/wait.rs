//! Waiting for a peer: until a moment, while the collector may still wait.

use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::ConnectionError;
use crate::files::{Exhausted, Meter};
use crate::fuel;

/// A collector gets the answer "timed out" this much before its deadline, so that it can still tell it.
const MARGIN: Duration = Duration::from_millis(100);
/// The margin is at most this part of the time that is left.
const MARGIN_PART: u32 = 10;

/// The end of a wait, and the meter that is checked before each step of it.
#[derive(Debug)]
pub(super) struct Wait<'m> {
    until: Instant,
    meter: &'m Meter,
}

impl<'m> Wait<'m> {
    /// A wait of at most `timeout` from now, which ends before the collector's deadline.
    pub(super) fn new(
        timeout: Duration,
        deadline: Instant,
        meter: &'m Meter,
    ) -> Result<Self, ConnectionError> {
        let now = Instant::now();
        let left = deadline.saturating_duration_since(now);
        if left.is_zero() {
            return Err(Exhausted::Deadline.into());
        }
        let left = left - MARGIN.min(left / MARGIN_PART);
        Ok(Self {
            until: now + timeout.min(left),
            meter,
        })
    }

    /// Part `1 / number` of the time that is left.
    pub(super) fn part(&self, number: usize) -> Self {
        let parts = u32::try_from(number.max(1)).unwrap_or(u32::MAX);
        let now = Instant::now();
        Self {
            until: now + self.until.saturating_duration_since(now) / parts,
            meter: self.meter,
        }
    }

    /// The time that is left.
    pub(super) fn left(&self) -> Result<Duration, ConnectionError> {
        self.meter.check()?;
        match self.until.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(ConnectionError::TimedOut),
            left => Ok(left),
        }
    }

    /// Charges one step, so that a peer that sends byte by byte costs the collector its fuel.
    pub(super) fn step(&self) -> Result<(), ConnectionError> {
        self.meter.charge(fuel::PACKET);
        self.meter.check().map_err(Into::into)
    }

    /// Waits until a socket is ready.
    pub(super) fn ready(&self, socket: impl AsFd, flags: PollFlags) -> Result<(), ConnectionError> {
        loop {
            let left = self.left()?;
            let timeout = Timespec::try_from(left).map_err(|_| ConnectionError::TimedOut)?;
            let mut fds = [PollFd::new(&socket, flags)];
            match poll(&mut fds, Some(&timeout)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    pub(super) fn meter(&self) -> &Meter {
        self.meter
    }
}
