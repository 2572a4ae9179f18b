//! Peers that mean a harmless collector no good.

use std::io::{IoSlice, Read as _};
use std::mem::MaybeUninit;
use std::net::UdpSocket;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixListener;
use std::thread;
use std::time::{Duration, Instant};

use firepit_tests::{Act, Firepit, Page, Peer, Running};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

use super::{black_hole, counted, page_in, place, with_granted};
use crate::baseline::{assert_complete, assert_failed, assert_fails_alone, procfs, success};

const CLIENT: &str = "connect_peer";
const HOUR: Duration = Duration::from_secs(3600);

/// A client that waits for this many bytes of a peer, for two seconds.
fn client(address: &str, least: &str) -> Firepit {
    patient(address, least).flag("--sandbox.deadline=2s")
}

fn patient(address: &str, least: &str) -> Firepit {
    let (scheme, place) = address.split_once(':').unwrap();
    with_granted(CLIENT, &["tcp", "udp", "unix"])
        .flag(format!("--collector.{CLIENT}.{scheme}={place}"))
        .flag(format!("--collector.{CLIENT}.least={least}"))
}

fn of_tcp(peer: &Peer, least: &str) -> Firepit {
    client(&format!("tcp:{}", peer.address()), least)
}

fn err(running: &Running) -> String {
    let line = running.logs.wait_for("msg", "collector failed");
    line.get("err").unwrap().to_owned()
}

fn heard(page: &Page) -> Option<(f64, String)> {
    super::heard(page, CLIENT)
}

/// The client fails for this reason, in time, and nobody else notices.
fn assert_told(firepit: Firepit, address: &str, reason: &str) {
    let began = Instant::now();
    let (running, _) = assert_fails_alone(firepit, CLIENT, "error");
    assert!(began.elapsed() < Duration::from_secs(60), "{reason}");
    assert_eq!(err(&running), format!("{address}: {reason}"));
}

fn assert_tcp_told(acts: impl IntoIterator<Item = Act>, least: &str, reason: &str) {
    let peer = Peer::tcp(acts);
    let address = format!("tcp:{}", peer.address());
    assert_told(of_tcp(&peer, least), &address, reason);
}

fn assert_heard(firepit: Firepit, length: f64, begins: &str) -> Running {
    let procfs = procfs();
    let running = firepit.procfs(procfs.path()).keep(procfs).start();
    let page = running.scrape();
    assert_eq!(heard(&page), Some((length, begins.to_owned())));
    assert_complete(&page);
    running
}

#[test]
fn silent_peer_times_out() {
    assert_tcp_told([Act::Hang], "1", "timed out");
}

#[test]
fn a_byte_a_second_times_out() {
    let slow = Act::Trickle(vec![b'x'; 1000], Duration::from_secs(1));
    assert_tcp_told([slow], "100", "timed out");
}

/// As many packets as it can: the wait or the fuel ends, and neither takes longer than the deadline.
#[test]
fn a_byte_at_a_time_ends_at_a_limit() {
    let peer = Peer::tcp([Act::Trickle(vec![b'x'; 1 << 30], Duration::ZERO)]);
    let procfs = procfs();
    let firepit = of_tcp(&peer, "1e9").flag(format!("--collector.{CLIENT}.most=1e9"));
    let running = firepit.procfs(procfs.path()).start();
    let page = running.scrape();
    assert_eq!(success(&page, CLIENT), Some(0.0));
    assert_complete(&page);
    let cpu = counted(&page, "cpu_seconds", CLIENT);
    assert!(cpu.is_some_and(|cpu| cpu < 2.5), "{cpu:?}");
}

#[test]
fn ten_gibibytes_end_at_the_limit() {
    let peer = Peer::tcp([Act::Flood(vec![b'x'; 64 << 10])]);
    let address = format!("tcp:{}", peer.address());
    let firepit = patient(&address, "4e9").flag(format!("--collector.{CLIENT}.most=4e9"));
    let (running, page) = assert_fails_alone(firepit, CLIENT, "connection-limit");
    let line = running.logs.wait_for("msg", "collector failed");
    assert_eq!(
        line.get("limit"),
        Some("--sandbox.connection-bytes"),
        "{line:?}"
    );
    let bytes = counted(&page, "connection_bytes", CLIENT).unwrap();
    assert!(bytes <= f64::from(16 << 20) + 2.0, "{bytes}");
    // What the kernel buffers of a connection is bounded too.
    assert!(peer.sent() < 32 << 20, "{}", peer.sent());
}

