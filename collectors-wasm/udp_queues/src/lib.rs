//! The bytes in the queues of UDP sockets.
//!
//! Reads `/proc/net/udp` and `/proc/net/udp6`
//! ([proc_net_tcp](https://docs.kernel.org/networking/proc_net_tcp.html) describes the same form).
//! Emits `node_udp_queues`: the sums over all sockets, by direction and by version of IP. Either
//! file may be missing or unreadable. Sockets with a malformed line are omitted from the sums.

mod parse;

use firepit_sdk::files::{self, Optional};
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, export, log, skip};

use parse::Queues;

const QUEUES: Gauge<2> = Gauge::new(
    "node_udp_queues",
    "Number of allocated memory in the kernel for UDP datagrams in bytes.",
    ["ip", "queue"],
);

/// A file: its path, its label value, and the beginning of its error message.
struct Source {
    path: &'static str,
    ip: &'static str,
    failure: &'static str,
}

const SOURCES: [Source; 2] = [
    Source {
        path: "/proc/net/udp",
        ip: "v4",
        failure: "couldn't get udp queued bytes",
    },
    Source {
        path: "/proc/net/udp6",
        ip: "v6",
        failure: "couldn't get udp6 queued bytes",
    },
];

export!(
    UdpQueues,
    collect,
    Descriptor::new("udp_queues", "Shows the queued bytes of UDP sockets.",)
        .reads(SOURCES.map(|source| source.path))
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let mut family = metrics.gauge(&QUEUES);
    let mut end = Err(Error::NoData);
    for source in SOURCES {
        match files::read_text(source.path).optional() {
            Ok(Some(text)) => {
                let Queues { tx, rx } = parse::queues(&text);
                family.set([source.ip, "tx"], tx);
                family.set([source.ip, "rx"], rx);
                end = Ok(());
            }
            Ok(None) => {
                log::debug(
                    "no such socket table, skipping the file",
                    &[("ip", source.ip)],
                );
            }
            Err(error) if end == Err(Error::NoData) => {
                end = Err(Error::context(source.failure)(error));
            }
            Err(error) => skip::report(error),
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    const HEADER: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when \
                          retrnsmt   uid  timeout inode ref pointer drops\n";

    fn table(queues: &str) -> String {
        let address = "00000000:0016 00000000:0000 0A";
        format!("{HEADER}   0: {address} {queues} 00:00000000 00000000 0 0 2740 1 ffff88003d3 0\n")
    }

    #[test]
    fn shows_both_directions_of_both_versions() {
        let out = Host::new()
            .file("/proc/net/udp", table("00000015:00000001"))
            .file("/proc/net/udp6", table("000000FF:00000000"))
            .run::<UdpQueues>([]);
        assert_eq!(out.result, Ok(()));
        let expected = "node_udp_queues{ip=\"v4\",queue=\"tx\"} 21\n\
                        node_udp_queues{ip=\"v4\",queue=\"rx\"} 1\n\
                        node_udp_queues{ip=\"v6\",queue=\"tx\"} 255\n\
                        node_udp_queues{ip=\"v6\",queue=\"rx\"} 0\n";
        assert_eq!(out.text(), expected);
    }

    #[test]
    fn one_ip_version_suffices() {
        for (path, ip) in [("/proc/net/udp", "v4"), ("/proc/net/udp6", "v6")] {
            let out = Host::new().file(path, HEADER).run::<UdpQueues>([]);
            assert_eq!(out.result, Ok(()));
            let expected = format!(
                "node_udp_queues{{ip=\"{ip}\",queue=\"tx\"}} 0\n\
                 node_udp_queues{{ip=\"{ip}\",queue=\"rx\"}} 0\n"
            );
            assert_eq!(out.text(), expected);
        }
        assert_eq!(Host::new().run::<UdpQueues>([]).result, Err(Error::NoData));
    }

    #[test]
    fn malformed_socket_is_skipped() {
        let out = Host::new()
            .file("/proc/net/udp", table("1:2") + "x\n")
            .file("/proc/net/udp6", table("1"))
            .run::<UdpQueues>([]);
        assert_eq!(out.result, Ok(()));
        assert!(out.text().contains("{ip=\"v4\",queue=\"rx\"} 2\n"));
        assert!(out.text().contains("{ip=\"v6\",queue=\"rx\"} 0\n"));
        assert_eq!(out.skipped.len(), 2);
    }

    #[test]
    fn fails_only_if_both_files_are_unavailable() {
        let out = Host::new().directory("/proc/net/udp").run::<UdpQueues>([]);
        assert_eq!(
            out.result.unwrap_err().to_string(),
            "couldn't get udp queued bytes: /proc/net/udp: not a regular file"
        );
        let out = Host::new()
            .directory("/proc/net/udp")
            .file("/proc/net/udp6", table("1:2"))
            .run::<UdpQueues>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 1));
    }

    #[test]
    fn faults() {
        let host = Host::new()
            .file("/proc/net/udp", table("1:2"))
            .file("/proc/net/udp6", table("3:4"));
        Faults::new()
            .rule(
                "/proc/net/udp",
                Loss::Changes(&["ip=\"v4\""]),
                "the only source of IPv4; without its sockets the sums are 0",
            )
            .rule(
                "/proc/net/udp6",
                Loss::Changes(&["ip=\"v6\""]),
                "the only source of IPv6; without its sockets the sums are 0",
            )
            .check::<UdpQueues>(&host);
    }
}
