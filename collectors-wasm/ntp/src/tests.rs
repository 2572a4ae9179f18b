//! Servers of all kinds, the limits of their quality, and the options.

use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use firepit_sdk::net::Reason;
use firepit_sdk::testing::{Host, Output, Peer};

use super::*;

const ADDRESS: &str = "udp:127.0.0.1:123";

/// A server of stratum 2 that was synchronized ten seconds ago, by this host's clock; `change` garbles its reply.
fn server(change: impl Fn(&mut Vec<u8>) + Send + Sync + 'static) -> Peer {
    Peer::answering(move |request| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let mut reply = vec![0x24, 2, 6, 0xec, 0, 0, 0x80, 0, 0, 0, 0x40, 0, 1, 2, 3, 4];
        reply.extend(time::ntp(now - Duration::from_secs(10)).to_be_bytes());
        reply.extend(&request[40..]);
        reply.extend(time::ntp(now).to_be_bytes());
        reply.extend(time::ntp(now).to_be_bytes());
        change(&mut reply);
        reply
    })
}

fn run(peer: Peer, options: &[(&'static str, &'static str)]) -> Output {
    Host::new()
        .peer(ADDRESS, peer)
        .run::<Ntp>(options.iter().copied())
}

fn value(output: &Output, name: &str) -> f64 {
    let text = output.text();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(&format!("node_ntp_{name} ")));
    line.unwrap_or_else(|| panic!("{name}: {text}"))
        .parse()
        .unwrap()
}

fn error(peer: Peer) -> String {
    let output = run(peer, &[]);
    assert_eq!(output.text(), "");
    output.result.unwrap_err().to_string()
}

#[test]
fn good_server() {
    let output = run(server(|_| {}), &[]);
    assert_eq!(output.result, Ok(()));
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs_f64();
    assert_eq!(
        (value(&output, "stratum"), value(&output, "leap")),
        (2.0, 0.0)
    );
    assert_eq!(value(&output, "root_delay_seconds"), 0.5);
    assert_eq!(value(&output, "root_dispersion_seconds"), 0.25);
    assert!(value(&output, "rtt_seconds") < 60.0);
    assert!(value(&output, "offset_seconds").abs() < 60.0);
    let age = now - value(&output, "reference_timestamp_seconds");
    assert!((10.0..70.0).contains(&age), "{age}");
    // Not the sanity: the made-up exchange has no times between which the peer answers.
    let output = run(server(|_| {}), &[("local-offset-tolerance", "1m")]);
    assert_eq!(value(&output, "sanity"), 1.0);
}

#[test]
fn sanity_depends_on_the_limits() {
    let sanity = |options: &[_], change: fn(&mut Vec<u8>)| {
        let options = [&[("local-offset-tolerance", "1m")], options].concat();
        value(&run(server(change), &options), "sanity")
    };
    assert_eq!(sanity(&[("max-distance", "0.4s")], |_| {}), 0.0);
    assert_eq!(sanity(&[("max-distance", "-1s")], |_| {}), 0.0);
    assert_eq!(
        sanity(&[("local-offset-tolerance", "0")], |reply| reply[40] += 1),
        0.0
    );
    assert_eq!(sanity(&[], |reply| reply[0] |= 0xc0), 0.0);
    assert_eq!(sanity(&[], |reply| reply[1] = 0), 0.0);
    assert_eq!(sanity(&[], |reply| reply[1] = 16), 0.0);
    assert_eq!(sanity(&[], |reply| reply[1] = 15), 1.0);
}

/// The offset counts as an error of causality: 900 ms are too much, but not around a leap second.
#[test]
fn announced_leap_second_is_tolerated_by_later_scrapes() {
    let ahead = |leap: u8| {
        server(move |reply| {
            reply[0] |= leap << 6;
            for place in [32, 40] {
                let time = u64::from_be_bytes(reply[place..place + 8].try_into().unwrap());
                // 900 ms.
                let time = time + 3_865_470_566;
                reply[place..place + 8].copy_from_slice(&time.to_be_bytes());
            }
        })
    };
    let host = Host::new().peer(ADDRESS, ahead(0));
    let mut ntp = host
        .configure::<Ntp>([("local-offset-tolerance", "200ms")])
        .unwrap();
    assert_eq!(value(&host.collect(&mut ntp), "sanity"), 0.0);
    let announcing = Host::new().peer(ADDRESS, ahead(1));
    assert_eq!(value(&announcing.collect(&mut ntp), "sanity"), 1.0);
    assert_eq!(value(&host.collect(&mut ntp), "sanity"), 1.0);
}

#[test]
fn server_that_was_never_synchronized() {
    let never = server(|reply| reply[16..24].fill(0));
    let output = run(never, &[]);
    assert_eq!(
        value(&output, "reference_timestamp_seconds"),
        2_085_978_496.0
    );
    assert_eq!(value(&output, "sanity"), 0.0);
}

