//! How connections and the server end.

use super::*;

#[test]
fn a_first_request_must_come_in_time() {
    let server = Setup::new()
        .limits(|limits| limits.head_timeout = Duration::from_millis(20))
        .start();
    for begin in [&b""[..], b"GET /metrics HTTP/1.1\r\nHost: a\r\nX:"] {
        let mut client = server.connect();
        client.write(begin);
        assert_eq!(client.rest(), b"");
    }
    server.assert_counter("firepit_http_connections_evicted_total{reason=\"head\"} 2");
}

#[test]
fn a_next_request_must_come_in_time() {
    let server = Setup::new()
        .limits(|limits| limits.idle_timeout = Duration::from_millis(20))
        .start();
    for begin in [&b""[..], b"GET /metrics HTTP/1.1\r\nHost: a\r\nX:"] {
        let mut client = server.connect();
        client.send("GET", "/-/healthy", "");
        assert_eq!(client.reply(false).status, 200);
        client.write(begin);
        assert_eq!(client.rest(), b"");
    }
}

#[test]
fn a_long_scrape_is_not_a_slow_client() {
    let server = Setup::new()
        .closed()
        .limits(|limits| {
            limits.head_timeout = Duration::from_millis(20);
            limits.idle_timeout = Duration::from_millis(20);
        })
        .start();
    let mut client = server.connect();
    client.send("GET", "/metrics", "");
    server.wait_for_scrape();
    // Both came after the client, and are closed when their time is over.
    for _ in 0..2 {
        assert_eq!(server.connect().rest(), b"");
    }
    server.open_gate();
    assert_eq!(client.reply(false).text(), PAGE);
}

#[test]
fn client_that_does_not_read_is_disconnected() {
    let mut setup = Setup::new().limits(|limits| {
        limits.connections = 1;
        limits.write_timeout = Duration::from_millis(20);
    });
    // More than the kernel buffers for a connection.
    let size = 64 << 20;
    setup.page.body = vec![b'x'; size].into();
    let server = setup.start();
    let mut idle = server.connect();
    idle.send("GET", "/metrics", "");
    server.wait_for_scrape();
    // There is room for this one only after the end of the other.
    assert_eq!(server.get("/-/healthy").status, 200);
    assert!(idle.rest().len() < size);
    server.assert_counter("firepit_http_connections_evicted_total{reason=\"slow-reader\"} 1");
}

#[test]
fn panic_closes_only_its_connection() {
    let server = Setup::new().start();
    let mut other = server.connect();
    other.send("GET", "/-/healthy", "");
    assert_eq!(other.reply(false).status, 200);
    server.fake.panics.store(true, Ordering::Relaxed);
    let mut client = server.connect();
    client.send("GET", "/metrics", "");
    assert_eq!(client.rest(), b"");
    server.fake.panics.store(false, Ordering::Relaxed);
    other.send("GET", "/metrics", "");
    assert_eq!(other.reply(false).text(), PAGE);
    server.assert_counter("promhttp_metric_handler_requests_in_flight 0");
}

#[test]
fn draining_finishes_running_requests_and_closes_idle_connections() {
    let mut server = Setup::new().closed().start();
    let mut silent = server.connect();
    let mut idle = server.connect();
    idle.send("GET", "/-/healthy", "");
    assert_eq!(idle.reply(false).status, 200);
    let mut running = server.connect();
    running.send("GET", "/metrics", "");
    server.wait_for_scrape();
    server.begin_stop();
    assert_eq!(idle.rest(), b"");
    assert_eq!(silent.rest(), b"");
    let refused = TcpStream::connect(server.address).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    server.open_gate();
    let reply = running.reply(false);
    assert_eq!((reply.status, reply.text()), (200, PAGE));
    assert_eq!(reply.header("connection"), Some("close"));
    assert_eq!(running.rest(), b"");
    server.join();
}

#[test]
fn draining_ends_at_its_timeout() {
    let mut server = Setup::new()
        .closed()
        .limits(|limits| limits.drain = Duration::from_millis(20))
        .start();
    let mut running = server.connect();
    running.send("GET", "/metrics", "");
    server.wait_for_scrape();
    server.begin_stop();
    server.join();
    assert_eq!(running.rest(), b"");
    server.assert_counter("promhttp_metric_handler_requests_in_flight 0");
}

#[test]
fn serving_without_listeners_does_not_panic() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut server = Setup::new().start();
    let counters = HttpCounters::new();
    let config = Setup::new().config;
    let served = serve(
        vec![],
        Arc::clone(&server.fake),
        counters,
        config,
        None,
        pulse().1,
        async {},
    );
    runtime.block_on(served).unwrap();
    server.begin_stop();
    server.join();
}
