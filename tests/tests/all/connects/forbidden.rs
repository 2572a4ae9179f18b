//! Addresses that no guest reaches, by whatever spelling.

use std::os::unix::fs::symlink;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use firepit_tests::{Act, Peer};
use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::{ANY, Sent, black_hole, counted, ends, page_in, place, trying, with_granted};
use crate::baseline::{assert_complete, assert_fails_alone, procfs, success};

/// Metadata services and the like, in every spelling that some resolver or kernel would take.
const FORBIDDEN: [&str; 22] = [
    "tcp:169.254.169.254:80",
    "tcp:[::ffff:169.254.169.254]:80",
    "tcp:[::ffff:a9fe:a9fe]:80",
    "tcp:[::169.254.169.254]:80",
    "tcp:[64:ff9b::a9fe:a9fe]:80",
    "tcp:[2002:a9fe:a9fe::1]:80",
    "tcp:2852039166:80",
    "tcp:0xa9fea9fe:80",
    "tcp:0251.0376.0251.0376:80",
    "tcp:169.254.43518:80",
    "tcp:169.254.169.254.:80",
    "tcp:\u{ff11}\u{ff16}\u{ff19}.254.169.254:80",
    "tcp:[fd00:ec2::254]:80",
    "tcp:[fe80::a9fe:a9fe]:80",
    "tcp:[fe80::a9fe:a9fe%lo]:80",
    "tcp:fe80::a9fe:a9fe%25lo:80",
    "udp:224.0.0.251:5353",
    "udp:[ff02::fb]:5353",
    "udp:255.255.255.255:9",
    "udp:127.255.255.255:9",
    "tcp:0.0.0.0:80",
    "tcp:[::]:80",
];

/// Not one packet leaves for an address that was not granted, and the error tells nothing of it.
#[test]
fn metadata_is_not_reached_in_any_spelling() {
    let Some(namespace) = black_hole() else {
        return;
    };
    let procfs = procfs();
    let running = trying(&FORBIDDEN, &[])
        .procfs(procfs.path())
        .within(&namespace.prefix())
        .start();
    let port = running.address().port();
    let before = Sent::of(running.pid());
    let page = page_in(&namespace, port);
    // The scrape itself.
    let scrape = Sent {
        connects: before.connects + 1,
        ..before
    };
    assert_eq!(Sent::of(running.pid()), scrape);
    let ends = ends(&page);
    assert_eq!(ends.len(), FORBIDDEN.len());
    for (address, end) in &ends {
        assert!(
            ["not granted", "not an address"].contains(&end.as_str()),
            "{address}: {end}"
        );
    }
    let denied = ends.values().filter(|end| *end == "not granted").count();
    assert!(denied >= 13, "{ends:#?}");
    assert_eq!(
        counted(&page, "denied_connections", ANY),
        Some(denied as f64)
    );
    assert_eq!(counted(&page, "connections", ANY), Some(0.0));
    assert_complete(&page);
}

/// Without this the test above could not fail: who writes the very address is taken at their word.
#[test]
fn metadata_is_reached_if_the_operator_writes_it() {
    let Some(namespace) = black_hole() else {
        return;
    };
    let address = FORBIDDEN[0];
    let running = trying(&[address], &[address])
        .flag("--sandbox.connect-timeout=100ms")
        .within(&namespace.prefix())
        .start();
    let before = Sent::of(running.pid());
    let page = page_in(&namespace, running.address().port());
    assert_eq!(ends(&page)[address], "timed out");
    // The scrape, and the guest.
    assert_eq!(Sent::of(running.pid()).connects, before.connects + 2);
}

/// An open port and a closed one are refused alike, and neither is touched.
#[test]
fn ports_cannot_be_told_apart() {
    let (tcp, udp) = (Peer::tcp([Act::Hang]), Peer::udp([Act::say("here")]));
    let closed = Peer::tcp([]).address();
    let addresses = [
        format!("tcp:{}", tcp.address()),
        format!("tcp:[::ffff:127.0.0.1]:{}", tcp.port()),
        format!("tcp:localhost:{}", tcp.port()),
        format!("udp:{}", udp.address()),
        format!("tcp:{closed}"),
        format!("udp:{closed}"),
    ];
    let tried: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let granted = format!("tcp:{}", Peer::tcp([]).address());
    let page = trying(&tried, &[&granted]).start().scrape();
    let ends = ends(&page);
    assert_eq!(ends.len(), tried.len());
    assert!(ends.values().all(|end| end == "not granted"), "{ends:#?}");
    assert_eq!((tcp.met(), udp.met()), (0, 0));
}

