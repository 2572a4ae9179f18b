//! Names of hosts: who is asked for them, and what their owner can do.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use firepit_tests::{Act, Directory, Firepit, NameServer, Peer, with_etc};

use super::{ANY, Sent, black_hole, counted, ends, grant, named, page_in, trying, with_granted};
use crate::baseline::{assert_complete, assert_fails_alone, procfs};

/// Threads that look up names for third-party modules.
const LOOKUPS: usize = 4;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Files of `/etc` that make a program ask this server.
fn asking(server: &NameServer) -> Option<(Directory, Vec<String>)> {
    with_etc(&[
        ("resolv.conf", &server.resolv_conf()),
        ("hosts", ""),
        ("nsswitch.conf", "hosts: files dns\n"),
    ])
}

fn within(firepit: Firepit, prefix: &[String]) -> Firepit {
    let prefix: Vec<&str> = prefix.iter().map(String::as_str).collect();
    firepit.within(&prefix)
}

/// A name leads to no address that is never reached, though the operator granted the name.
#[test]
fn names_do_not_lead_to_forbidden_addresses() {
    let forbidden = [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "fe80::1",
        "fd00:ec2::254",
        "168.63.129.16",
        "224.0.0.1",
        "255.255.255.255",
        "0.0.0.0",
        "::",
    ];
    let hosts: String = forbidden
        .iter()
        .enumerate()
        .map(|(number, ip)| format!("{ip} n{number}.test\n"))
        .collect();
    let hosts = format!("{hosts}127.0.0.1 good.test\n");
    let Some((namespace, (_etc, etc))) = black_hole().zip(with_etc(&[("hosts", &hosts)])) else {
        return;
    };
    let addresses: Vec<String> = (0..forbidden.len())
        .map(|number| format!("tcp:n{number}.test:80"))
        .collect();
    let good = "tcp:good.test:80";
    let tried: Vec<&str> = addresses.iter().map(String::as_str).chain([good]).collect();
    let prefix = [&namespace.prefix().map(str::to_owned)[..], &etc].concat();
    let procfs = procfs();
    let firepit = trying(&tried, &tried).procfs(procfs.path());
    let running = within(firepit, &prefix).start();
    let before = Sent::of(running.pid());
    let page = page_in(&namespace, running.address().port());
    let ends = ends(&page);
    for (address, ip) in addresses.iter().zip(forbidden) {
        assert_eq!(ends[address], "not granted", "{ip}");
    }
    // The scrape, and the name that leads to a usual address.
    assert_eq!(ends[good], "connection refused");
    assert_eq!(Sent::of(running.pid()).connects, before.connects + 2);
    let denied = counted(&page, "denied_connections", ANY);
    assert_eq!(denied, Some(forbidden.len() as f64));
    assert_complete(&page);
}

/// A name whose address changes at each lookup: the address that was checked is the one that is connected to.
#[test]
fn the_address_that_was_checked_is_connected_to() {
    let bad = ip("169.254.169.254");
    let rebinding =
        move |_: &str, before: usize| Some(vec![if before == 0 { ip("127.0.0.1") } else { bad }]);
    let Some(server) = NameServer::start(rebinding) else {
        return;
    };
    let Some((_etc, etc)) = asking(&server) else {
        return;
    };
    let peer = Peer::tcp([Act::Hang]);
    let address = format!("tcp:rebinding.test:{}", peer.port());
    let running = within(trying(&[&address], &[&address]), &etc).start();
    assert_eq!(ends(&running.scrape())[&address], "connected");
    assert_eq!(
        server.asked(),
        ["rebinding.test"],
        "one lookup for one connection"
    );
    assert_eq!(ends(&running.scrape())[&address], "not granted");
    assert_eq!((server.asked().len(), peer.met()), (2, 1));
}

