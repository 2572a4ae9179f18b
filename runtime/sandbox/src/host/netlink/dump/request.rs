//! Builds the requests, byte by byte. firepit sends no other requests through netlink.
//!
//! Numbers and layouts are those of the kernel's `include/uapi/linux/`: `netlink.h`,
//! `rtnetlink.h`, `inet_diag.h`, `genetlink.h`, `ethtool_netlink.h` and `nl80211.h`.

use rustix::net::{Protocol, netlink};

use super::{IpVersion, Query};

/// `nlmsg_type`: the type of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind(pub(super) u16);

/// The payload of a request, after the header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// A protocol with fixed message types.
    Plain { kind: Kind, payload: Vec<u8> },
    /// A generic-netlink family, whose ID must be requested from the kernel.
    Generic {
        family: &'static str,
        payload: Vec<u8>,
    },
}

/// `NLM_F_REQUEST | NLM_F_DUMP`.
pub(super) const DUMP: u16 = 0x1 | 0x300;
/// `NLM_F_REQUEST | NLM_F_ACK`.
pub(super) const ACKNOWLEDGE: u16 = 0x1 | 0x4;

/// `GENL_ID_CTRL`: the family that reports the IDs of other families.
pub(super) const CONTROL: Kind = Kind(0x10);
const CTRL_CMD_GETFAMILY: u8 = 3;
const CTRL_ATTR_FAMILY_NAME: u16 = 2;

pub(super) const RTM_GETLINK: Kind = Kind(18);
const RTM_GETADDR: Kind = Kind(22);
const RTM_GETROUTE: Kind = Kind(26);
const RTM_GETNEIGH: Kind = Kind(30);
const RTM_GETQDISC: Kind = Kind(38);
const SOCK_DIAG_BY_FAMILY: Kind = Kind(20);

/// The name of an interface, in a request for one of them.
const IFLA_IFNAME: u16 = 3;
/// Leaves out what is not needed to know that an interface exists.
const IFLA_EXT_MASK: u16 = 29;
const RTEXT_FILTER_SKIP_STATS: u32 = 1 << 3;

/// Sizes of `struct ifinfomsg`, `ifaddrmsg`, `rtmsg`, `ndmsg` and `tcmsg`.
const IFINFOMSG: usize = 16;
const IFADDRMSG: usize = 8;
const RTMSG: usize = 12;
const NDMSG: usize = 12;
const TCMSG: usize = 20;

const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IPPROTO_TCP: u8 = 6;
/// One bit for each of the states 1 to 11, and bit 0.
const ALL_TCP_STATES: u32 = 0xfff;
/// Size of `struct inet_diag_sockid`.
const SOCKET_ID: usize = 48;

const ETHTOOL_MSG_LINKMODES_GET: u8 = 4;
const ETHTOOL_A_LINKMODES_HEADER: u16 = 1;
const ETHTOOL_A_HEADER_FLAGS: u16 = 3;
const ETHTOOL_FLAG_COMPACT_BITSETS: u32 = 1;

const NL80211_CMD_GET_INTERFACE: u8 = 5;
const NL80211_CMD_GET_STATION: u8 = 17;
const NL80211_CMD_GET_SCAN: u8 = 32;
const NL80211_ATTR_IFINDEX: u16 = 3;

/// `NLA_F_NESTED`.
const NESTED: u16 = 0x8000;

/// The protocol of the socket for a query.
pub(super) fn protocol(query: Query) -> Option<Protocol> {
    match query {
        // NETLINK_ROUTE has the number 0, which is written as no protocol.
        Query::Links | Query::Addresses | Query::Neighbours | Query::Routes | Query::Qdiscs => None,
        Query::TcpSockets(_) => Some(netlink::SOCK_DIAG),
        Query::LinkModes | Query::WifiInterfaces | Query::WifiScan(_) | Query::WifiStations(_) => {
            Some(netlink::GENERIC)
        }
    }
}