/// Probing ends with the limit that ends connecting.
#[test]
fn denied_ports_use_up_the_limit() {
    let firepit = with_granted("connect_flood", &["tcp"])
        .flag("--collector.connect_flood.tcp=127.0.0.1:1")
        .flag("--collector.connect_flood.what=denied");
    let (running, page) = assert_fails_alone(firepit, "connect_flood", "connection-limit");
    let denied = counted(&page, "denied_connections", "connect_flood");
    let begun = counted(&page, "connections", "connect_flood");
    assert_eq!(denied.unwrap() + begun.unwrap(), 16.0);
    let line = running.logs.wait_for("msg", "collector failed");
    assert_eq!(line.get("limit"), Some("--sandbox.connections"), "{line:?}");
}

/// A path is what it was when it was granted, however it is swapped for a link to another socket.
#[test]
fn a_swapped_link_leads_nowhere() {
    let (_directory, top) = place();
    let at = |name: &str| format!("{top}/{name}");
    let secret = Peer::unix(at("secret").as_ref(), [Act::Hang]);
    let good = Peer::unix(at("good").as_ref(), [Act::Hang]);
    symlink("secret", at("other")).unwrap();
    let address = format!("unix:{}", at("good"));
    let running = trying(&[&address], &[&address]).start();
    assert_eq!(ends(&running.scrape())[&address], "connected");

    let stop = AtomicBool::new(false);
    let seen = thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                renameat_with(CWD, at("good"), CWD, at("other"), RenameFlags::EXCHANGE).unwrap();
            }
        });
        let seen: Vec<String> = (0..50)
            .map(|_| ends(&running.scrape())[&address].clone())
            .collect();
        stop.store(true, Ordering::SeqCst);
        seen
    });
    assert_eq!(secret.met(), 0);
    assert!(good.met() > 0);
    // The last one if it changed again while it was followed.
    let known = [
        "connected",
        "not granted",
        "no such host or path",
        "too many levels of symbolic links",
    ];
    for end in &seen {
        assert!(known.contains(&end.as_str()), "{end}");
    }
}

/// Names in the abstract namespace are granted one by one.
#[test]
fn abstract_names_are_granted_one_by_one() {
    let unique = format!("firepit-connects-{}", std::process::id());
    let granted = Peer::unix_named(&unique, [Act::Hang]);
    let other = Peer::unix_named(&format!("{unique}-other"), [Act::Hang]);
    let [granted_at, other_at] = [&granted, &other].map(|it| format!("unix:{}", it.address()));
    let padded = format!("{granted_at}\u{2028}");
    let page = trying(&[&granted_at, &other_at, &padded], &[&granted_at])
        .start()
        .scrape();
    let ends = ends(&page);
    assert_eq!(ends[&granted_at], "connected");
    assert_eq!(ends[&other_at], "not granted");
    assert_eq!(ends[&padded], "not granted");
    assert_eq!(other.met(), 0);
}

/// Texts of any length and with any character are no address, and cost no more than that.
#[test]
fn odd_texts_are_no_addresses() {
    let procfs = procfs();
    let running = trying(&[], &["unix:/run/granted"])
        .flag(format!("--collector.{ANY}.odd"))
        .procfs(procfs.path())
        .start();
    let page = running.scrape();
    let ends = ends(&page);
    assert_eq!(ends.len(), 7);
    assert!(
        ends.values().all(|end| end == "not an address"),
        "{ends:#?}"
    );
    assert_eq!(counted(&page, "connections", ANY), Some(0.0));
    assert_complete(&page);
}

