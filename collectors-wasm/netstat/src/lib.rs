//! Statistics of the network protocols: IP, ICMP, TCP, UDP and related protocols.
//!
//! Reads `/proc/net/netstat`, `/proc/net/snmp` and `/proc/net/snmp6`
//! ([proc_pid_net(5)](https://man7.org/linux/man-pages/man5/proc_pid_net.5.html); the last is
//! missing without IPv6). Emits `node_netstat_<protocol>_<field>` for each `<protocol>_<field>`
//! that matches the option `fields`. If files share a protocol, the file read last is used.
//!
//! A malformed value is skipped; a protocol whose numbers of names and values differ is omitted,
//! and so are the values of an unreadable file. Without `netstat` and `snmp` the collector fails.

mod names;
mod parse;
mod shape;

use firepit_sdk::files::{Directory, Error as FileError};
use firepit_sdk::filter::Pattern;
use firepit_sdk::parse::Text;
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, Untyped, export};

use names::Family;
use shape::Shape;

const FIELDS: &str = "^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)\
    |Icmp6?_(InMsgs|OutMsgs)\
    |TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)\
    |Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)\
    |Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$";

/// The collector.
#[derive(Debug)]
pub struct NetStat {
    fields: Pattern,
    shape: Shape,
}

impl Collector for NetStat {
    fn describe() -> Descriptor {
        Descriptor::new("netstat", "Shows statistics of the network protocols.")
            .reads(["/proc/net/netstat", "/proc/net/snmp", "/proc/net/snmp6"])
            .text(
                "fields",
                FIELDS,
                "Regexp of fields to return for netstat collector.",
            )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let fields = settings.text("fields");
        Ok(Self {
            fields: Pattern::new(fields).map_err(|error| format!("fields {fields:?}: {error}"))?,
            shape: Shape::default(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let directory = Directory::new("/proc/net");
        let [netstat, snmp, snmp6] = directory.read(["netstat", "snmp", "snmp6"])?;
        if let (Err(error), Err(_)) = (&netstat, &snmp) {
            return Err(error.clone().into());
        }
        let text = |name: &str, content: Result<Vec<u8>, FileError>| {
            directory.text(name, content.or_skip().unwrap_or_default())
        };
        let pairs = [text("netstat", netstat), text("snmp", snmp)];
        self.emit(metrics, pairs.each_ref(), &text("snmp6", snmp6));
        Ok(())
    }
}

impl NetStat {
    /// Emits the families of the shape, which is determined again if the files changed.
    fn emit(&mut self, metrics: &mut Metrics, pairs: [&Text; 2], single_lines: &Text) {
        if let Some(values) = self.shape.values(pairs, single_lines) {
            let shown = self.shape.families().zip(values);
            shown.for_each(|(family, value)| show(metrics, family, value));
            return;
        }
        let mut statistics = Vec::new();
        let mut is_regular = true;
        for text in pairs {
            is_regular &= parse::pairs(text, &mut statistics);
        }
        is_regular &= parse::single_lines(single_lines, &mut statistics);
        let families = names::families(&statistics, &self.fields);
        for (statistic, family) in statistics.iter().zip(&families) {
            if let Some(family) = family {
                show(metrics, family, statistic.value);
            }
        }
        self.shape = if is_regular {
            Shape::new(pairs, single_lines, families)
        } else {
            Shape::default()
        };
    }
}

fn show(metrics: &mut Metrics, family: &Family, value: f64) {
    let family = Untyped::new(&family.name, &family.help, []);
    metrics.untyped(&family).value([], value);
}

export!(NetStat);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    const NETSTAT: &str = "TcpExt: SyncookiesSent TW ListenDrops\nTcpExt: 1 2 3\n\
                           IpExt: InOctets OutOctets\nIpExt: 6286396970 7\n";
    const SNMP: &str = "Ip: Forwarding DefaultTTL\nIp: 1 64\nTcp: MaxConn CurrEstab\nTcp: -1 4\n";
    const SNMP6: &str = "Ip6InOctets  \t460\nUdpLite6InErrors \t5\nIp6InDelivers 9\n";

    fn host() -> Host {
        Host::new()
            .file("/proc/net/netstat", NETSTAT)
            .file("/proc/net/snmp", SNMP)
    }

    #[test]
    fn shows_the_wanted_fields() {
        let out = host().file("/proc/net/snmp6", SNMP6).run::<NetStat>([]);
        assert_eq!(out.result, Ok(()));
        let expected = "node_netstat_TcpExt_SyncookiesSent 1\n\
                        node_netstat_TcpExt_ListenDrops 3\n\
                        node_netstat_IpExt_InOctets 6286396970\n\
                        node_netstat_IpExt_OutOctets 7\n\
                        node_netstat_Ip_Forwarding 1\n\
                        node_netstat_Tcp_CurrEstab 4\n\
                        node_netstat_Ip6_InOctets 460\n\
                        node_netstat_UdpLite6_InErrors 5\n";
        assert_eq!(out.text(), expected);
        let family = out.family("node_netstat_Tcp_CurrEstab").unwrap();
        assert_eq!(family.help, "Statistic TcpCurrEstab.");
    }

    #[test]
    fn the_fields_can_be_chosen() {
        let out = host().run::<NetStat>([("fields", "MaxConn|_TW$")]);
        let expected = "node_netstat_TcpExt_TW 2\nnode_netstat_Tcp_MaxConn -1\n";
        assert_eq!(out.text(), expected);
        let error = host().configure::<NetStat>([("fields", "(")]).unwrap_err();
        assert!(error.starts_with("fields \"(\": "), "{error}");
    }

    #[test]
    fn a_later_file_has_the_whole_protocol() {
        let snmp = "TcpExt: ListenDrops\nTcpExt: 8\n";
        let out = host()
            .file("/proc/net/snmp", snmp)
            .run::<NetStat>([("fields", "^TcpExt")]);
        assert_eq!(out.text(), "node_netstat_TcpExt_ListenDrops 8\n");
    }

    #[test]
    fn the_next_scrape_shows_new_values_and_new_fields() {
        let host = host();
        let mut collector = host.configure::<NetStat>([("fields", "^Ip_")]).unwrap();
        let first = host.collect(&mut collector);
        assert_eq!(
            first.text(),
            "node_netstat_Ip_Forwarding 1\nnode_netstat_Ip_DefaultTTL 64\n"
        );
        let host = host.file("/proc/net/snmp", "Ip: New Forwarding\nIp: 5 2\n");
        let second = host.collect(&mut collector);
        assert_eq!(
            second.text(),
            "node_netstat_Ip_New 5\nnode_netstat_Ip_Forwarding 2\n"
        );
    }

    #[test]
    fn every_scrape_shows_the_same() {
        for snmp6 in [
            SNMP6,
            "NoSuchDigit 1\nIp6InOctets 4\nIp6Alone\nIp6InOctets 5\n",
            "",
        ] {
            let host = host().file("/proc/net/snmp6", snmp6);
            let mut collector = host.configure::<NetStat>([("fields", "")]).unwrap();
            let first = host.collect(&mut collector);
            assert_eq!(first.result, Ok(()));
            for _ in 0..2 {
                assert_eq!(host.collect(&mut collector).families, first.families);
            }
        }
    }

    #[test]
    fn malformed_value_is_reported_at_every_scrape() {
        let host = host().file("/proc/net/snmp6", SNMP6.replace("460", "x"));
        let mut collector = host.configure::<NetStat>([]).unwrap();
        for _ in 0..3 {
            let out = host.collect(&mut collector);
            assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 7));
            let told: Vec<&str> = out.skipped.iter().map(|it| &*it.problem).collect();
            assert_eq!(told, ["Ip6InOctets: expected a number, found \"x\""]);
        }
        let host = host.file("/proc/net/snmp6", SNMP6);
        assert_eq!(host.collect(&mut collector).families.len(), 8);
    }

