//! Buses that are slow, broken or hostile, for the collectors that ask by D-Bus: the metrics response comes, the
//! reason is told, and a good bus at the same place is asked again.

use std::time::Duration;

use firepit_sdk::dbus::{Body, Failure};
use firepit_sdk::testing::bus::{self, Received};
use firepit_tests::{Act, Directory, Firepit, Peer, until};

/// A bus with a systemd that has one unit, and a logind without sessions.
fn good() -> Act {
    let bus = bus::peer(answer);
    Act::answer(move |bytes| Some(bus.answers(bytes)).filter(|answer| !answer.is_empty()))
}

fn answer(call: &Received) -> Result<Body, Failure> {
    match (call.member.as_str(), call.property()) {
        ("ListUnits", _) => Ok(Body::new().array("(ssssssouso)", |units| {
            units.structure(|unit| {
                let unit = unit
                    .string("cron.service")
                    .string("")
                    .string("loaded")
                    .string("active");
                unit.string("running")
                    .string("")
                    .path("/unit")
                    .u32(0)
                    .string("")
                    .path("/")
            })
        })),
        ("ListSeats", _) => Ok(Body::new().array("(so)", |seats| seats)),
        ("ListSessions", _) => Ok(Body::new().array("(susso)", |sessions| sessions)),
        (_, Some((_, "Version"))) => Ok(Body::new().variant("s", |value| value.string("257.4"))),
        (_, Some(_)) => Ok(Body::new().variant("s", |value| value.string("running"))),
        (other, None) => Err(bus::failure(
            "org.freedesktop.DBus.Error.UnknownMethod",
            other,
        )),
    }
}

const OK: &[u8] = b"DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n";

/// Accepts a client and its `Hello`.
fn greeting() -> Vec<u8> {
    let hello = bus::message(&Ok(Body::new().string(":1.1")), 1);
    [OK, &hello].concat()
}

/// A signal of 4 KiB.
fn signal() -> Vec<u8> {
    let mut signal = bus::message(&Ok(Body::new().string(&"x".repeat(4096))), 1);
    signal[1] = 4;
    signal
}

/// What each bus does, and how the collector's failure ends.
fn bad() -> Vec<(Vec<Act>, &'static str)> {
    let calls = || Act::Hear(b"ListUnits".to_vec());
    let mut endless = b"l\x02\x01\x01\xff\xff\xff\xff\x01\0\0\0\0\0\0\0".to_vec();
    endless.resize(4096, 0);
    let slow = Duration::from_millis(20);
    vec![
        (
            vec![Act::Hang],
            "couldn't get dbus connection: {bus}: timed out",
        ),
        (
            vec![Act::say(OK), Act::Hang],
            "couldn't get dbus connection: {bus}: timed out",
        ),
        (
            vec![Act::Trickle(greeting(), slow), Act::Hang],
            "couldn't get dbus connection: {bus}: timed out",
        ),
        (
            vec![Act::say("HTTP/1.1 400 Bad Request\r\n\r\n")],
            "couldn't get dbus connection: {bus}: not a D-Bus server",
        ),
        (
            vec![Act::say("REJECTED EXTERNAL\r\n")],
            "couldn't get dbus connection: {bus}: authentication rejected",
        ),
        (
            vec![Act::Flood(b"x".to_vec())],
            "couldn't get dbus connection: {bus}: not a D-Bus server",
        ),
        (
            vec![Act::say(greeting()), Act::Hang],
            "couldn't get units: {bus}: timed out",
        ),
        (
            vec![Act::say(greeting()), calls()],
            "couldn't get units: {bus}: connection reset by peer",
        ),
        (
            vec![Act::say(greeting()), calls(), Act::HalfClose, Act::Hang],
            "couldn't get units: {bus}: connection reset by peer",
        ),
        (
            vec![Act::say(greeting()), calls(), Act::say(endless), Act::Hang],
            "couldn't get units: {bus}: D-Bus message is too long",
        ),
        (
            vec![
                Act::say(greeting()),
                calls(),
                Act::say("garbage".repeat(99)),
            ],
            "couldn't get units: {bus}: malformed header of a D-Bus message",
        ),
        (
            vec![Act::say(greeting()), calls(), Act::Flood(signal())],
            "",
        ),
    ]
}

#[test]
fn bad_bus_costs_its_collector_alone_and_a_good_bus_is_asked_again() {
    let directory = Directory::new();
    let path = directory.path().join("bus");
    let bus = format!("unix:{}", path.display());
    let mut peer = Peer::unix(&path, [good()]);
    let firepit = Firepit::new()
        .flag("--collector.systemd")
        .flag(format!("--collector.systemd.bus={}", path.display()))
        .flag("--collector.systemd.dbus-timeout=300ms")
        .start();
    let success = |collector: &str| {
        let page = firepit.scrape();
        page.value("node_scrape_collector_success", &[("collector", collector)])
    };
    assert_eq!(success("systemd"), Some(1.0));
    let mut told = 0;
    for (acts, reason) in bad() {
        let shown = format!("{acts:?}");
        peer.stop();
        peer.change(acts);
        peer.start();
        assert_eq!(success("systemd"), Some(0.0), "{shown}");
        let reason = reason.replace("{bus}", &bus);
        until(&format!("{reason:?} of {shown}"), || {
            let lines = firepit.logs.raw();
            let new = lines.iter().skip(told).any(|line| line.contains(&reason));
            new.then(|| told = lines.len())
        });
        assert_eq!(success("loadavg"), Some(1.0), "{shown}");

        peer.stop();
        peer.change([good()]);
        peer.start();
        assert_eq!(success("systemd"), Some(1.0), "after {shown}");
    }
}

#[test]
fn connection_is_kept_between_scrapes() {
    let directory = Directory::new();
    let path = directory.path().join("bus");
    let peer = Peer::unix(&path, [good()]);
    let firepit = ["systemd", "logind"]
        .iter()
        .fold(Firepit::new(), |firepit, name| {
            let bus = format!("--collector.{name}.bus={}", path.display());
            firepit.flag(format!("--collector.{name}")).flag(bus)
        });
    let firepit = firepit.start();
    for _ in 0..5 {
        let page = firepit.scrape();
        for name in ["systemd", "logind"] {
            let success = page.value("node_scrape_collector_success", &[("collector", name)]);
            assert_eq!(success, Some(1.0), "{name}");
        }
    }
    // Each collector has one.
    assert_eq!((peer.met(), peer.open()), (2, 2));
}
