//! Connections: what hostile guests try, and what hostile peers do. Each costs its own collector only, and the metric
//! and the log say why.

mod forbidden;
mod greed;
mod level;
mod names;
mod peers;

use std::collections::BTreeMap;
use std::fs;

use firepit_tests::{Directory, Firepit, Namespace, Page, Request, guest};

/// Precedes the name of the collector in the bytes of some guests.
const MARKER: &[u8] = b"connect-guest-is=";
/// Bytes of the marker and the name.
const MARKED: usize = 32;

/// Tries what it is told.
const ANY: &str = "connect_any";

/// The module of a guest, with this name of its collector.
fn named(module: &str, name: &str) -> Vec<u8> {
    let mut wasm = fs::read(guest(module)).unwrap();
    let mut found = (0..wasm.len()).filter(|at| wasm[*at..].starts_with(MARKER));
    let at = found.next().expect("the guest has a marker");
    assert_eq!(found.next(), None, "the guest has one marker");
    let marked = format!("{}{name}", str::from_utf8(MARKER).unwrap());
    assert!(marked.len() <= MARKED, "{name}");
    wasm[at..at + MARKED].copy_from_slice(format!("{marked:MARKED$}").as_bytes());
    wasm
}

/// The entry of a config that grants a collector the addresses of its options.
fn grant(collector: &str, schemes: &[&str]) -> String {
    let addresses: Vec<String> = (schemes.iter())
        .map(|scheme| format!("\"{scheme}:{{{scheme}}}\""))
        .collect();
    let addresses = addresses.join(", ");
    // The guests take the time, and open a directory to get its handle.
    format!(
        "  {collector}: {{grants: {{connects: [{addresses}], interfaces: [metrics, log, files, clocks, random, \
         connections]}}}}\n"
    )
}

/// A firepit with a guest that was granted the addresses of its options.
fn with_granted(guest: &str, schemes: &[&str]) -> Firepit {
    Firepit::with_guest(guest).config(&format!("collectors:\n{}", grant(guest, schemes)))
}

/// A firepit with the guest that tries these addresses, and was granted some.
fn trying(addresses: &[&str], granted: &[&str]) -> Firepit {
    let flag = |name: &str, value: &str| format!("--collector.{ANY}.{name}={value}");
    let mut firepit = with_granted(ANY, &["tcp", "udp", "unix"]).flag("--sandbox.connections=1000");
    for address in addresses {
        firepit = firepit.flag(flag("try", address));
    }
    for address in granted {
        let (scheme, place) = address.split_once(':').unwrap();
        firepit = firepit.flag(flag(scheme, place));
    }
    firepit
}

/// How each attempt of that guest ended.
fn ends(page: &Page) -> BTreeMap<String, String> {
    let tried = page.samples("guest_tried_seconds");
    tried
        .map(|sample| {
            let label = |name: &str| sample.labels[name].clone();
            (label("address"), label("end"))
        })
        .collect()
}

/// The value of one of the counters of connections.
fn counted(page: &Page, what: &str, collector: &str) -> Option<f64> {
    let name = format!("firepit_collector_{what}_total");
    page.value(&name, &[("collector", collector)])
}

/// The length of the answer that a client heard, and its beginning; or why it heard none.
fn heard(page: &Page, client: &str) -> Option<(f64, String)> {
    let name = format!("{client}_heard_bytes");
    let sample = page.samples(&name).next()?;
    Some((sample.value, sample.labels["begins"].clone()))
}

/// A network of its own, in which packets to all hosts disappear.
fn black_hole() -> Option<Namespace> {
    let namespace = Namespace::new()?;
    for line in [
        "ip link set lo up",
        "ip link add hole type veth peer name nowhere",
        "ip address add 10.9.8.7/24 dev hole",
        "ip address add 2001:db8::7/64 dev hole nodad",
        "ip link set hole arp off",
        "ip link set hole up",
        "ip link set nowhere up",
        "ip route add default dev hole",
        "ip -6 route add default dev hole",
    ] {
        namespace.run(line);
    }
    Some(namespace)
}

/// The page of a firepit in a namespace.
fn page_in(namespace: &Namespace, port: u16) -> Page {
    let answer = namespace.ask(port, &Request::get("/metrics")).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    Page::parse(answer.text()).unwrap()
}

/// What a network namespace has sent: connections begun, and datagrams by IPv4 and IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sent {
    connects: u64,
    datagrams: u64,
    datagrams6: u64,
}

impl Sent {
    /// Of the namespace of a process.
    fn of(pid: u32) -> Self {
        let read = |name: &str| fs::read_to_string(format!("/proc/{pid}/net/{name}")).unwrap();
        let (snmp, snmp6) = (read("snmp"), read("snmp6"));
        let datagrams6 = (snmp6.lines())
            .find_map(|line| line.strip_prefix("Udp6OutDatagrams"))
            .unwrap();
        Self {
            connects: column(&snmp, "Tcp:", "ActiveOpens"),
            datagrams: column(&snmp, "Udp:", "OutDatagrams"),
            datagrams6: datagrams6.trim().parse().unwrap(),
        }
    }
}

/// A value of `/proc/net/snmp`, which has a line of names before each line of values.
fn column(snmp: &str, protocol: &str, name: &str) -> u64 {
    let mut lines = snmp.lines().filter(|line| line.starts_with(protocol));
    let names = lines.next().unwrap().split(' ');
    let mut both = names.zip(lines.next().unwrap().split(' '));
    both.find(|(it, _)| *it == name).unwrap().1.parse().unwrap()
}

/// A directory that exists as long as a firepit, and its path.
fn place() -> (Directory, String) {
    let directory = Directory::new();
    let path = directory.path().display().to_string();
    (directory, path)
}
