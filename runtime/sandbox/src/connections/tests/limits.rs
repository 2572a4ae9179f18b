//! Each limit, by what exceeds it.

use super::*;
use crate::budget::Budget;
use crate::fd_limit::max_connections;

#[test]
fn connections_of_a_call_are_bounded() {
    let address = echo();
    let limits = Limits {
        connections: 3,
        ..Limits::default()
    };
    let mut guest = Guest::with(&[&address], false, &limits);
    assert!(guest.connect(&address).is_ok());
    assert!(guest.connect(&address).is_ok());
    let denied = guest.connect("tcp:127.0.0.1:1").unwrap_err();
    assert_eq!(denied, ConnectionError::NotPermitted);
    let exhausted = ConnectionError::Exhausted(Exhausted::Connections);
    assert_eq!(guest.connect(&address).unwrap_err(), exhausted);
    assert_eq!(guest.connect("tcp:127.0.0.1:1").unwrap_err(), exhausted);
    guest.begin(LONG);
    assert!(guest.connect(&address).is_ok());
}

#[test]
fn open_connections_are_bounded_over_all_calls() {
    let address = echo();
    let limits = Limits {
        connections_open: 2,
        ..Limits::default()
    };
    let mut guest = Guest::with(&[&address], false, &limits);
    let first = guest.connect(&address).unwrap();
    guest.begin(LONG);
    let _second = guest.connect(&address).unwrap();
    assert_eq!(
        guest.connect(&address).unwrap_err(),
        ConnectionError::TooMany
    );
    drop(first);
    assert!(guest.connect(&address).is_ok());
}

#[test]
fn open_connections_are_bounded_over_all_collectors() {
    let address = echo();
    let limits = Limits {
        connections_open: max_connections(),
        connections: max_connections() as u64 + 1,
        ..Limits::default()
    };
    let mut guest = Guest::with(&[&address], false, &limits);
    let mut other = Guest::with(&[&address], false, &limits);
    other.connections =
        Connections::new(guest.connections.addresses.clone(), &guest.network, &limits);
    other.begin(LONG);
    let mut open: Vec<Stream> = (0..max_connections())
        .map(|_| guest.connect(&address).unwrap())
        .collect();
    assert_eq!(
        other.connect(&address).unwrap_err(),
        ConnectionError::TooMany
    );
    open.pop();
    assert!(other.connect(&address).is_ok());
}

#[test]
fn third_party_modules_leave_places_to_built_in_collectors() {
    let address = echo();
    let limits = Limits {
        connections_open: max_connections(),
        connections: max_connections() as u64,
        ..Limits::default()
    };
    let mut built_in = Guest::with(&[&address], false, &limits);
    let mut third_party = Guest::with(&[&address], false, &limits);
    let granted = built_in.connections.addresses.clone();
    third_party.connections =
        Connections::new(granted, &built_in.network, &limits).third_party(true);
    third_party.begin(LONG);
    let held: Vec<Stream> = std::iter::from_fn(|| third_party.connect(&address).ok()).collect();
    assert_eq!(held.len(), max_connections() / 2);
    assert!(built_in.connect(&address).is_ok());
}

#[test]
fn datagrams_take_places_too() {
    let limits = Limits {
        connections_open: 1,
        ..Limits::default()
    };
    let stream = echo();
    let datagram = closed().replace("tcp", "udp");
    let mut guest = Guest::with(&[&stream, &datagram], false, &limits);
    let _held = guest.connect(&stream).unwrap();
    let refused = guest.datagram(&datagram, b"?");
    assert_eq!(refused, Err(ConnectionError::TooMany));
}

#[test]
fn datagrams_of_a_call_are_bounded() {
    let limits = Limits {
        connections: 1,
        ..Limits::default()
    };
    let address = closed().replace("tcp", "udp");
    let mut guest = Guest::with(&[&address], false, &limits);
    let _ = guest.datagram(&address, b"?");
    let exhausted = Err(ConnectionError::Exhausted(Exhausted::Connections));
    assert_eq!(guest.datagram(&address, b"?"), exhausted);
}

#[test]
fn bytes_of_datagrams_are_bounded() {
    let limits = Limits {
        connection_bytes: 10,
        ..Limits::default()
    };
    let server = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = format!("udp:{}", server.local_addr().unwrap());
    thread::spawn(move || {
        while let Ok((_, from)) = server.recv_from(&mut [0; 10]) {
            server.send_to(b"ten bytes!", from).unwrap();
        }
    });
    let exhausted = Err(ConnectionError::Exhausted(Exhausted::Traffic));
    let mut guest = Guest::with(&[&address], false, &limits);
    assert_eq!(guest.datagram(&address, b""), Ok(b"ten bytes!".to_vec()));
    guest.begin(LONG);
    assert_eq!(guest.datagram(&address, b"?"), exhausted, "the answer");
    guest.begin(LONG);
    assert_eq!(guest.datagram(&address, &[0; 11]), exhausted, "the request");
}

/// The copies of the host: of what is sent, and of what has arrived.
#[test]
fn bytes_in_transit_are_counted_in_memory() {
    let address = service(|mut client| {
        let _ = client.write_all(&[0; 5_000]);
        let _ = client.read(&mut [0; 10]);
    });
    for (budget, fits) in [(4_999, false), (5_000, true)] {
        let expected = |length| match fits {
            true => Ok(length),
            false => Err(ConnectionError::Exhausted(Exhausted::Memory)),
        };
        let mut guest = Guest::new(&[&address]);
        guest.meter.count_in(&Budget::new(budget));
        let mut stream = guest.connect(&address).unwrap();
        let read = guest.read(&mut stream, 5_000).map(|bytes| bytes.len());
        assert_eq!(read, expected(5_000), "{budget}");
        guest.meter.release_answers();
        let mut stream = guest.connect(&address).unwrap();
        let written = (guest.connections).write(&mut stream, &[0; 5_000], &guest.meter);
        assert_eq!(written.map(|()| 5_000), expected(5_000), "{budget}");
    }
}