#[test]
fn each_request_has_other_random_bits() {
    let seen = Mutex::new(Vec::new());
    let seen: &'static Mutex<Vec<Vec<u8>>> = Box::leak(Box::new(seen));
    let peer = Peer::answering(move |request| {
        seen.lock().unwrap().push(request.to_vec());
        vec![0; 48]
    });
    let host = Host::new().peer(ADDRESS, peer);
    let mut ntp = host.configure::<Ntp>([("protocol-version", "3")]).unwrap();
    for _ in 0..50 {
        let _ = host.collect(&mut ntp);
    }
    let mut seen = seen.lock().unwrap();
    assert!(
        seen.iter()
            .all(|request| request[0] == 0x1b && request.len() == 48)
    );
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 50);
    // Half of all bits, give or take much.
    let bits: u32 = seen
        .iter()
        .flat_map(|request| &request[40..])
        .map(|byte| byte.count_ones())
        .sum();
    assert!((1300..1900).contains(&bits), "{bits}");
}

#[test]
fn other_replies() {
    let of = "couldn't get SNTP reply: 127.0.0.1:123: ";
    for (peer, expected) in [
        (
            server(Vec::clear).greeting("x"),
            "the reply has 1 bytes instead of 48",
        ),
        (
            server(|reply| reply.truncate(47)),
            "the reply has 47 bytes instead of 48",
        ),
        (server(|reply| reply.fill(0xff)), "invalid mode in response"),
        (server(|reply| reply[0] = 0x23), "invalid mode in response"),
        (
            server(|reply| reply[24] ^= 1),
            "server response didn't match request",
        ),
        (
            server(|reply| reply[40..48].fill(0)),
            "invalid transmit time in response",
        ),
        (
            server(|reply| reply[32] = 0xff),
            "server clock ticked backwards",
        ),
    ] {
        assert_eq!(error(peer), format!("{of}{expected}"));
    }
    for (reason, expected) in [
        (Reason::TimedOut, "timed out"),
        (Reason::Refused, "connection refused"),
    ] {
        let expected = format!("couldn't get SNTP reply: udp:127.0.0.1:123: {expected}");
        assert_eq!(error(Peer::failing(reason)), expected);
    }
}

#[test]
fn options_are_checked_in_the_words_of_node_exporter() {
    let error = |options: &[(&'static str, &'static str)]| {
        Host::new()
            .configure::<Ntp>(options.iter().copied())
            .err()
            .unwrap_or_default()
    };
    let local = "only IP address of local NTP server is valid for --collector.ntp.server";
    for server in [
        "pool.ntp.org",
        "localhost",
        "",
        "192.0.2.1",
        "2001:db8::1",
        "[::1]",
        "127.1",
    ] {
        assert_eq!(error(&[("server", server)]), local, "{server}");
        assert_eq!(
            error(&[("server", server), ("server-is-local", "true")]),
            "",
            "{server}"
        );
    }
    for server in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
        assert_eq!(error(&[("server", server)]), "", "{server}");
    }
    let version = |version| format!("invalid NTP protocol version {version}; must be 2, 3, or 4");
    for number in ["1", "5", "-4", "260"] {
        assert_eq!(error(&[("protocol-version", number)]), version(number));
    }
    let port =
        |port| format!("invalid NTP port number {port}; must be between 1 and 65535 inclusive");
    for number in ["0", "-1", "65536", "4294967419"] {
        assert_eq!(error(&[("server-port", number)]), port(number));
    }
    let tolerance = "offset tolerance must be non-negative";
    assert_eq!(error(&[("local-offset-tolerance", "-1ms")]), tolerance);
    for (option, value, expected) in [
        (
            "server-port",
            "12.5",
            "server-port \"12.5\": expected a whole number",
        ),
        ("ip-ttl", "1e1", "ip-ttl \"1e1\": expected a whole number"),
        (
            "max-distance",
            "5",
            "max-distance \"5\": expected a duration such as 5s",
        ),
    ] {
        assert_eq!(error(&[(option, value)]), expected);
    }
}

#[test]
fn address_of_the_server() {
    for (server, address) in [
        ("::1", "udp:[::1]:77"),
        ("127.0.0.1", "udp:127.0.0.1:77"),
        ("ntp.example", "udp:ntp.example:77"),
    ] {
        let host = Host::new().peer(address, self::server(|_| {}));
        let options = [
            ("server", server),
            ("server-port", "77"),
            ("server-is-local", "true"),
        ];
        assert_eq!(host.run::<Ntp>(options).result, Ok(()), "{server}");
    }
}

#[test]
fn time_to_live_out_of_range_fails_the_collection() {
    let output = run(server(|_| {}), &[("ip-ttl", "256")]);
    let expected = "couldn't get SNTP reply: ip-ttl is not between 0 and 255";
    assert_eq!(output.result.unwrap_err().to_string(), expected);
    for ttl in ["0", "1", "255"] {
        assert_eq!(run(server(|_| {}), &[("ip-ttl", ttl)]).result, Ok(()));
    }
}
