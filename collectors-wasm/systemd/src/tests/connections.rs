//! Connections: by which socket, kept or not, and what ends them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use firepit_sdk::net::Reason;

use super::*;

#[test]
fn systemd_that_is_not_on_the_bus_is_an_error_after_what_is_known() {
    let peer = bus::peer(|_| {
        let name = "org.freedesktop.DBus.Error.ServiceUnknown";
        let message = "The name org.freedesktop.systemd1 was not provided by any .service files";
        Err(bus::failure(name, message))
    });
    let output = Host::new().peer(BUS, peer).run::<Systemd>([]);
    assert_eq!(
        failure(&output),
        "couldn't get units: The name org.freedesktop.systemd1 was not provided by any .service files"
    );
    let expected = "node_systemd_version{version=\"\"} 0\n\
        node_systemd_virtualization_info{virtualization_type=\"unknown\"} 1\n";
    assert_eq!(output.text(), expected);
}

#[test]
fn unreachable_bus_is_an_error() {
    for (reason, text) in [
        (Reason::NotFound, "no such host or path"),
        (Reason::Refused, "connection refused"),
        (Reason::NotPermitted, "not granted"),
        (Reason::TimedOut, "timed out"),
    ] {
        let host = Host::new().peer(BUS, Peer::failing(reason));
        let output = host.run::<Systemd>([]);
        assert_eq!(
            failure(&output),
            format!("couldn't get dbus connection: {BUS}: {text}")
        );
        assert_eq!(output.text(), "");
        let private =
            format!("no answer by systemd's private socket err={PRIVATE}: connection refused");
        assert_eq!(output.messages.last(), Some(&(Level::Debug, private)));
    }
}

#[test]
fn private_socket_takes_the_place_of_a_bus_that_is_unreachable() {
    let systemd = || Fake::new().unit("a.path", "loaded", "active").peer();
    let host = Host::new()
        .peer(BUS, Peer::failing(Reason::NotFound))
        .peer(PRIVATE, systemd());
    let output = host.run::<Systemd>([]);
    assert_eq!(
        (output.result.clone(), lines(&output, "unit_state").len()),
        (Ok(()), 5)
    );

    // And is the only one with the option.
    let host = Host::new()
        .peer(BUS, systemd())
        .peer(PRIVATE, Peer::failing(Reason::PermissionDenied));
    let output = host.run::<Systemd>([("private", "true")]);
    assert_eq!(
        failure(&output),
        format!("couldn't get dbus connection: {PRIVATE}: permission denied")
    );
    let host = Host::new().peer(PRIVATE, systemd());
    assert_eq!(host.run::<Systemd>([("private", "true")]).result, Ok(()));
}

#[test]
fn path_of_the_bus_is_an_option() {
    let host = Host::new().peer("unix:@bus", Fake::new().peer());
    assert_eq!(host.run::<Systemd>([("bus", "@bus")]).result, Ok(()));
}

#[test]
fn bus_that_stops_to_answer_is_an_error() {
    let peer = |says: &'static [u8], end| {
        let peer = Peer::answering(move |bytes| match bytes.first() {
            Some(0) => {
                let hello = bus::message(&Ok(Body::new().string(":1.1")), 1);
                [b"DATA\r\nOK 12\r\n".as_slice(), &hello].concat()
            }
            _ => says.to_vec(),
        });
        let peer = match end {
            Some(reason) => peer.breaking(reason),
            None => peer.closing(),
        };
        failure(&Host::new().peer(BUS, peer).run::<Systemd>([]))
    };
    let units = |error: &str| format!("couldn't get units: {BUS}: {error}");
    assert_eq!(peer(b"", None), units("connection reset by peer"));
    assert_eq!(peer(b"", Some(Reason::TimedOut)), units("timed out"));
    assert_eq!(
        peer(b"l\x02\x01\x01", None),
        units("connection reset by peer")
    );
    assert_eq!(
        peer(b"HTTP/1.1 400 Bad Request\r\n\r\n", None),
        units("malformed header of a D-Bus message")
    );
    let endless = b"l\x02\x01\x01\xff\xff\xff\xff\x01\0\0\0\0\0\0\0";
    assert_eq!(peer(endless, None), units("D-Bus message is too long"));
}

#[test]
fn malformed_list_of_units_is_an_error() {
    let peer = bus::peer(|call| match call.member.as_str() {
        "ListUnits" => Ok(Body::new().strings(["cron.service"])),
        _ => Err(bus::failure(UNKNOWN, "")),
    });
    let output = Host::new().peer(BUS, peer).run::<Systemd>([]);
    assert_eq!(
        failure(&output),
        "couldn't get units: unexpected type in a D-Bus message"
    );
}

#[test]
fn round_trips_do_not_grow_with_the_units_one_by_one() {
    let fake = (0..500).fold(Fake::new(), |fake, number| {
        let name = format!("unit-with-a-long-name-{number}.service");
        fake.unit(&name, "loaded", "active")
            .with(&name, "Type", text("simple"))
    });
    let exchanges = Arc::new(AtomicUsize::new(0));
    let counted = exchanges.clone();
    let host = Host::new().peer(BUS, counting(fake.peer(), counted));
    let mut collector: Systemd = host.configure([]).unwrap();
    let output = host.collect(&mut collector);
    assert_eq!(lines(&output, "unit_state").len(), 2500);
    // The greeting, the manager, and five batches of properties.
    assert_eq!(exchanges.swap(0, Ordering::Relaxed), 7);

    // The connection is kept.
    host.collect(&mut collector);
    assert_eq!(exchanges.load(Ordering::Relaxed), 6);
}

/// Counts the requests that are sent to a peer.
fn counting(peer: Peer, count: Arc<AtomicUsize>) -> Peer {
    Peer::answering(move |bytes| {
        count.fetch_add(1, Ordering::Relaxed);
        peer.answers(bytes)
    })
}

#[test]
fn bus_that_was_restarted_is_connected_to_again() {
    let fake = || Fake::new().unit("a.path", "loaded", "active");
    let requests = AtomicUsize::new(0);
    let peer = fake().peer();
    // Answers the greeting and one scrape.
    let first = Peer::answering(
        move |bytes| match requests.fetch_add(1, Ordering::Relaxed) {
            0 | 1 => peer.answers(bytes),
            _ => Vec::new(),
        },
    );
    let before = Host::new().peer(BUS, first.closing());
    let mut collector: Systemd = before.configure([]).unwrap();
    assert_eq!(before.collect(&mut collector).result, Ok(()));
    let after = Host::new().peer(BUS, fake().peer());
    assert_eq!(after.collect(&mut collector).result, Ok(()));
}

#[test]
fn private_connection_is_not_kept() {
    let host = Host::new().peer(PRIVATE, Fake::new().peer());
    let mut collector: Systemd = host.configure([("private", "true")]).unwrap();
    assert_eq!(host.collect(&mut collector).result, Ok(()));
    assert!(Host::new().collect(&mut collector).result.is_err());
}
