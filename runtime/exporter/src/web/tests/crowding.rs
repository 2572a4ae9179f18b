//! Clients that block connections and slots, beside one that requests metrics.

use super::*;

/// More than the kernel buffers for a connection.
const LARGE: usize = 8 << 20;

fn evicted(server: &Server, reason: &str) -> u64 {
    let name = format!("firepit_http_connections_evicted_total{{reason=\"{reason}\"}} ");
    let text = server.counters();
    let value = text.lines().find_map(|line| line.strip_prefix(&name));
    value.unwrap().parse().unwrap()
}

/// Number of scrapes that were answered, with any status.
fn answered(server: &Server) -> u64 {
    let text = server.counters();
    let lines = text.lines().filter_map(|line| {
        let rest = line.strip_prefix("promhttp_metric_handler_requests_total{")?;
        rest.split_once("} ")?.1.parse::<u64>().ok()
    });
    lines.sum()
}

fn address(number: usize) -> Ipv4Addr {
    let [high, low] = u16::try_from(number).unwrap().to_be_bytes();
    Ipv4Addr::new(127, 1, high, low)
}

fn large(max_requests: usize) -> Setup {
    let mut setup = Setup::new();
    setup.page.body = vec![b'x'; LARGE].into();
    setup.config.max_requests = max_requests;
    setup
}

#[test]
fn idle_connections_are_evicted_for_new_ones() {
    let server = Setup::new()
        .limits(|limits| {
            limits.connections = 8;
            limits.connections_per_address = 9;
        })
        .start();
    let mut idle: Vec<_> = (0..8).map(|_| server.connect()).collect();
    for client in &mut idle {
        client.healthy();
    }
    server.assert_counter("firepit_http_connections 8");
    assert_eq!(server.get("/metrics").text(), PAGE);
    // The one that was idle for the longest time.
    assert_eq!(idle[0].rest(), b"");
    for client in &mut idle[1..] {
        client.healthy();
    }
    assert_eq!(evicted(&server, "idle"), 1);
}

#[test]
fn an_address_evicts_its_own_connections() {
    let server = Setup::new()
        .limits(|limits| limits.connections_per_address = 4)
        .start();
    let mut other = server.connect_from(address(1));
    other.healthy();
    let mut many: Vec<_> = (0..12).map(|_| server.connect()).collect();
    for client in &mut many[8..] {
        client.healthy();
    }
    assert_eq!(evicted(&server, "address-limit"), 8);
    other.healthy();
    server.assert_counter("firepit_http_connections 5");
}

#[test]
fn pending_requests_do_not_raise_the_address_limit() {
    let server = Setup::new()
        .closed()
        .limits(|limits| limits.connections_per_address = 2)
        .start();
    let mut asking: Vec<_> = (0..2).map(|_| server.connect()).collect();
    for client in &mut asking {
        client.send("GET", "/metrics", "");
        server.wait_for_scrape();
    }
    assert_eq!(server.connect().rest(), b"");
    assert_eq!(evicted(&server, "address-limit"), 1);
    server.connect_from(address(1)).healthy();
    server.open_gate();
    for client in &mut asking {
        assert_eq!(client.reply(false).text(), PAGE);
    }
}

#[test]
fn half_open_connections_of_many_addresses_do_not_block_scrapes() {
    let server = Setup::new()
        .limits(|limits| limits.connections = 32)
        .start();
    let mut scraper = server.connect();
    let mut half_open = Vec::new();
    for number in 0..300 {
        let mut client = server.connect_from(address(number));
        if number % 2 == 0 {
            client.write(b"GET /metrics HTTP/1.1\r\nHost: a\r\nX:");
        }
        half_open.push(client);
        if number % 50 == 0 {
            scraper = server.connect();
            scraper.send("GET", "/metrics", "");
            assert_eq!(scraper.reply(false).text(), PAGE);
        }
    }
    assert_eq!(server.get("/metrics").text(), PAGE);
    assert!(evicted(&server, "head") >= 200);
    drop(scraper);
}