/// An answer with both kinds of addresses: only what may be reached is tried.
#[test]
fn forbidden_addresses_are_left_out_of_an_answer() {
    let mixed = |_: &str, _| Some(vec![ip("169.254.169.254"), ip("127.0.0.1")]);
    let Some(server) = NameServer::start(mixed) else {
        return;
    };
    let Some((_etc, etc)) = asking(&server) else {
        return;
    };
    let peer = Peer::tcp([Act::Hang]);
    let address = format!("tcp:mixed.test:{}", peer.port());
    let running = within(trying(&[&address], &[&address]), &etc).start();
    assert_eq!(ends(&running.scrape())[&address], "connected");
}

/// Names carry no secret out: those that were not granted are not looked up.
#[test]
fn names_that_are_not_granted_are_not_looked_up() {
    let Some(server) = NameServer::start(|_, _| Some(vec![ip("127.0.0.1")])) else {
        return;
    };
    let Some((_etc, etc)) = asking(&server) else {
        return;
    };
    let peer = Peer::tcp([Act::Hang]);
    let firepit = with_granted("connect_flood", &["tcp"])
        .flag("--sandbox.connections=20000")
        .flag("--collector.connect_flood.what=names")
        .flag(format!(
            "--collector.connect_flood.tcp=granted.test:{}",
            peer.port()
        ));
    let running = within(firepit, &etc).start();
    let page = running.scrape();
    assert_eq!(page.value("connect_flood_done", &[]), Some(0.0));
    let denied = counted(&page, "denied_connections", "connect_flood");
    assert_eq!(denied, Some(10_000.0));
    assert_eq!(server.asked(), ["granted.test"]);
}

/// A name server that says nothing costs a bounded number of threads, and nobody's time but the collector's.
#[test]
fn silent_name_server_costs_few_threads() {
    let Some(server) = NameServer::start(|_, _| None) else {
        return;
    };
    let Some((_etc, etc)) = asking(&server) else {
        return;
    };
    let names: Vec<String> = (0..12).map(|number| format!("asks_{number}")).collect();
    let config: String = names.iter().map(|name| grant(name, &["tcp"])).collect();
    let procfs = procfs();
    let mut firepit = Firepit::new()
        .config(&format!("collectors:\n{config}"))
        .procfs(procfs.path())
        .flag("--sandbox.deadline=5s")
        .flag("--sandbox.connect-timeout=500ms");
    for name in &names {
        firepit = firepit
            .bytes(name, &named("connect_peer", name))
            .flag(format!("--collector.{name}"))
            .flag(format!("--collector.{name}.tcp={name}.test:80"))
            .flag(format!("--collector.{name}.tolerant"));
    }
    let running = within(firepit, &etc).start();
    for _ in 0..3 {
        let began = Instant::now();
        let page = running.scrape();
        assert!(began.elapsed() < Duration::from_secs(20));
        assert_complete(&page);
        let told: Vec<String> = (names.iter())
            .flat_map(|name| super::heard(&page, name))
            .map(|(_, reason)| reason)
            .collect();
        assert_eq!(told.len(), names.len());
        for reason in told {
            assert!(
                ["timed out", "too many open connections"].contains(&reason.as_str()),
                "{reason}"
            );
        }
        let threads = running.threads_called("resolve").len();
        assert!((1..=LOOKUPS).contains(&threads), "{threads}");
    }
    assert!(server.asked().len() >= LOOKUPS);
}

/// The reason is told where a collector fails for it.
#[test]
fn silent_name_server_is_told() {
    let Some(server) = NameServer::start(|_, _| None) else {
        return;
    };
    let Some((_etc, etc)) = asking(&server) else {
        return;
    };
    let firepit = with_granted("connect_peer", &["tcp"])
        .flag("--sandbox.connect-timeout=200ms")
        .flag("--collector.connect_peer.tcp=silent.test:80");
    let (running, _) = assert_fails_alone(within(firepit, &etc), "connect_peer", "error");
    let line = running.logs.wait_for("msg", "collector failed");
    assert_eq!(line.get("err"), Some("tcp:silent.test:80: timed out"));
}
