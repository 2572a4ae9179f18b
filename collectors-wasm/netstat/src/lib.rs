//! Statistics of the network protocols: IP, ICMP, TCP, UDP and their kin.
//!
//! Reads `/proc/net/netstat`, `/proc/net/snmp` and `/proc/net/snmp6`
//! ([proc_pid_net(5)](https://man7.org/linux/man-pages/man5/proc_pid_net.5.html); the last is missing
//! without IPv6). Emits `node_netstat_<protocol>_<field>` for those `<protocol>_<field>` that match
//! the option `fields`. Where files share a protocol, the one read last has it.

mod names;
mod parse;
mod shape;

use firepit_sdk::files::{Directory, Optional};
use firepit_sdk::filter::Pattern;
use firepit_sdk::parse::Text;
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, Untyped, export};

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
        let netstat = directory.text("netstat", netstat?);
        let snmp = directory.text("snmp", snmp?);
        let snmp6 = (snmp6.optional()?).map(|content| directory.text("snmp6", content));
        let values = self.values([&netstat, &snmp], snmp6.as_ref())?;
        for (family, value) in self.shape.families().zip(values) {
            let family = Untyped::new(&family.name, &family.help, []);
            metrics.untyped(&family).value([], value);
        }
        Ok(())
    }
}

impl NetStat {
    /// The values of the families of the shape, which is learned anew where the files are not as they
    /// were.
    fn values(
        &mut self,
        pairs: [&Text; 2],
        single_lines: Option<&Text>,
    ) -> Result<Vec<f64>, Error> {
        if let Some(values) = self.shape.values(pairs, single_lines) {
            return Ok(values);
        }
        let mut statistics = Vec::new();
        for text in pairs {
            parse::pairs(text, &mut statistics)?;
        }
        if let Some(text) = single_lines {
            parse::single_lines(text, &mut statistics)?;
        }
        let families = names::families(&statistics, &self.fields);
        let values = (statistics.iter().zip(&families))
            .filter(|(_, family)| family.is_some())
            .map(|(statistic, _)| statistic.value)
            .collect();
        self.shape = Shape::new(pairs, single_lines, families);
        Ok(values)
    }
}

export!(NetStat);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

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
    fn a_wrong_value_fails_even_where_it_is_not_wanted() {
        let out = host()
            .file("/proc/net/snmp6", "Ip6Whatever x\n")
            .run::<NetStat>([]);
        let error = out.result.clone().unwrap_err().to_string();
        assert_eq!(
            error,
            "/proc/net/snmp6:1: Ip6Whatever: expected a number, found \"x\""
        );
        assert_eq!(out.text(), "");
    }

    #[test]
    fn without_netstat_or_snmp_it_fails() {
        let out = Host::new()
            .file("/proc/net/netstat", NETSTAT)
            .run::<NetStat>([]);
        let error = out.result.unwrap_err().to_string();
        assert_eq!(error, "/proc/net/snmp: no such file or directory");
        let out = Host::new().file("/proc/net/snmp", SNMP).run::<NetStat>([]);
        let error = out.result.unwrap_err().to_string();
        assert_eq!(error, "/proc/net/netstat: no such file or directory");
    }
}