/// What a guest calls an address appears in the log escaped.
#[test]
fn odd_addresses_are_escaped_in_the_log() {
    let firepit = trying(&[], &["tcp:127.0.0.1:1"]).flag(format!("--collector.{ANY}.tell"));
    let (running, _) = assert_fails_alone(firepit, ANY, "error");
    let line = running.logs.wait_for("msg", "collector failed");
    let err = line.get("err").unwrap();
    assert!(
        err.contains("forged=line") && err.ends_with("not an address"),
        "{err:?}"
    );
    for raw in running.logs.raw() {
        assert!(!raw.contains(char::is_control), "{raw:?}");
        assert!(!raw.starts_with("forged"), "{raw:?}");
    }
}

/// The program's own listeners, under every name and address that they have.
#[test]
fn own_listeners_are_not_reached_by_any_name() {
    let names = [
        ("v4", "127.0.0.1"),
        ("v6", "::1"),
        ("net", "127.9.9.9"),
        ("host", "10.9.8.7"),
        ("host6", "2001:db8::7"),
        ("zero", "0.0.0.0"),
        ("zero6", "::"),
        ("mapped", "::ffff:127.0.0.1"),
    ];
    let hosts: String = names
        .map(|(name, ip)| format!("{ip} {name}.test\n"))
        .concat();
    let Some((namespace, (_etc, etc))) =
        black_hole().zip(firepit_tests::with_etc(&[("hosts", &hosts)]))
    else {
        return;
    };
    let (_directory, top) = place();
    for own in ["0.0.0.0:9100", "[::]:9100"] {
        let hosts = names
            .iter()
            .map(|(name, _)| format!("{name}.test"))
            .chain(["localhost".to_owned()]);
        let hosts: Vec<String> = hosts.collect();
        let mut addresses: Vec<String> = hosts.iter().map(|it| format!("tcp:{it}:9100")).collect();
        let link = format!("unix:{top}/link");
        let _ = symlink("own", format!("{top}/link"));
        addresses.push(link);
        let mut tried: Vec<&str> = addresses.iter().map(String::as_str).collect();
        // Control: nothing listens there.
        let closed = ["tcp:v4.test:9101", "tcp:localhost:9101"];
        tried.extend(closed);
        let prefix = namespace.prefix().map(str::to_owned);
        let prefix: Vec<&str> = prefix.iter().chain(&etc).map(String::as_str).collect();
        let procfs = procfs();
        let running = trying(&tried, &tried)
            .procfs(procfs.path())
            .flag(format!("--web.listen-address={own}"))
            .flag(format!("--web.listen-address=unix:{top}/own"))
            .within(&prefix)
            .start();
        let port = running
            .logs
            .with("msg", "Listening on")
            .iter()
            .find_map(|line| {
                let address: std::net::SocketAddr = line.get("address")?.parse().ok()?;
                (address.port() != 9100).then_some(address.port())
            });
        let page = page_in(&namespace, port.unwrap());
        let ends = ends(&page);
        for address in &addresses {
            assert_eq!(ends[address], "not granted", "{own}");
        }
        for address in closed {
            assert_eq!(ends[address], "connection refused", "{own}");
        }
        assert_eq!(success(&page, ANY), Some(1.0));
        assert_complete(&page);
    }
}

/// Where the kernel has two ports to choose from, it soon chooses the very port that is connected to: the guest would
/// talk to itself.
#[test]
fn nobody_is_connected_to_itself() {
    let Some(namespace) = black_hole() else {
        return;
    };
    let addresses = ["tcp:127.0.0.1:40000", "tcp:127.0.0.1:40001"];
    let running = trying(&addresses, &addresses)
        .within(&namespace.prefix())
        .start();
    let narrow = "echo 40000 40001 > /proc/sys/net/ipv4/ip_local_port_range";
    let [program, rest @ ..] = namespace.prefix();
    let mut command = Command::new(program);
    let narrowed = command.args(rest).args(["sh", "-c", narrow]).status();
    assert!(narrowed.unwrap().success());
    let page = page_in(&namespace, running.address().port());
    for address in addresses {
        assert_eq!(ends(&page)[address], "connection refused");
    }
}
