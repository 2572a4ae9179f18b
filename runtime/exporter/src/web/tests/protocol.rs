//! HTTP itself: several requests on a connection, malformed ones, heads and bodies.

use super::*;

#[test]
fn a_connection_serves_many_requests() {
    let server = Setup::new().start();
    let mut client = server.connect();
    for _ in 0..5 {
        client.send("GET", "/metrics", "");
        assert_eq!(client.reply(false).text(), PAGE);
        client.send("HEAD", "/metrics", "");
        assert_eq!(client.reply(true).status, 200);
    }
    client.send("GET", "/metrics", "Connection: close\r\n");
    assert_eq!(client.reply(false).text(), PAGE);
    assert_eq!(client.rest(), b"");
}

#[test]
fn old_clients_get_an_answer() {
    let server = Setup::new().start();
    let mut client = server.connect();
    client.write(b"GET /metrics HTTP/1.0\r\n\r\n");
    assert_eq!(client.reply(false).text(), PAGE);
    assert_eq!(client.rest(), b"");
}

#[test]
fn a_host_is_named_once() {
    let server = Setup::new().start();
    for headers in ["", "Host: a\r\nHost: a\r\n"] {
        let mut client = server.connect();
        client.write(format!("GET /metrics HTTP/1.1\r\n{headers}\r\n").as_bytes());
        assert_eq!(client.reply(false).status, 400, "{headers}");
    }
    assert!(server.fake.asked.lock().unwrap().is_empty());
}

#[test]
fn half_closed_clients_get_an_answer() {
    let server = Setup::new().closed().start();
    let mut client = server.connect();
    client.send("GET", "/metrics", "");
    client.0.shutdown(std::net::Shutdown::Write).unwrap();
    server.wait_for_scrape();
    server.open_gate();
    assert_eq!(client.reply(false).text(), PAGE);
    assert_eq!(client.rest(), b"");
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = Setup::new().start();
    let mut client = server.connect();
    client.write(
        b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\nGET /metrics HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    assert_eq!(client.reply(false).text(), "firepit is healthy.\n");
    assert_eq!(client.reply(false).text(), PAGE);
}

#[test]
fn garbage_after_a_request_ends_the_connection() {
    let server = Setup::new().start();
    let mut client = server.connect();
    client.write(b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n\0\x01 garbage\r\n\r\n");
    assert_eq!(client.reply(false).status, 200);
    assert_eq!(client.reply(false).status, 400);
    assert_eq!(client.rest(), b"");
}

#[test]
fn non_http_input_is_rejected() {
    let server = Setup::new().start();
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"GET /metrics HTTP/9.9\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nBad Header: 1\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ] {
        let mut client = server.connect();
        client.write(garbage);
        let reply = client.rest();
        let text = String::from_utf8_lossy(&reply);
        assert!(
            text.starts_with("HTTP/1.1 400 "),
            "{}: {text}",
            garbage.escape_ascii()
        );
    }
    let mut client = server.connect();
    client.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert!(!client.rest().starts_with(b"HTTP/1.1 2"));
    assert!(server.fake.asked.lock().unwrap().is_empty());
    assert_eq!(server.get("/-/healthy").status, 200);
}

#[test]
fn heads_are_limited() {
    let server = Setup::new()
        .limits(|limits| {
            limits.headers = 8;
            limits.head_bytes = 2000;
            limits.uri_bytes = 100;
        })
        .start();
    // `Host` is one of them.
    let headers = |count: usize| "X: y\r\n".repeat(count - 1);
    assert_eq!(server.ask("GET", "/metrics", &headers(8)).status, 200);
    assert_eq!(server.ask("GET", "/metrics", &headers(9)).status, 431);
    let long = |bytes: usize| format!("X: {}\r\n", "y".repeat(bytes));
    assert_eq!(server.ask("GET", "/metrics", &long(1900)).status, 200);
    assert_eq!(server.ask("GET", "/metrics", &long(2000)).status, 431);
    let target = |bytes: usize| format!("/metrics?{}", "x".repeat(bytes - "/metrics?".len()));
    assert_eq!(server.get(&target(100)).status, 200);
    assert_eq!(server.get(&target(101)).status, 414);
}

#[test]
fn endless_head_is_read_up_to_the_limit() {
    let server = Setup::new().start();
    let mut client = server.connect();
    client.write(b"GET /metrics HTTP/1.1\r\nX: ");
    // The server stops reading at its limit: from then on a write may fail.
    while client.0.write_all(&[b'y'; 1024]).is_ok() {}
    client.rest();
    assert!(server.fake.asked.lock().unwrap().is_empty());
}

#[test]
fn bodies_are_not_read() {
    let server = Setup::new().start();
    let table: [(&str, &[u8]); 4] = [
        ("Content-Length: 5\r\n", b"hello"),
        ("Content-Length: 1000000000000\r\n", b"some"),
        ("Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n"),
        ("Content-Length: 1000000\r\nExpect: 100-continue\r\n", b""),
    ];
    for (headers, body) in table {
        for (method, status) in [("GET", 200), ("POST", 200)] {
            let mut client = server.connect();
            client.send(method, "/metrics", headers);
            client.write(body);
            let reply = client.reply(false);
            assert_eq!(reply.status, status, "{headers}");
            assert_eq!(reply.header("connection"), Some("close"), "{headers}");
            assert_eq!(client.rest(), b"", "{headers}");
        }
    }
}