    #[test]
    fn either_netstat_or_snmp_suffices() {
        let out = Host::new()
            .file("/proc/net/netstat", NETSTAT)
            .run::<NetStat>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 4));
        let out = Host::new().file("/proc/net/snmp", SNMP).run::<NetStat>([]);
        assert_eq!((out.result.clone(), out.families.len()), (Ok(()), 2));
        let out = Host::new()
            .file("/proc/net/snmp6", SNMP6)
            .run::<NetStat>([]);
        let error = out.result.unwrap_err().to_string();
        assert_eq!(error, "/proc/net/netstat: no such file or directory");
    }

    #[test]
    fn faults() {
        Faults::new()
            .options([("fields", "")])
            .rule("/proc/net", Loss::Everything, "all files are in it")
            .rule(
                "/proc/net/netstat",
                Loss::Lines(&["_TcpExt_", "_IpExt_"]),
                "its own values",
            )
            .rule(
                "/proc/net/snmp",
                Loss::Lines(&["_Ip_", "_Tcp_"]),
                "its own values",
            )
            .rule(
                "/proc/net/snmp6",
                Loss::Lines(&["_Ip6_", "_UdpLite6_"]),
                "its own values",
            )
            .check::<NetStat>(&host().file("/proc/net/snmp6", SNMP6));
    }
}