#[test]
fn connections_being_answered_are_kept() {
    let server = Setup::new()
        .closed()
        .limits(|limits| limits.connections = 2)
        .start();
    let mut asking: Vec<_> = (1..3).map(|n| server.connect_from(address(n))).collect();
    for client in &mut asking {
        client.send("GET", "/metrics", "");
        server.wait_for_scrape();
    }
    // It waits: no connection can be evicted.
    let mut third = server.connect();
    third.send("GET", "/-/healthy", "");
    server.open_gate();
    assert_eq!(third.reply(false).status, 200);
    for client in &mut asking {
        assert_eq!(client.reply(false).text(), PAGE);
    }
}

#[test]
fn response_holds_its_slot_until_written() {
    let mut server = large(2)
        .limits(|limits| limits.reader_grace = TIMEOUT)
        .start();
    let mut slow = server.connect_from(address(1));
    slow.send("GET", "/metrics", "");
    server.wait_for_scrape();
    let mut other = server.connect_from(address(2));
    other.send("GET", "/metrics", "");
    server.wait_for_scrape();
    let refused = server.get("/metrics");
    assert_eq!(refused.status, 503);
    // The scrape itself is over.
    server.assert_counter("promhttp_metric_handler_requests_in_flight 0");
    assert_eq!(slow.reply(false).body.len(), LARGE);
    assert_eq!(server.get("/metrics").body.len(), LARGE);
    // A client that disconnects frees its slot, and so does one that wants no body.
    drop(other);
    for _ in 0..3 {
        assert_eq!(server.ask("HEAD", "/metrics", "").status, 200);
    }
    assert_eq!(evicted(&server, "slow-reader"), 0);
    server.begin_stop();
    drop(slow);
    server.join();
}

#[test]
fn slow_readers_are_evicted() {
    let server = large(4)
        .limits(|limits| limits.reader_grace = Duration::from_millis(100))
        .start();
    let mut slow: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for client in &mut slow {
        client.send("GET", "/metrics", "Accept-Encoding: identity\r\n");
    }
    // Until each of them has its response or no longer waits.
    while answered(&server) < 20 {
        thread::sleep(Duration::from_millis(5));
    }
    for _ in 0..10 {
        assert_eq!(server.get("/metrics").body.len(), LARGE);
    }
    let cut = evicted(&server, "slow-reader");
    assert!((3..=20).contains(&cut), "{cut}");
    server.assert_counter("promhttp_metric_handler_requests_in_flight 0");
}

/// Of four slots one address gets three, however often it requests.
#[test]
fn one_address_cannot_hold_all_scrape_slots() {
    let mut setup = Setup::new().closed();
    setup.config.max_requests = 4;
    let server = setup.start();
    let mut many: Vec<_> = (0..3).map(|_| server.connect()).collect();
    for client in &mut many {
        client.send("GET", "/metrics", "");
        server.wait_for_scrape();
    }
    let refused = server.get("/metrics");
    let expected = "Limit of concurrent requests of one address reached (3), try again later.\n";
    assert_eq!((refused.status, refused.text()), (503, expected));
    let mut other = server.connect_from(address(1));
    other.send("GET", "/metrics", "");
    server.wait_for_scrape();
    server.open_gate();
    assert_eq!(other.reply(false).text(), PAGE);
    for client in &mut many {
        assert_eq!(client.reply(false).text(), PAGE);
    }
}

/// Pipelining does not turn a client that does not read into one that is being answered.
#[test]
fn pipelining_does_not_bypass_the_limits() {
    let server = large(1)
        .limits(|limits| limits.reader_grace = Duration::from_millis(50))
        .start();
    let mut slow = server.connect_from(address(1));
    for _ in 0..8 {
        slow.send("GET", "/metrics", "");
    }
    server.wait_for_scrape();
    assert_eq!(server.get("/metrics").body.len(), LARGE);
    assert_eq!(evicted(&server, "slow-reader"), 1);
    assert!(slow.rest().len() < LARGE);
}
