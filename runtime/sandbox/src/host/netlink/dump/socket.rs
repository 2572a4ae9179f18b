//! A netlink socket for one query.

use std::cell::Cell;
use std::mem;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::io::{Errno, retry_on_intr};
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, SocketAddrAny, SocketFlags, SocketType,
    recvfrom, sendto, socket_with,
};

use super::request::Kind;
use super::{Error, Transport};

/// Size of a read: the kernel fills up to 32 KiB of it with as many messages as fit.
const BUFFER_BYTES: usize = 64 << 10;

thread_local! {
    /// The buffer of the last socket of this thread.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Size of `struct nlmsghdr`.
pub(super) const HEADER: usize = 16;

/// The kernel's address.
const KERNEL: u32 = 0;

/// A socket for one or a few requests, with a deadline.
#[derive(Debug)]
pub(super) struct Socket {
    descriptor: OwnedFd,
    deadline: Instant,
    sequence: u32,
    buffer: Vec<u8>,
}

/// A socket that an interface was found with.
#[derive(Debug)]
pub(crate) struct LinkSocket(pub(super) Socket);

impl AsFd for LinkSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.descriptor.as_fd()
    }
}

impl Socket {
    pub(super) fn open(protocol: Option<Protocol>, deadline: Instant) -> Result<Self, Error> {
        let descriptor = socket_with(
            AddressFamily::NETLINK,
            SocketType::RAW,
            SocketFlags::CLOEXEC,
            protocol,
        )?;
        let mut buffer = BUFFER.take();
        buffer.resize(BUFFER_BYTES, 0);
        Ok(Self {
            descriptor,
            deadline,
            sequence: 0,
            buffer,
        })
    }

    /// This socket with another deadline.
    pub(super) fn until(mut self, deadline: Instant) -> Self {
        self.deadline = deadline;
        self
    }

    /// Receives a datagram, at once or before the deadline. Returns its length and sender.
    fn next(&mut self) -> Result<(usize, Option<SocketAddrAny>), Error> {
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::TimedOut);
            }
            // The kernel answers most requests while they are sent.
            let received = match self.receive_now(RecvFlags::DONTWAIT) {
                Err(Errno::AGAIN) => {
                    // Zero would be no timeout, and the kernel counts in ticks.
                    let timeout = left.max(Duration::from_millis(1));
                    set_socket_timeout(&self.descriptor, Timeout::Recv, Some(timeout))?;
                    self.receive_now(RecvFlags::empty())
                }
                received => received,
            };
            match received {
                Err(Errno::INTR) => {}
                other => return Ok(other?),
            }
        }
    }

    fn receive_now(&mut self, flags: RecvFlags) -> Result<(usize, Option<SocketAddrAny>), Errno> {
        let flags = flags | RecvFlags::TRUNC;
        let (_, length, sender) = recvfrom(&self.descriptor, &mut *self.buffer, flags)?;
        Ok((length, sender))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        BUFFER.set(mem::take(&mut self.buffer));
    }
}

impl Transport for Socket {
    fn send(&mut self, kind: Kind, flags: u16, payload: &[u8]) -> Result<u32, Error> {
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

    /// Ignores datagrams of other processes.
    fn receive(&mut self) -> Result<&[u8], Error> {
        loop {
            let (length, sender) = self.next()?;
            let sender = sender.and_then(|sender| SocketAddrNetlink::try_from(sender).ok());
            if sender.is_some_and(|sender| sender.pid() == KERNEL) {
                return self.buffer.get(..length).ok_or(Error::TooLarge);
            }
        }
    }
}