#[test]
fn bytes_of_a_call_are_bounded() {
    let address = service(|mut client| while client.write_all(&[0; 1000]).is_ok() {});
    let limits = Limits {
        connection_bytes: 5_000,
        ..Limits::default()
    };
    let mut guest = Guest::with(&[&address], false, &limits);
    let mut stream = guest.connect(&address).unwrap();
    let exhausted = ConnectionError::Exhausted(Exhausted::Traffic);
    assert_eq!(guest.read(&mut stream, 10_000), Err(exhausted));
    assert_eq!(guest.connections.usage().bytes, 5_001);

    let mut guest = Guest::with(&[&address], false, &limits);
    let mut stream = guest.connect(&address).unwrap();
    let sent = guest
        .connections
        .write(&mut stream, &[0; 5_001], &guest.meter);
    assert_eq!(sent, Err(exhausted));
}

#[test]
fn the_last_byte_is_still_given() {
    let address = service(|mut client| client.write_all(&[0; 5_000]).unwrap());
    let limits = Limits {
        connection_bytes: 5_000,
        ..Limits::default()
    };
    let mut guest = Guest::with(&[&address], false, &limits);
    let mut stream = guest.connect(&address).unwrap();
    assert_eq!(guest.read(&mut stream, 10_000).unwrap().len(), 5_000);
}

#[test]
fn small_packets_cost_fuel() {
    let address = service(|mut client| {
        let _ = client.set_nodelay(true);
        while client.write_all(b"x").is_ok() {}
    });
    let mut guest = Guest::new(&[&address]);
    let mut stream = guest.connect(&address).unwrap();
    guest.meter.take_charged();
    // Enough for the bytes, and not for the calls that bring them.
    guest.meter.allow(1_000_000);
    let result = guest
        .connections
        .read(&mut stream, (500_000, 500_000), &guest.meter);
    assert_eq!(result, Err(ConnectionError::Exhausted(Exhausted::Fuel)));
}

#[test]
fn refusals_cost_as_much_as_connections() {
    let mut guest = Guest::new(&[]);
    guest.meter.take_charged();
    let _ = guest.connect("tcp:127.0.0.1:1");
    assert!(guest.meter.take_charged() >= crate::fuel::CONNECT);
    // The host copied it before it could look at it.
    let _ = guest.connect(&"x".repeat(1 << 20));
    assert!(guest.meter.take_charged() >= 1 << 20);
}

#[test]
fn nothing_is_done_without_fuel() {
    let mut guest = Guest::new(&[]);
    guest.meter.allow(0);
    let out = ConnectionError::Exhausted(Exhausted::Fuel);
    assert_eq!(guest.connect("tcp:127.0.0.1:1").unwrap_err(), out);
    assert_eq!(guest.connect("no address").unwrap_err(), out);
}

/// Each byte costs fuel, in both directions.
#[test]
fn bytes_cost_fuel() {
    let address = echo();
    let mut guest = Guest::new(&[&address]);
    let mut stream = guest.connect(&address).unwrap();
    guest.meter.take_charged();
    guest.meter.allow(3 * crate::fuel::PACKET);
    let request = vec![b'x'; 4 * usize::try_from(crate::fuel::PACKET).unwrap()];
    let written = (guest.connections).write(&mut stream, &request, &guest.meter);
    assert_eq!(written, Err(ConnectionError::Exhausted(Exhausted::Fuel)));
}

/// The last bytes may have used up the fuel.
#[test]
fn fuel_is_checked_after_the_last_byte() {
    let address = service(|mut client| client.write_all(&[0; 1000]).unwrap());
    let mut guest = Guest::new(&[&address]);
    let mut stream = guest.connect(&address).unwrap();
    guest.meter.take_charged();
    // Enough for the call that reads, and not for what it brings.
    guest.meter.allow(crate::fuel::PACKET + 500);
    let read = (guest.connections).read(&mut stream, (1000, 1000), &guest.meter);
    assert_eq!(read, Err(ConnectionError::Exhausted(Exhausted::Fuel)));
}

#[test]
fn datagrams_in_transit_are_counted_in_memory() {
    let server = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = format!("udp:{}", server.local_addr().unwrap());
    thread::spawn(move || {
        while let Ok((_, from)) = server.recv_from(&mut [0; 1000]) {
            server.send_to(&[0; 50], from).unwrap();
        }
    });
    let out = Err(ConnectionError::Exhausted(Exhausted::Memory));
    for (budget, request, expected) in [
        (49, 10, out),
        (59, 10, out),
        (60, 10, Ok(50)),
        (99, 100, out),
    ] {
        let mut guest = Guest::new(&[&address]);
        guest.meter.count_in(&Budget::new(budget));
        let options = (None, LONG);
        let answer = (guest.connections).exchange_datagram(
            &address,
            &vec![0; request],
            100,
            options,
            &guest.meter,
        );
        assert_eq!(
            answer.map(|it| it.bytes.len()),
            expected,
            "{budget} {request}"
        );
    }
}
