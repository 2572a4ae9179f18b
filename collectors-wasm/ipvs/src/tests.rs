//! Tests of the collector with simulated hosts.

use firepit_sdk::testing::{Faults, Host, Loss};

use super::*;

const STATISTICS: &str = "   Total Incoming Outgoing         Incoming         Outgoing
   Conns  Packets  Packets            Bytes            Bytes
 16AA370 E33656E5        0     51D8C8883AB3                0

 Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
       4    1FB3C        0          1282A8F                0
";

const TABLE: &str = "IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  C0A80016:0CEA wlc
  -> C0A85216:0CEA      Tunnel  100    248        2
  -> C0A85318:0CEA      Tunnel  50     1          3
FWM  10001000 wlc
  -> [0000:0000:0000:0000:0000:FFFF:C0A8:5216]:0CEA      Tunnel  20     64         1
";

fn host() -> Host {
    Host::new().file(TOTALS, STATISTICS).file(BACKENDS, TABLE)
}

fn backends(options: &'static str) -> String {
    let out = host().run::<Ipvs>([("backend-labels", options)]);
    assert_eq!(out.result, Ok(()));
    let text = out.text();
    let lines = text.lines().filter(|line| line.contains("_backend_"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn shows_totals_and_every_backend() {
    let out = host().run::<Ipvs>([]);
    assert_eq!(out.result, Ok(()));
    let text = out.text();
    let totals = "node_ipvs_connections_total 23765872\n\
                  node_ipvs_incoming_packets_total 3811989221\n\
                  node_ipvs_outgoing_packets_total 0\n\
                  node_ipvs_incoming_bytes_total 89991519156915\n\
                  node_ipvs_outgoing_bytes_total 0\n";
    assert!(text.starts_with(totals), "{text}");
    assert_eq!(text.lines().count(), 5 + 3 * 3);
    let marked = "node_ipvs_backend_weight{local_address=\"\",local_port=\"0\",\
                  remote_address=\"192.168.82.22\",remote_port=\"3306\",proto=\"FWM\",\
                  local_mark=\"10001000\"} 20\n";
    assert!(text.contains(marked), "{text}");
}

#[test]
fn backends_with_equal_labels_are_summed() {
    assert_eq!(
        backends("remote_address"),
        "node_ipvs_backend_connections_active{remote_address=\"192.168.82.22\"} 312\n\
         node_ipvs_backend_connections_active{remote_address=\"192.168.83.24\"} 1\n\
         node_ipvs_backend_connections_inactive{remote_address=\"192.168.82.22\"} 3\n\
         node_ipvs_backend_connections_inactive{remote_address=\"192.168.83.24\"} 3\n\
         node_ipvs_backend_weight{remote_address=\"192.168.82.22\"} 120\n\
         node_ipvs_backend_weight{remote_address=\"192.168.83.24\"} 50"
    );
    assert_eq!(
        backends(""),
        "node_ipvs_backend_connections_active 313\n\
         node_ipvs_backend_connections_inactive 6\n\
         node_ipvs_backend_weight 170"
    );
}

#[test]
fn unknown_label_is_rejected() {
    let result = Host::new().configure::<Ipvs>([("backend-labels", "proto,nope")]);
    let error = "unknown IPVS backend labels: \"nope\"";
    assert_eq!(result.unwrap_err(), error);
}

#[test]
fn without_the_virtual_server_there_is_no_data() {
    assert_eq!(Host::new().run::<Ipvs>([]).result, Err(Error::NoData));
}

#[test]
fn without_backends_only_the_totals_are_shown() {
    let out = Host::new()
        .file(TOTALS, STATISTICS)
        .file(BACKENDS, "")
        .run::<Ipvs>([]);
    assert_eq!(
        (out.result.clone(), out.text().lines().count()),
        (Ok(()), 5)
    );
}

#[test]
fn either_file_suffices() {
    let out = Host::new().file(TOTALS, "").run::<Ipvs>([]);
    assert_eq!(
        out.result.unwrap_err().to_string(),
        "/proc/net/ip_vs_stats: expected a line of hexadecimal totals"
    );
    let out = Host::new().file(TOTALS, STATISTICS).run::<Ipvs>([]);
    assert_eq!(
        (out.result.clone(), out.text().lines().count()),
        (Ok(()), 5)
    );
    let out = host().file(TOTALS, "").run::<Ipvs>([]);
    assert_eq!(
        (out.result.clone(), out.text().lines().count()),
        (Ok(()), 9)
    );
    assert_eq!(out.skipped.len(), 1);
}

#[test]
fn malformed_service_skips_its_backends() {
    let table = TABLE.replace("TCP  C0A80016", "TCP  x");
    let out = host().file(BACKENDS, table).run::<Ipvs>([]);
    assert_eq!(
        (out.result.clone(), out.text().lines().count()),
        (Ok(()), 8)
    );
    let [skipped] = &out.skipped[..] else {
        panic!("{:?}", out.skipped);
    };
    assert_eq!((skipped.file.as_str(), skipped.line), (BACKENDS, 4));
    assert_eq!(skipped.problem, "expected a hexadecimal address and port");
}

#[test]
fn faults() {
    Faults::new()
        .rule(
            TOTALS,
            Loss::Everything,
            "without it there is no virtual server",
        )
        .rule(
            BACKENDS,
            Loss::Lines(&["node_ipvs_backend_"]),
            "all backends are in it",
        )
        .check::<Ipvs>(&host());
}