#[test]
fn reset_in_the_middle_is_told() {
    let acts = [Act::Hear(b"?".into()), Act::say("half"), Act::Reset];
    assert_tcp_told(acts, "100", "connection reset by peer");
}

#[test]
fn garbage_is_an_answer() {
    let peer = Peer::tcp([Act::Hear(b"?".into()), Act::Say(vec![0xff; 5]), Act::Hang]);
    assert_heard(of_tcp(&peer, "5"), 5.0, &"\u{fffd}".repeat(5));
}

#[test]
fn half_close_ends_the_answer() {
    let peer = Peer::tcp([Act::say("part"), Act::HalfClose, Act::Hang]);
    assert_heard(of_tcp(&peer, "100"), 4.0, "part");
}

/// It depends on who is faster whether the request still has a taker.
#[test]
fn closing_at_once_ends_the_answer() {
    let peer = Peer::tcp([]);
    let procfs = procfs();
    let running = of_tcp(&peer, "1").procfs(procfs.path()).start();
    for _ in 0..3 {
        let page = running.scrape();
        assert_complete(&page);
        if success(&page, CLIENT) == Some(1.0) {
            assert_eq!(heard(&page), Some((0.0, String::new())));
        } else {
            let reset = format!("tcp:{}: connection reset by peer", peer.address());
            assert_eq!(err(&running), reset);
        }
    }
}

/// A network that drops packets.
#[test]
fn dropped_packets_time_out() {
    let Some(namespace) = black_hole() else {
        return;
    };
    let procfs = procfs();
    let running = client("tcp:192.0.2.1:80", "1")
        .flag("--sandbox.connect-timeout=300ms")
        .procfs(procfs.path())
        .within(&namespace.prefix())
        .start();
    let page = page_in(&namespace, running.address().port());
    assert_failed(&page, CLIENT, "error");
    assert_complete(&page);
    assert_eq!(err(&running), "tcp:192.0.2.1:80: timed out");
}

/// A peer that sends the answer to the next question along. `ask` notices; `with` is for protocols in which answers
/// name their question.
#[test]
fn bytes_between_scrapes_are_no_answer() {
    let forging = [Act::Hear(b"?".into()), Act::say("answerFORGED"), Act::Hang];
    for (how, second, met) in [("ask", "answer", 2), ("with", "FORGED", 1)] {
        let peer = Peer::tcp(forging.clone());
        let firepit = of_tcp(&peer, "6")
            .flag(format!("--collector.{CLIENT}.most=6"))
            .flag(format!("--collector.{CLIENT}.how={how}"));
        let running = assert_heard(firepit, 6.0, "answer");
        let page = running.scrape();
        assert_eq!(heard(&page), Some((6.0, second.to_owned())), "{how}");
        assert_eq!(peer.met(), met, "{how}");
    }
}

/// A kept connection that its peer closed or broke is opened anew, once.
#[test]
fn kept_connection_is_opened_anew_once() {
    let answering = || Act::answer(|asked| (asked == b"?").then(|| b"answer".to_vec()));
    let mut peer = Peer::tcp([answering()]);
    let firepit = of_tcp(&peer, "6").flag(format!("--collector.{CLIENT}.how=ask"));
    let running = assert_heard(firepit, 6.0, "answer");
    let _ = running.scrape();
    assert_eq!(peer.met(), 1);
    peer.stop();
    peer.start();
    let page = running.scrape();
    assert_eq!(
        (success(&page, CLIENT), heard(&page)),
        (Some(1.0), Some((6.0, "answer".to_owned())))
    );
    assert_eq!(peer.met(), 2);
    // One that ends each connection is asked twice in a scrape, and no more.
    peer.stop();
    peer.change([Act::Hear(b"?".into()), Act::Reset]);
    peer.start();
    assert_eq!(success(&running.scrape(), CLIENT), Some(0.0));
    assert_eq!(peer.met(), 3);
}

