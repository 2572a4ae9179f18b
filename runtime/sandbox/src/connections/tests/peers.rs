//! Peers that answer, and peers that do not.

use super::*;

#[test]
fn request_and_answer_take_one_call() {
    let address = echo();
    let mut guest = Guest::new(&[&address]);
    let mut stream = guest.connect(&address).unwrap();
    for request in [&b"one"[..], b"another"] {
        let sizes = (request.len(), 100);
        let answer = guest
            .connections
            .exchange(&mut stream, request, sizes, &guest.meter);
        assert_eq!(answer.unwrap(), request);
    }
    let usage = guest.connections.usage();
    assert_eq!((usage.opened, usage.bytes, usage.denied), (1, 20, 0));
}

#[test]
fn reading_ends_with_the_last_byte() {
    let address = service(|mut client| client.write_all(b"all of it").unwrap());
    let mut guest = Guest::new(&[&address]);
    let mut stream = guest.connect(&address).unwrap();
    assert_eq!(guest.read(&mut stream, 1 << 20).unwrap(), b"all of it");
    assert_eq!(guest.read(&mut stream, 1).unwrap(), b"");
}

/// A client can look whether something has arrived that it did not ask for.
#[test]
fn what_has_arrived_is_taken_without_waiting() {
    let (tell, told) = std::sync::mpsc::channel::<()>();
    let (sent, arrived) = std::sync::mpsc::channel();
    let told = std::sync::Mutex::new(told);
    let address = service(move |mut client| {
        let _ = told.lock().unwrap().recv();
        client.write_all(b"unasked").unwrap();
        sent.send(client).unwrap();
    });
    let mut guest = Guest::new(&[&address]);
    let mut stream = guest.connect(&address).unwrap();
    guest.meter.take_charged();
    assert_eq!(guest.read(&mut stream, 0).unwrap(), b"");
    assert!(guest.meter.take_charged() >= crate::fuel::PACKET);
    tell.send(()).unwrap();
    let client = arrived.recv().unwrap();
    let mut found = Vec::new();
    while found.is_empty() {
        found = guest
            .connections
            .read(&mut stream, (0, 3), &guest.meter)
            .unwrap();
    }
    assert_eq!(found, b"una");
    assert_eq!(guest.read(&mut stream, 0).unwrap(), b"sked");
    drop(client);
    let end = loop {
        match guest.read(&mut stream, 0) {
            Ok(bytes) => assert_eq!(bytes, b""),
            Err(end) => break end,
        }
    };
    assert_eq!(end, ConnectionError::Reset);
}

#[test]
fn no_more_of_a_datagram_is_given_than_was_asked_for() {
    let server = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = format!("udp:{}", server.local_addr().unwrap());
    thread::spawn(move || {
        while let Ok((_, from)) = server.recv_from(&mut [0; 10]) {
            server.send_to(b"answer", from).unwrap();
        }
    });
    let mut guest = Guest::new(&[&address]);
    for (at_most, expected) in [(0, &b""[..]), (3, b"ans"), (usize::MAX, b"answer")] {
        let options = (None, LONG);
        let answer = (guest.connections)
            .exchange_datagram(&address, b"?", at_most, options, &guest.meter)
            .unwrap();
        assert_eq!(answer.bytes, expected);
    }
}

#[test]
fn an_address_without_a_service_refuses() {
    let address = closed();
    let mut guest = Guest::new(&[&address, "unix:/nowhere/at/all", "unix:@firepit-nothing"]);
    assert_eq!(
        guest.connect(&address).unwrap_err(),
        ConnectionError::Refused
    );
    let missing = guest.connect("unix:/nowhere/at/all").unwrap_err();
    assert_eq!(missing, ConnectionError::NotFound);
    let unknown = guest.connect("unix:@firepit-nothing").unwrap_err();
    assert_eq!(unknown, ConnectionError::Refused);
}

#[test]
fn a_silent_peer_times_out_before_the_deadline() {
    let address = service(|mut client| {
        let _ = client.read(&mut [0; 10]);
    });
    let mut guest = Guest::new(&[&address]);
    let mut stream = guest.connect(&address).unwrap();
    // Beyond its deadline the guest would be ended, and could not tell.
    guest.begin(Duration::from_secs(2));
    let error = guest.read(&mut stream, 1).unwrap_err();
    assert_eq!(error, ConnectionError::TimedOut);

    // What arrives from now on belongs to no request.
    let again = guest.connections.write(&mut stream, b"x", &guest.meter);
    assert_eq!(again, Err(ConnectionError::TimedOut));
    guest.begin(Duration::ZERO);
    let late = guest.connect(&address).unwrap_err();
    assert_eq!(late, ConnectionError::Exhausted(Exhausted::Deadline));
}

#[test]
fn a_peer_that_sends_byte_by_byte_gets_no_more_time() {
    let address = service(|mut client| {
        while client.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let mut guest = Guest::new(&[&address]);
    let timeout = Duration::from_millis(150);
    let mut stream = guest
        .connections
        .connect(&address, timeout, &guest.meter)
        .unwrap();
    let began = Instant::now();
    assert_eq!(
        guest.read(&mut stream, 1000),
        Err(ConnectionError::TimedOut)
    );
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_peer_that_reads_nothing_times_out() {
    let address = service(|client| {
        thread::sleep(LONG);
        drop(client);
    });
    let mut guest = Guest::new(&[&address]);
    let timeout = Duration::from_millis(100);
    let mut stream = guest
        .connections
        .connect(&address, timeout, &guest.meter)
        .unwrap();
    let much = vec![0; 8 << 20];
    let result = guest.connections.write(&mut stream, &much, &guest.meter);
    assert_eq!(result, Err(ConnectionError::TimedOut));
}

#[test]
fn a_reset_is_told() {
    let address = service(|client| {
        // Closing with unread bytes sends a reset.
        let mut byte = [0];
        let _ = client.peek(&mut byte);
        let client =
            rustix::net::sockopt::set_socket_linger(&client, Some(Duration::ZERO)).map(|()| client);
        drop(client);
    });
    let mut guest = Guest::new(&[&address]);
    let mut stream = guest.connect(&address).unwrap();
    let answer = guest
        .connections
        .exchange(&mut stream, b"request", (1, 10), &guest.meter);
    assert_eq!(answer, Err(ConnectionError::Reset));
}

#[test]
fn a_datagram_is_answered_by_its_peer_only() {
    let server = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut buffer = [0; 100];
        while let Ok((number, from)) = server.recv_from(&mut buffer) {
            let stranger = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
            stranger.send_to(b"forged", from).unwrap();
            if &buffer[..number] != b"quiet" {
                server.send_to(b"answer", from).unwrap();
            }
        }
    });
    let address = format!("udp:127.0.0.1:{port}");
    let tcp = address.replace("udp", "tcp");
    let mut guest = Guest::new(&[&address, &tcp]);
    assert_eq!(guest.datagram(&address, b"?").unwrap(), b"answer");
    let silent = guest.datagram(&address, b"quiet");
    assert_eq!(silent, Err(ConnectionError::TimedOut));
    let tcp = address.replace("udp", "tcp");
    assert_eq!(
        guest.datagram(&tcp, b"?"),
        Err(ConnectionError::InvalidAddress)
    );
}

#[test]
fn datagrams_to_a_closed_port_are_refused() {
    let address = closed().replace("tcp", "udp");
    let mut guest = Guest::new(&[&address]);
    let refused = guest.datagram(&address, b"?");
    assert_eq!(refused, Err(ConnectionError::Refused));
}
