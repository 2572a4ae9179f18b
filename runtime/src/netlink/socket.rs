//! One netlink socket, for one question.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::io::{Errno, retry_on_intr};
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, SocketFlags, SocketType, recvfrom, sendto,
    socket_with,
};

use super::Error;
use super::request::Kind;

/// What is read at once: the kernel fills up to 32 KiB of it with as many messages as fit.
const BUFFER_BYTES: usize = 64 << 10;

/// Size of `struct nlmsghdr`.
pub(super) const HEADER: usize = 16;

/// The kernel's address.
const KERNEL: u32 = 0;

/// A socket that is asked once or a few times, until a moment.
#[derive(Debug)]
pub(super) struct Socket {
    descriptor: OwnedFd,
    until: Instant,
    sequence: u32,
    buffer: Vec<u8>,
}

impl Socket {
    pub(super) fn open(protocol: Option<Protocol>, until: Instant) -> Result<Self, Error> {
        let descriptor = socket_with(
            AddressFamily::NETLINK,
            SocketType::RAW,
            SocketFlags::CLOEXEC,
            protocol,
        )?;
        Ok(Self {
            descriptor,
            until,
            sequence: 0,
            buffer: vec![0; BUFFER_BYTES],
        })
    }

    /// Sends a request and returns its number, which the answer's messages carry.
    pub(super) fn send(&mut self, kind: Kind, flags: u16, payload: &[u8]) -> Result<u32, Error> {
        self.sequence += 1;
        let length = u32::try_from(HEADER + payload.len()).map_err(|_| Error::TooLarge)?;
        let mut message = Vec::with_capacity(HEADER + payload.len());
        message.extend(length.to_ne_bytes());
        message.extend(kind.0.to_ne_bytes());
        message.extend(flags.to_ne_bytes());
        message.extend(self.sequence.to_ne_bytes());
        message.extend(KERNEL.to_ne_bytes());
        message.extend(payload);
        let kernel = SocketAddrNetlink::new(KERNEL, 0);
        retry_on_intr(|| sendto(&self.descriptor, &message, SendFlags::empty(), &kernel))?;
        Ok(self.sequence)
    }

    /// The next datagram of the kernel. What other processes send is passed over.
    pub(super) fn receive(&mut self) -> Result<&[u8], Error> {
        loop {
            let left = self.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::TimedOut);
            }
            // Zero would be no limit, and the kernel counts in its ticks.
            let timeout = left.max(Duration::from_millis(1));
            set_socket_timeout(&self.descriptor, Timeout::Recv, Some(timeout))?;
            let received = recvfrom(&self.descriptor, &mut *self.buffer, RecvFlags::TRUNC);
            let (_, length, sender) = match received {
                Err(Errno::INTR) => continue,
                other => other?,
            };
            let sender = sender.and_then(|sender| SocketAddrNetlink::try_from(sender).ok());
            if sender.is_some_and(|sender| sender.pid() == KERNEL) {
                return self.buffer.get(..length).ok_or(Error::TooLarge);
            }
        }
    }
}
