//! The unit that clients are counted by: one IPv4 address, one IPv6 network, one user of this machine, or one
//! virtual machine.

use std::net::{IpAddr, Ipv4Addr};

/// Where a connection comes from, as far as limits of one client are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Peer {
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// The first 64 bits of an IPv6 address: the network, all of which one host can use.
    V6([u8; 8]),
    /// A user who connected through a Unix socket.
    User(u32),
    /// The context ID of a virtual machine, or of the host, which connected over vsock.
    Machine(u32),
}

impl From<IpAddr> for Peer {
    /// IPv4 over an IPv6 socket is IPv4.
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Self::V6([a, b, c, d, e, f, g, h])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_host_is_one_peer() {
        let of = |text: &str| Peer::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_ne!(of("127.0.0.1"), of("::1"));
        assert_ne!(Peer::User(1), Peer::Machine(1));
    }
}