/// The payload of a query.
pub(super) fn body(query: Query) -> Body {
    match query {
        Query::Links => plain(RTM_GETLINK, vec![0; IFINFOMSG]),
        Query::Addresses => plain(RTM_GETADDR, vec![0; IFADDRMSG]),
        Query::Neighbours => plain(RTM_GETNEIGH, beginning_with(AF_INET, NDMSG)),
        Query::Routes => plain(RTM_GETROUTE, vec![0; RTMSG]),
        Query::Qdiscs => plain(RTM_GETQDISC, vec![0; TCMSG]),
        Query::TcpSockets(version) => plain(SOCK_DIAG_BY_FAMILY, tcp_sockets(version)),
        Query::LinkModes => Body::Generic {
            family: "ethtool",
            payload: link_modes(),
        },
        Query::WifiInterfaces => wifi(NL80211_CMD_GET_INTERFACE, None),
        Query::WifiScan(index) => wifi(NL80211_CMD_GET_SCAN, Some(index)),
        Query::WifiStations(index) => wifi(NL80211_CMD_GET_STATION, Some(index)),
    }
}

/// Requests the ID of a family.
pub(super) fn family(name: &str) -> Vec<u8> {
    let mut payload = generic_header(CTRL_CMD_GETFAMILY);
    let name = [name.as_bytes(), b"\0"].concat();
    attribute(&mut payload, CTRL_ATTR_FAMILY_NAME, &name);
    payload
}

/// Requests one interface by its name, which ends with a NUL byte.
pub(super) fn link(name: &[u8]) -> Vec<u8> {
    let mut payload = vec![0; IFINFOMSG];
    attribute(&mut payload, IFLA_IFNAME, name);
    let mask = RTEXT_FILTER_SKIP_STATS.to_ne_bytes();
    attribute(&mut payload, IFLA_EXT_MASK, &mask);
    payload
}

fn plain(kind: Kind, payload: Vec<u8>) -> Body {
    Body::Plain { kind, payload }
}

fn beginning_with(family: u8, length: usize) -> Vec<u8> {
    let mut payload = vec![family];
    payload.resize(length, 0);
    payload
}

/// `struct inet_diag_req_v2`. No extension is requested: the required numbers are in every message.
fn tcp_sockets(version: IpVersion) -> Vec<u8> {
    let family = match version {
        IpVersion::V4 => AF_INET,
        IpVersion::V6 => AF_INET6,
    };
    let mut payload = vec![family, IPPROTO_TCP, 0, 0];
    payload.extend(ALL_TCP_STATES.to_ne_bytes());
    payload.resize(payload.len() + SOCKET_ID, 0);
    payload
}

fn link_modes() -> Vec<u8> {
    let mut header = Vec::new();
    let flags = ETHTOOL_FLAG_COMPACT_BITSETS.to_ne_bytes();
    attribute(&mut header, ETHTOOL_A_HEADER_FLAGS, &flags);
    let mut payload = generic_header(ETHTOOL_MSG_LINKMODES_GET);
    attribute(&mut payload, ETHTOOL_A_LINKMODES_HEADER | NESTED, &header);
    payload
}

fn wifi(command: u8, index: Option<u32>) -> Body {
    let mut payload = generic_header(command);
    if let Some(index) = index {
        attribute(&mut payload, NL80211_ATTR_IFINDEX, &index.to_ne_bytes());
    }
    Body::Generic {
        family: "nl80211",
        payload,
    }
}

/// `struct genlmsghdr`: command, version, and two reserved bytes.
fn generic_header(command: u8) -> Vec<u8> {
    vec![command, 1, 0, 0]
}

/// Appends a `struct nlattr` with its value, padded to 4 bytes. All values here are a few bytes
/// long.
fn attribute(payload: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = u16::try_from(4 + value.len()).unwrap_or(u16::MAX);
    payload.extend(length.to_ne_bytes());
    payload.extend(kind.to_ne_bytes());
    payload.extend(value);
    payload.resize(payload.len().next_multiple_of(4), 0);
}
