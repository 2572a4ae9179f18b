//! The number of TCP sockets by state, and the bytes in their queues.
//!
//! Queries netlink ([sock_diag(7)](https://man7.org/linux/man-pages/man7/sock_diag.7.html)) for the
//! IPv4 sockets, and if `/proc/net/tcp6` exists for the IPv6 sockets. Emits
//! `node_tcp_connection_states`, in which two of the states are sums of bytes.

mod sockets;

use firepit_sdk::files::{self, Optional};
use firepit_sdk::netlink::{self, IpVersion, Query};
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, ResultExt, export};

use sockets::Sockets;

const STATES: Gauge<1> = Gauge::new(
    "node_tcp_connection_states",
    "Number of connection states.",
    ["state"],
);

/// Exists if the kernel has IPv6.
const TCP6: &str = "/proc/net/tcp6";

export!(
    TcpStat,
    collect,
    Descriptor::new("tcpstat", "Shows the states of TCP connections.")
        .disabled_by_default()
        .reads([TCP6])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let mut sockets = Sockets::default();
    add(&mut sockets, IpVersion::V4).context("couldn't get tcpstats")?;
    let tcp6 = files::stat(TCP6).optional();
    if tcp6.is_ok_and(|found| found.is_some()) {
        add(&mut sockets, IpVersion::V6).context("couldn't get tcp6stats")?;
    }
    let mut writer = metrics.gauge(&STATES);
    for (state, count) in sockets.values() {
        writer.set([state], count);
    }
    Ok(())
}

fn add(sockets: &mut Sockets, version: IpVersion) -> Result<(), netlink::Error> {
    let dump = netlink::dump(Query::TcpSockets(version))?;
    Ok(sockets.add(&dump)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::Collector;
    use firepit_sdk::netlink::Reason;
    use firepit_sdk::testing::Host;
    use firepit_sdk::testing::netlink::message;

    fn listening() -> Vec<u8> {
        let mut socket = [0; 72];
        socket[1] = 10;
        message(20, &socket, b"")
    }

    fn host(v6: Result<Vec<u8>, Reason>) -> Host {
        Host::new()
            .netlink(Query::TcpSockets(IpVersion::V4), Ok(listening()))
            .netlink(Query::TcpSockets(IpVersion::V6), v6)
    }

    fn error(host: &Host) -> String {
        host.run::<TcpStat>([]).result.unwrap_err().to_string()
    }

    #[test]
    fn both_versions_are_added_up() {
        let host = host(Ok(listening()));
        let with = |count: u32| {
            let bytes = "node_tcp_connection_states{state=\"rx_queued_bytes\"} 0\n\
                         node_tcp_connection_states{state=\"tx_queued_bytes\"} 0\n";
            format!("node_tcp_connection_states{{state=\"listen\"}} {count}\n{bytes}")
        };
        assert_eq!(host.run::<TcpStat>([]).text(), with(1));
        let out = host.file(TCP6, "").run::<TcpStat>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), with(2)));
    }

    #[test]
    fn netlink_failure_is_an_error() {
        let expected = "couldn't get tcpstats: not supported by this kernel";
        assert_eq!(error(&Host::new()), expected);
        let host = host(Err(Reason::PermissionDenied)).file(TCP6, "");
        assert_eq!(error(&host), "couldn't get tcp6stats: permission denied");
    }

    #[test]
    fn malformed_answers_are_an_error() {
        for bytes in [vec![0; 16], message(20, &[0; 68], b"")] {
            let host = Host::new().netlink(Query::TcpSockets(IpVersion::V4), Ok(bytes));
            let expected = "couldn't get tcpstats: malformed netlink message";
            assert_eq!(error(&host), expected);
        }
    }

    #[test]
    fn it_is_off_by_default() {
        let expected = Descriptor::new("tcpstat", "Shows the states of TCP connections.")
            .disabled_by_default()
            .reads(["/proc/net/tcp6"]);
        assert_eq!(TcpStat::describe(), expected);
    }
}
