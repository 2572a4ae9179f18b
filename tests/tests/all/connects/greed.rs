//! Guests that want too much of a service that they were granted.

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use firepit_tests::{Act, Firepit, Page, Peer, Running, until};

use super::{counted, grant, named, with_granted};
use crate::baseline::{assert_complete, assert_fails_alone, procfs, success};

const FLOOD: &str = "connect_flood";

/// Open connections of all third-party modules.
const OPEN: usize = 32;
/// Open connections of one collector.
const OPEN_EACH: usize = 4;

fn doing(what: &str) -> Firepit {
    with_granted(FLOOD, &["tcp", "udp"]).flag(format!("--collector.{FLOOD}.what={what}"))
}

fn at(firepit: Firepit, peer: &Peer) -> Firepit {
    firepit.flag(format!("--collector.{FLOOD}.tcp={}", peer.address()))
}

fn done(page: &Page, by: &str) -> Option<f64> {
    page.value(&format!("{by}_done"), &[])
}

fn assert_limit(running: &Running, limit: &str) {
    let line = running.logs.wait_for("msg", "collector failed");
    assert_eq!(line.get("limit"), Some(limit), "{line:?}");
}

/// `Limits::connections`, by TCP
#[test]
fn ten_thousand_connections_end_at_the_limit() {
    let peer = Peer::tcp([]);
    let (running, page) =
        assert_fails_alone(at(doing("connects"), &peer), FLOOD, "connection-limit");
    assert_limit(&running, "--sandbox.connections");
    assert_eq!(counted(&page, "connections", FLOOD), Some(16.0));
    until("the connections", || (peer.met() == 16).then_some(()));
}

/// `Limits::connections`, by UDP
#[test]
fn ten_thousand_datagrams_end_at_the_limit() {
    let peer = Peer::udp([Act::say("!")]);
    let firepit = doing("datagrams").flag(format!("--collector.{FLOOD}.udp={}", peer.address()));
    let (running, page) = assert_fails_alone(firepit, FLOOD, "connection-limit");
    assert_limit(&running, "--sandbox.connections");
    assert_eq!(counted(&page, "connections", FLOOD), Some(16.0));
    assert_eq!(peer.met(), 16);
}

/// Fuel, for texts that are copied and are no addresses.
#[test]
fn ten_thousand_long_texts_run_out_of_fuel() {
    let firepit = doing("texts").flag(format!("--collector.{FLOOD}.tcp=127.0.0.1:1"));
    let (_, page) = assert_fails_alone(firepit, FLOOD, "out-of-fuel");
    let cpu = counted(&page, "cpu_seconds", FLOOD);
    assert!(cpu.is_some_and(|cpu| cpu < 20.0), "{cpu:?}");
}

/// `Limits::connections_open`: handles that are never given back stay few, over any number of scrapes.
#[test]
fn hoarded_connections_stay_few() {
    let peer = Peer::tcp([Act::Hang]);
    let procfs = procfs();
    let running = at(doing("hoard"), &peer).procfs(procfs.path()).start();
    assert_eq!(done(&running.scrape(), FLOOD), Some(OPEN_EACH as f64));
    let files = running.open_files();
    for _ in 0..10 {
        let page = running.scrape();
        assert_eq!(done(&page, FLOOD), Some(OPEN_EACH as f64));
        assert_complete(&page);
    }
    assert_eq!((peer.open(), peer.met()), (OPEN_EACH, OPEN_EACH));
    assert!(running.open_files() <= files + 2, "{files}");
}

/// Third-party modules together have half of all places.
#[test]
fn hoarders_together_leave_half_of_the_places() {
    let peer = Peer::tcp([Act::Hang]);
    let names: Vec<String> = (0..12).map(|number| format!("hoards_{number}")).collect();
    let config: String = names.iter().map(|name| grant(name, &["tcp"])).collect();
    let procfs = procfs();
    let firepit = Firepit::new()
        .config(&format!("collectors:\n{config}"))
        .procfs(procfs.path());
    let firepit = names.iter().fold(firepit, |firepit, name| {
        firepit
            .bytes(name, &named(FLOOD, name))
            .flag(format!("--collector.{name}"))
            .flag(format!("--collector.{name}.tcp={}", peer.address()))
            .flag(format!("--collector.{name}.what=hoard"))
    });
    let running = firepit.start();
    for _ in 0..3 {
        let page = running.scrape();
        assert_complete(&page);
        let held: f64 = names.iter().map(|name| done(&page, name).unwrap()).sum();
        assert_eq!(held, OPEN as f64);
    }
    until("the connections", || (peer.open() == OPEN).then_some(()));
}

/// Connections end with the instance that holds them.
#[test]
fn connections_end_with_their_instance() {
    let peer = Peer::tcp([Act::Hang]);
    let config = format!(
        "collectors:\n{}",
        grant(FLOOD, &["tcp"]).replace("{grants", "{instances: fresh, grants")
    );
    let firepit = Firepit::with_guest(FLOOD)
        .config(&config)
        .flag(format!("--collector.{FLOOD}.what=hoard"));
    let running = at(firepit, &peer).start();
    for _ in 0..5 {
        assert_eq!(done(&running.scrape(), FLOOD), Some(OPEN_EACH as f64));
    }
    until("the connections", || {
        (peer.met() == 5 * OPEN_EACH).then_some(())
    });
    until("the end of all but the last", || {
        (peer.open() <= OPEN_EACH).then_some(())
    });
}

