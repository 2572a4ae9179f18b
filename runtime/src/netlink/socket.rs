//! One netlink socket, for one question.

use std::cell::Cell;
use std::mem;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::io::{Errno, retry_on_intr};
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, Protocol, RecvFlags, SendFlags, SocketAddrAny, SocketFlags, SocketType,
    recvfrom, sendto, socket_with,
};

use super::request::Kind;
use super::{Carrier, Error};

/// What is read at once: the kernel fills up to 32 KiB of it with as many messages as fit.
const BUFFER_BYTES: usize = 64 << 10;

thread_local! {
    /// The buffer of the last socket of this thread.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

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
        let mut buffer = BUFFER.take();
        buffer.resize(BUFFER_BYTES, 0);
        Ok(Self {
            descriptor,
            until,
            sequence: 0,
            buffer,
        })
    }

    /// What there is to receive, at once or before the time is up: its length and who sent it.
    fn next(&mut self) -> Result<(usize, Option<SocketAddrAny>), Error> {
        loop {
            let left = self.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::TimedOut);
            }
            // The kernel answers most questions while they are sent.
            let received = match self.receive_now(RecvFlags::DONTWAIT) {
                Err(Errno::AGAIN) => {
                    // Zero would be no limit, and the kernel counts in its ticks.
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

impl Carrier for Socket {
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

    /// What other processes send is passed over.
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