/// Descriptors that a peer passes along do not arrive.
#[test]
fn passed_descriptors_do_not_arrive() {
    let (_directory, top) = place();
    let path = format!("{top}/passing");
    let listener = UnixListener::bind(&path).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.read_exact(&mut [0]).unwrap();
            let passed = [listener.as_fd(); 10];
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(10))];
            let mut control = SendAncillaryBuffer::new(&mut space);
            assert!(control.push(SendAncillaryMessage::ScmRights(&passed)));
            let bytes = [IoSlice::new(b"answer")];
            sendmsg(&stream, &bytes, &mut control, SendFlags::empty()).unwrap();
            // The rest of the connection is the client's.
            let _ = stream.read(&mut [0]);
        }
    });
    let firepit =
        client(&format!("unix:{path}"), "6").flag(format!("--collector.{CLIENT}.how=ask"));
    let running = assert_heard(firepit, 6.0, "answer");
    let before = running.open_files();
    let page = running.scrape();
    assert_complete(&page);
    assert!(
        running.open_files() <= before + 1,
        "{before} to {}",
        running.open_files()
    );
    assert_eq!(descriptors_of_sockets_at(&running, &path), 0);
}

/// Descriptors of a process that are the listener at a path.
fn descriptors_of_sockets_at(running: &Running, path: &str) -> usize {
    let table = std::fs::read_to_string("/proc/net/unix").unwrap();
    let listening =
        |line: &&str| line.ends_with(path) && line.split_whitespace().nth(3) == Some("00010000");
    let inode = table
        .lines()
        .find(listening)
        .and_then(|line| line.split_whitespace().nth(6));
    let target = format!("socket:[{}]", inode.expect("the listener is listed"));
    let open = std::fs::read_dir(format!("/proc/{}/fd", running.pid())).unwrap();
    open.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok())
        .filter(|it| it.to_str() == Some(&target))
        .count()
}

/// A full queue of a Unix socket.
#[test]
fn unix_socket_that_never_accepts_times_out() {
    let (_directory, top) = place();
    let path = format!("{top}/full");
    let listener = socket2::Socket::from(UnixListener::bind(&path).unwrap());
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    loop {
        let socket =
            socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None).unwrap();
        socket.set_nonblocking(true).unwrap();
        if socket.connect(&address).is_err() {
            break;
        }
        waiting.push(socket);
    }
    let address = format!("unix:{path}");
    let firepit = client(&address, "1").flag("--sandbox.connect-timeout=300ms");
    assert_told(firepit, &address, "timed out");
}

fn assert_datagram_told(acts: impl IntoIterator<Item = Act>, reason: &str) {
    let peer = Peer::udp(acts);
    let address = format!("udp:{}", peer.address());
    assert_told(client(&address, "1"), &address, reason);
}

#[test]
fn forged_datagrams_are_no_answer() {
    assert_datagram_told([Act::SayFromElsewhere(b"forged".into())], "timed out");
    let peer = Peer::udp([
        Act::SayFromElsewhere(b"forged".into()),
        Act::Wait(Duration::from_millis(50)),
        Act::say("answer"),
    ]);
    let address = format!("udp:{}", peer.address());
    assert_heard(client(&address, "1"), 6.0, "answer");
}

#[test]
fn silent_peer_of_datagrams_times_out() {
    assert_datagram_told([], "timed out");
}

#[test]
fn huge_datagram_is_cut() {
    let peer = Peer::udp([Act::Say(vec![b'x'; 60_000])]);
    let address = format!("udp:{}", peer.address());
    let firepit = client(&address, "1").flag(format!("--collector.{CLIENT}.most=10"));
    assert_heard(firepit, 10.0, "xxxxxxxxxx");
    assert_heard(client(&address, "1"), 60_000.0, &"x".repeat(20));
}

#[test]
fn refused_datagram_is_told() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = format!("udp:{}", socket.local_addr().unwrap());
    drop(socket);
    assert_told(client(&address, "1"), &address, "connection refused");
}

#[test]
fn flood_of_datagrams_is_one_answer() {
    let peer = Peer::udp([Act::Flood(vec![b'x'; 1000])]);
    let address = format!("udp:{}", peer.address());
    let running = assert_heard(client(&address, "1"), 1000.0, &"x".repeat(20));
    let bytes = counted(&running.scrape(), "connection_bytes", CLIENT);
    assert_eq!(bytes, Some(2002.0));
}

/// A peer that reads nothing hears of a small request nothing either.
#[test]
fn peer_that_reads_nothing_times_out() {
    assert_tcp_told([Act::Wait(HOUR)], "1", "timed out");
}
