//! Each limit, by what exceeds it.

use super::*;
use crate::connections::MAX_OPEN;

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
        connections_open: MAX_OPEN,
        connections: MAX_OPEN as u64 + 1,
        ..Limits::default()
    };
    let mut guest = Guest::with(&[&address], false, &limits);
    let mut other = Guest::with(&[&address], false, &limits);
    other.connections =
        Connections::new(guest.connections.addresses.clone(), &guest.network, &limits);
    other.begin(LONG);
    let mut open: Vec<Stream> = (0..MAX_OPEN)
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
    guest.meter.allow(1_000_000);
    let result = guest
        .connections
        .read(&mut stream, (1 << 20, 1 << 20), &guest.meter);
    assert_eq!(result, Err(ConnectionError::Exhausted(Exhausted::Fuel)));
}

#[test]
fn refusals_cost_as_much_as_connections() {
    let mut guest = Guest::new(&[]);
    guest.meter.take_charged();
    let _ = guest.connect("tcp:127.0.0.1:1");
    assert!(guest.meter.take_charged() >= crate::fuel::CONNECT);
}

/// A host that drops packets, on the network for documentation (RFC 5737).
#[test]
fn connecting_takes_at_most_its_limit() {
    let address = "tcp:192.0.2.1:9";
    let limits = Limits {
        connect_timeout: Duration::from_millis(50),
        ..Limits::default()
    };
    let mut guest = Guest::with(&[address], false, &limits);
    let began = Instant::now();
    let error = guest.connect(address).unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(5), "{error}");
}
