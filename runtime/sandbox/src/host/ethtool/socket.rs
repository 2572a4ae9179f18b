//! The socket of a request: `SIOCETHTOOL` works on a socket of any kind.
//!
//! A socket of rtnetlink does for all: it needs no address family beyond the one that `netlink`
//! uses, and it can tell whether there is such a device. That is asked first, because for a name
//! that it does not know the kernel loads a module of that name (`netdev-NAME`), if the process may
//! load modules: a guest must not choose modules. A device may vanish between question and request;
//! then the name is one that somebody gave to a device.

use std::ffi::c_void;
use std::os::fd::AsFd as _;
use std::time::Instant;

use rustix::io::Errno;
use rustix::ioctl::{Opcode, Updater, ioctl};

use super::guarded::Guarded;
use super::name::{Name, SIZE};
use super::request::Kernel;
use crate::host::netlink::{self, LinkSocket};

/// `SIOCETHTOOL` of ioctl_netdevice(7).
const SIOCETHTOOL: Opcode = 0x8946;

/// `struct ifreq`.
#[repr(C)]
struct Request {
    name: [u8; SIZE],
    data: *mut c_void,
    /// The rest of the largest member of the structure's union.
    rest: [u64; 2],
}

/// A socket for the requests about one device.
#[derive(Debug)]
pub(super) struct Socket {
    socket: LinkSocket,
    name: Name,
}

impl Socket {
    /// A socket for a device that exists: `kept` if there is one, about this device or another.
    ///
    /// # Errors
    /// The errno: ENODEV if there is no such device.
    pub(super) fn of(kept: Option<Self>, name: Name, deadline: Instant) -> Result<Self, u32> {
        match kept {
            Some(kept) if kept.name == name => return Ok(kept),
            _ => {}
        }
        let kept = kept.map(|kept| kept.socket);
        let socket = netlink::find_link(kept, &name.padded(), deadline)?;
        Ok(Self { socket, name })
    }
}

impl Kernel for Socket {
    fn send(&mut self, argument: &mut Guarded) -> Result<(), Errno> {
        let mut request = Request {
            name: self.name.padded(),
            data: argument.as_ptr(),
            rest: [0; 2],
        };
        // SAFETY: the argument of `SIOCETHTOOL` is `struct ifreq`, whose pointer is to the argument
        // of the command. The kernel may write any number of bytes there, but cannot write beyond
        // the pages that `argument` owns. It keeps neither pointer.
        unsafe {
            ioctl(
                self.socket.as_fd(),
                Updater::<SIOCETHTOOL, Request>::new(&mut request),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn open(name: &str) -> Result<Socket, u32> {
        let deadline = Instant::now() + Duration::from_secs(3600);
        Socket::of(None, Name::new(name).unwrap(), deadline)
    }

    #[test]
    fn device_that_does_not_exist_is_not_asked_about() {
        for name in ["firepit-gone", "l", "lo0", "netdev-x"] {
            assert_eq!(
                open(name).err(),
                Some(libc::ENODEV.unsigned_abs()),
                "{name}"
            );
        }
    }

    /// It has no driver, which is an answer.
    #[test]
    fn loopback_interface_is_asked() {
        let mut socket = open("lo").unwrap();
        let mut argument = Guarded::new(1).unwrap();
        // `ETHTOOL_GLINK`, which every device answers.
        argument.write(&0xa_u32.to_ne_bytes());
        socket.send(&mut argument).unwrap();
        // `ETHTOOL_GSET`.
        argument.write(&1_u32.to_ne_bytes());
        assert_eq!(socket.send(&mut argument), Err(Errno::OPNOTSUPP));
    }

    #[test]
    fn socket_is_kept_for_devices_that_exist() {
        use std::os::fd::AsRawFd as _;

        let deadline = Instant::now() + Duration::from_secs(3600);
        let name = |name| Name::new(name).unwrap();
        let first = open("lo").unwrap();
        let number = first.socket.as_fd().as_raw_fd();
        let second = Socket::of(Some(first), name("lo"), deadline).unwrap();
        assert_eq!(second.socket.as_fd().as_raw_fd(), number);
        let gone = Socket::of(Some(second), name("firepit-gone"), deadline);
        assert_eq!(gone.err(), Some(libc::ENODEV.unsigned_abs()));
    }

    #[test]
    fn search_ends_at_the_deadline_of_the_call() {
        let error = Socket::of(None, Name::new("lo").unwrap(), Instant::now()).err();
        assert_eq!(error, Some(libc::ETIMEDOUT.unsigned_abs()));
    }
}
