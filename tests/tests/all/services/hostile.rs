//! Made-up services that are down, slow, broken or hostile, for each of the collectors.

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use firepit_tests::{Act, Directory, Peer, Running, until};

use super::{asking, failed, recovered, succeeded};

const SECOND: Duration = Duration::from_secs(1);

const PROCESSES: &str = "<?xml version='1.0'?>\n<methodResponse><params><param><value><array><data>\
    <value><struct><member><name>name</name><value><string>a</string></value></member>\
    </struct></value></data></array></value></param></params></methodResponse>\n";

const CLUSTER: &str = "<GANGLIA_XML><CLUSTER NAME=\"c\"><HOST><METRIC NAME=\"m\" VAL=\"1\"/></HOST></CLUSTER>\
    </GANGLIA_XML>\n";

/// A collector, and a peer that it asks.
struct Site {
    collector: &'static str,
    running: Running,
    peer: Peer,
    /// What a client sends before the peer answers.
    request: Option<&'static [u8]>,
    good: Vec<u8>,
}

impl Site {
    fn supervisord(peer: Peer, url: &str) -> Self {
        let length = PROCESSES.len();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        Self {
            collector: "supervisord",
            running: asking("supervisord", &format!("url={url}")),
            peer,
            request: Some(b"</methodCall>"),
            good: (head + PROCESSES).into_bytes(),
        }
    }

    fn gmond() -> Self {
        let peer = Peer::tcp([]);
        Self {
            collector: "gmond",
            running: asking("gmond", &format!("address={}", peer.address())),
            peer,
            request: None,
            good: CLUSTER.into(),
        }
    }

    fn all(directory: &Directory) -> [Self; 3] {
        let tcp = Peer::tcp([]);
        let url = format!("http://{}/RPC2", tcp.address());
        let socket = directory.path().join("s");
        let unix = Peer::unix(&socket, []);
        let socket = format!("unix://{}", socket.display());
        [
            Self::supervisord(tcp, &url),
            Self::supervisord(unix, &socket),
            Self::gmond(),
        ]
    }

    /// From now on, the peer does this after the request.
    fn peer_does(&self, acts: impl IntoIterator<Item = Act>) {
        let request = self.request.map(|request| Act::Hear(request.to_vec()));
        self.peer.change(request.into_iter().chain(acts));
    }

    /// The collector succeeds with a good peer, fails with this one for one of the reasons, and succeeds again.
    fn fails(&self, acts: impl IntoIterator<Item = Act>, reasons: &[&str]) {
        self.peer_does([Act::say(self.good.clone())]);
        succeeded(&self.running, self.collector);
        self.peer_does(acts);
        let reason = failed(&self.running, self.collector);
        let told = reasons.iter().any(|wanted| reason.ends_with(wanted));
        assert!(told, "{} {}: {reason}", self.collector, self.peer.address());
        self.peer_does([Act::say(self.good.clone())]);
        recovered(&self.running, self.collector);
    }
}

#[test]
fn silent_and_slow_services() {
    let directory = Directory::new();
    for site in Site::all(&directory) {
        let late = [": timed out"];
        site.fails([Act::Hang], &late);
        site.fails([Act::Trickle(site.good.clone(), SECOND)], &late);
        let (first, _) = site.good.split_at(site.good.len() / 2);
        site.fails([Act::say(first), Act::Hang], &late);
        let open = || (site.peer.open() == 0).then_some(());
        until("the end of all connections", open);
    }
}

#[test]
fn services_that_end_too_early() {
    let directory = Directory::new();
    for site in Site::all(&directory) {
        let short = ["ended too early", "ends too early", "a tag does not end"];
        site.fails([], &short);
        let (first, _) = site.good.split_at(site.good.len() / 2);
        site.fails([Act::say(first)], &short);
        site.fails([Act::say(first), Act::HalfClose, Act::Hang], &short);
        if site.peer.address().starts_with("127.") {
            let reset = [": connection reset by peer"; 1];
            let reset = [&short[..], &reset].concat();
            site.fails([Act::say(first), Act::Reset], &reset);
        }
    }
}