/// A description is the same everywhere, and options are checked without their services.
#[test]
fn connections_outside_of_collect_reject_the_module() {
    let peer = Peer::tcp([Act::Hang]);
    let describing = with_granted("connect_describe", &[]);
    for (firepit, reason) in [
        (
            at(doing("early"), &peer),
            "connects to a service outside of collect",
        ),
        (describing, "stream.connect, which is not granted"),
    ] {
        let procfs = procfs();
        let running = firepit.procfs(procfs.path()).start_at_once();
        let line = running.logs.wait_for("msg", "module not loaded");
        let err = line.get("err").unwrap();
        assert!(err.contains(reason), "{err}");
        assert_complete(&running.scrape());
    }
    assert_eq!(peer.met(), 0);
}

/// `Limits::connection_bytes`, for bytes that are sent
#[test]
fn endless_writing_ends_at_the_limit() {
    let peer = Peer::tcp([Act::Hang]);
    let (running, page) = assert_fails_alone(at(doing("writes"), &peer), FLOOD, "connection-limit");
    assert_limit(&running, "--sandbox.connection-bytes");
    let bytes = counted(&page, "connection_bytes", FLOOD).unwrap();
    assert!(bytes > 16e6 && bytes < 17e6, "{bytes}");
}

/// A peer that reads nothing: the wait for it ends, and says so.
#[test]
fn writing_to_a_peer_that_reads_nothing_times_out() {
    let peer = Peer::tcp([Act::Wait(Duration::from_secs(3600))]);
    let firepit = at(doing("writes"), &peer).flag("--sandbox.deadline=2s");
    let (running, _) = assert_fails_alone(firepit, FLOOD, "error");
    let line = running.logs.wait_for("msg", "collector failed");
    let expected = format!("tcp:{}: timed out", peer.address());
    assert_eq!(line.get("err"), Some(expected.as_str()));
}

/// Fuel, for calls that bring a byte each or none.
#[test]
fn endless_small_reads_run_out_of_fuel() {
    let peer = Peer::tcp([Act::Flood(vec![b'x'; 64 << 10])]);
    for what in ["reads", "polls"] {
        assert_fails_alone(at(doing(what), &peer), FLOOD, "out-of-fuel");
    }
}

/// An answer of 4 GiB is asked for, and memory is taken for what arrives only.
#[test]
fn huge_sizes_take_no_memory() {
    let peer = Peer::tcp([Act::say("ten bytes!")]);
    let procfs = procfs();
    let running = at(doing("huge"), &peer).procfs(procfs.path()).start();
    let before = running.resident_kib();
    for _ in 0..5 {
        let page = running.scrape();
        assert_eq!(done(&page, FLOOD), Some(10.0));
        assert_complete(&page);
    }
    let after = running.resident_kib();
    assert!(after < before + (32 << 10), "{before} to {after} KiB");

    let udp = Peer::udp([Act::say("ten bytes!")]);
    let firepit = doing("huge-datagram").flag(format!("--collector.{FLOOD}.udp={}", udp.address()));
    assert_eq!(done(&firepit.start().scrape(), FLOOD), Some(10.0));
}

/// `Limits::hostcall_bytes`
#[test]
fn a_huge_request_is_refused_before_it_is_copied() {
    let peer = Peer::tcp([Act::Hang]);
    assert_fails_alone(at(doing("large"), &peer), FLOOD, "contract");
    assert!(peer.heard().is_empty());
}

/// A number is no stream: neither that of another resource, nor that of a stream that was dropped.
#[test]
fn handles_cannot_be_forged() {
    let peer = Peer::tcp([Act::Hang]);
    for what in ["forged", "dropped"] {
        let (running, page) = assert_fails_alone(at(doing(what), &peer), FLOOD, "contract");
        assert_eq!(done(&page, FLOOD), None);
        let line = running.logs.wait_for("msg", "collector failed");
        let err = line.get("err").unwrap();
        assert!(
            err.contains("handle") || err.contains("resource"),
            "{what}: {err}"
        );
    }
}

/// `Limits::connect_timeout`: a service that never accepts.
#[test]
fn full_queue_of_a_service_ends_the_wait() {
    let listener = socket2::Socket::from(TcpListener::bind("127.0.0.1:0").unwrap());
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let attempt = || TcpStream::connect_timeout(&address, Duration::from_millis(300));
    let mut waiting = Vec::new();
    while let Ok(stream) = attempt() {
        waiting.push(stream);
    }
    let firepit = doing("writes")
        .flag(format!("--collector.{FLOOD}.tcp={address}"))
        .flag("--sandbox.connect-timeout=300ms");
    let (running, page) = assert_fails_alone(firepit, FLOOD, "error");
    let line = running.logs.wait_for("msg", "collector failed");
    let expected = format!("tcp:{address}: timed out");
    assert_eq!(line.get("err"), Some(expected.as_str()));
    assert_eq!(success(&page, FLOOD), Some(0.0));
}