#[test]
fn services_that_speak_garbage_without_end() {
    let directory = Directory::new();
    for site in Site::all(&directory) {
        let garbage: Vec<u8> = (0..=255).cycle().take(1 << 16).collect();
        let short = b"SSH-2.0-OpenSSH_9.2\r\n\r\n";
        let wrong = [
            "not an answer by HTTP: the first line has no status",
            "byte 0: text outside of the document's element",
        ];
        site.fails([Act::say(&short[..])], &wrong);
        let long = [
            wrong[0],
            "the head of the answer is longer than 16384 bytes",
            "the document is longer than 12582912 bytes",
        ];
        site.fails([Act::Flood(garbage)], &long);
        site.fails([Act::Flood(vec![b' '; 1 << 16])], &long);
        // Buffers of the kernel included.
        assert!(site.peer.sent() < 100 << 20, "{}", site.peer.sent());
    }
}

#[test]
fn service_that_restarts_in_the_middle_of_a_scrape() {
    let directory = Directory::new();
    for mut site in Site::all(&directory) {
        let (first, _) = site.good.split_at(site.good.len() / 2);
        let before = site.peer.sent();
        site.peer_does([Act::say(first), Act::Hang]);
        let (running, collector, peer) = (&site.running, site.collector, &mut site.peer);
        thread::scope(|scope| {
            let scrape = scope.spawn(|| failed(running, collector));
            until("the first half", || (peer.sent() > before).then_some(()));
            peer.stop();
            scrape.join().unwrap();
        });
        site.peer_does([Act::say(site.good.clone())]);
        site.peer.start();
        recovered(&site.running, site.collector);
    }
}

/// A redirect to a service that was not granted, and one to the same service.
#[test]
fn redirects_are_not_followed() {
    let other = Peer::tcp([Act::Hang]);
    let peer = Peer::tcp([]);
    let url = format!("http://{}/RPC2", peer.address());
    let site = Site::supervisord(peer, &url);
    for target in [format!("http://{}/", other.address()), "/".to_owned()] {
        let redirect = format!("HTTP/1.1 307 X\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n");
        site.fails(
            [Act::say(redirect)],
            &[": HTTP status 307: redirects are not followed"],
        );
    }
    assert_eq!(other.met(), 0);
}

#[test]
fn https_is_an_error_at_start() {
    let ended = firepit_tests::Firepit::new()
        .flag("--collector.supervisord")
        .flag("--collector.supervisord.url=https://me:geheim@localhost:9001/RPC2")
        .run(&[]);
    assert!(!ended.status.success());
    assert!(
        ended.stderr.contains("https is not available"),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains("geheim"), "{}", ended.stderr);
}

/// A reply to a request for the time, by this machine's clock.
fn reply(request: &[u8]) -> Option<Vec<u8>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    let now = ((now.as_secs() + 2_208_988_800) << 32).to_be_bytes();
    let mut reply = vec![0x24, 2, 6, 0xec];
    reply.resize(16, 0);
    reply.extend(now);
    reply.extend(request.get(40..48)?);
    reply.extend([now, now].concat());
    Some(reply)
}

#[test]
fn datagrams_that_are_late_wrong_or_from_elsewhere() {
    let mut peer = Peer::udp([]);
    let running = asking("ntp", &format!("server-port={}", peer.port()));
    let of = format!("couldn't get SNTP reply: udp:{}: ", peer.address());
    let wrong = format!("couldn't get SNTP reply: {}: ", peer.address());
    for (acts, reason) in [
        (vec![], format!("{of}timed out")),
        (
            vec![Act::Wait(2 * SECOND), Act::answer(reply)],
            format!("{of}timed out"),
        ),
        (
            vec![Act::SayFromElsewhere(vec![0; 48])],
            format!("{of}timed out"),
        ),
        (
            vec![Act::say("")],
            format!("{wrong}the reply has 0 bytes instead of 48"),
        ),
        (
            vec![Act::say([0; 47])],
            format!("{wrong}the reply has 47 bytes instead of 48"),
        ),
        (
            vec![Act::say([0x24; 48])],
            format!("{wrong}server response didn't match request"),
        ),
        (
            vec![Act::Flood(vec![0xff; 60_000])],
            format!("{wrong}invalid mode in response"),
        ),
    ] {
        peer.change([Act::answer(reply)]);
        recovered(&running, "ntp");
        peer.change(acts);
        assert_eq!(failed(&running, "ntp"), reason);
    }
    peer.change([Act::answer(reply)]);
    recovered(&running, "ntp");
    peer.stop();
    assert_eq!(failed(&running, "ntp"), format!("{of}connection refused"));
    peer.start();
    recovered(&running, "ntp");
}
