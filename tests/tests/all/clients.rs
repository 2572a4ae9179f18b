//! Clients that sit on connections and pages, or say what a terminal or a browser could obey.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use firepit_tests::{Directory, Firepit, PATIENCE, Page, Request, Running, until};
use rustix::net::{self, AddressFamily, SocketType};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit, setrlimit};

use crate::baseline::{assert_complete, procfs};

/// The address of a client among many.
fn source(number: u16) -> Ipv4Addr {
    let [high, low] = number.to_be_bytes();
    Ipv4Addr::new(127, 3, high, low)
}

fn connect(running: &Running, source: Ipv4Addr) -> TcpStream {
    let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    net::bind(&socket, &SocketAddrV4::new(source, 0)).unwrap();
    net::connect(&socket, &running.address()).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Has an answer and stays.
fn idle(running: &Running, source: Ipv4Addr) -> TcpStream {
    let mut client = connect(running, source);
    client
        .write_all(b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    let mut answer = [0; 15];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    client
}

fn evicted(page: &Page, reason: &str) -> f64 {
    let name = "firepit_http_connections_evicted_total";
    page.value(name, &[("reason", reason)]).unwrap()
}

/// Lets this process have so many connections.
fn allow_files(number: u64) {
    let limit = getrlimit(Resource::Nofile);
    let maximum = limit.maximum.unwrap_or(u64::MAX);
    let current = Some(limit.current.unwrap_or(u64::MAX).max(number.min(maximum)));
    let maximum = limit.maximum;
    setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
}

#[test]
fn idle_clients_do_not_block_scrapes() {
    let procfs = procfs();
    let running = Firepit::new().procfs(procfs.path()).start();
    let of_one: Vec<_> = (0..256)
        .map(|_| idle(&running, Ipv4Addr::LOCALHOST))
        .collect();
    let page = running.scrape();
    assert_complete(&page);
    assert!(evicted(&page, "address-limit") >= 129.0);
    let of_many: Vec<_> = (0..256).map(|n| idle(&running, source(n))).collect();
    let page = running.scrape();
    assert_complete(&page);
    assert!(evicted(&page, "idle") >= 1.0);
    assert!(page.value("firepit_http_connections", &[]).unwrap() <= 256.0);
    assert_eq!(warnings(&running), 1);
    drop((of_one, of_many));
}

/// How often the log warns of evictions.
fn warnings(running: &Running) -> usize {
    let warnings = running.logs.with("level", "WARN");
    let messages = warnings.iter().filter_map(|line| line.get("msg"));
    messages
        .filter(|message| message.starts_with("evicting connections"))
        .count()
}

#[test]
fn half_open_and_slow_clients_do_not_block_scrapes() {
    allow_files(4096);
    let procfs = procfs();
    let running = Firepit::new().procfs(procfs.path()).start();
    let mut clients = Vec::new();
    for number in 0..2000 {
        let mut client = connect(&running, source(number));
        if number % 2 == 0 {
            client
                .write_all(b"GET /metrics HTTP/1.1\r\nX-Slow: ")
                .unwrap();
        }
        clients.push(client);
        if number % 100 == 0 {
            assert_complete(&running.scrape());
        }
    }
    // The slow ones go on, where they still can.
    for client in clients.iter_mut().step_by(2) {
        let _ = client.write_all(b"y");
    }
    let page = running.scrape();
    assert_complete(&page);
    let of_heads = evicted(&page, "head");
    assert!(of_heads >= 1700.0, "{of_heads}");
}

/// A page of some megabytes.
fn large() -> (Firepit, Directory) {
    let value = "v".repeat(4000);
    let lines: String = (0..950)
        .map(|i| format!("large{{i=\"{i}\",text=\"{value}\"}} 1\n"))
        .collect();
    let texts = Directory::new().file("large.prom", lines);
    let firepit = Firepit::new().flag("--collector.textfile").flag(format!(
        "--collector.textfile.directory={}",
        texts.path().display()
    ));
    (firepit, texts)
}

const LARGE: usize = 950 * 4000;

#[test]
fn slow_readers_do_not_block_scrapes_and_hold_few_responses() {
    let (firepit, _texts) = large();
    let running = firepit.start();
    assert!(running.ask(&Request::get("/metrics")).body.len() > LARGE);
    let before = running.resident_kib();
    let mut clients: Vec<_> = (0..100)
        .map(|_| connect(&running, Ipv4Addr::LOCALHOST))
        .collect();
    for client in &mut clients {
        let request = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
        client.write_all(request).unwrap();
    }
    // One of another address has a page whatever they do.
    let mut other = connect(&running, source(1));
    other.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    other.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.0 200 OK"));
    assert!(answer.len() > LARGE);
    // And one of the same address as soon as they have had their time.
    let answer = until("a page", || {
        let answer = running.ask(&Request::get("/metrics"));
        (answer.status == 200).then_some(answer)
    });
    assert!(answer.body.len() > LARGE);
    let more = running.resident_kib().saturating_sub(before);
    assert!(more < 250 << 10, "{more} KiB more for 100 clients");
    let page = running.scrape();
    assert!(evicted(&page, "slow-reader") >= 1.0);
    drop(clients);
}

/// What a client has not taken is freed when the client is gone.
#[test]
fn responses_are_freed_with_their_clients() {
    let (firepit, _texts) = large();
    let running = firepit.flag("--web.max-requests=2").start();
    let _ = running.ask(&Request::get("/metrics"));
    let files = running.open_files();
    for _ in 0..10 {
        let mut client = connect(&running, Ipv4Addr::LOCALHOST);
        client
            .write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
            .unwrap();
        client.read_exact(&mut [0; 15]).unwrap();
    }
    until("the connections to close", || {
        (running.open_files() <= files + 1).then_some(())
    });
    assert!(running.ask(&Request::get("/metrics")).body.len() > LARGE);
}

#[test]
fn status_page_escapes_control_characters() {
    let name = "odd\u{1b}[31m\n\u{202e}";
    let running = Firepit::with_guest("limit_log")
        .flag("--collector.limit_log.how=error")
        .bytes(name, b"no module")
        .start();
    let _ = running.scrape();
    let landing = running.ask(&Request::get("/"));
    let text = landing.text();
    assert!(text.contains("odd\\u{1b}[31m\\n\\u{202e}.wasm"), "{text}");
    assert!(text.contains("error: a\\ntime=2020"), "{text}");
    let odd = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{2028}');
    assert!(!text.contains(odd), "{text}");
    let forged = |line: &str| line.starts_with("time=") || line.starts_with('\u{202e}');
    assert!(!text.lines().any(forged), "{text}");
}

#[test]
fn web_pages_cannot_end_or_reload() {
    let mut running = Firepit::new().flag("--web.enable-lifecycle").start();
    for (name, value) in [
        ("Origin", "https://elsewhere.example"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        for path in ["/-/quit", "/-/reload"] {
            let request = Request::of("POST", path).header(name, value);
            let answer = running.ask(&request);
            assert_eq!(answer.status, 403, "{}", answer.text());
            assert!(answer.text().contains(&name.to_lowercase()));
        }
    }
    assert_eq!(running.ask(&Request::get("/-/healthy")).status, 200);
    let reload = Request::of("POST", "/-/reload");
    assert_eq!(running.ask(&reload).status, 200);
    assert_eq!(running.ask(&Request::of("POST", "/-/quit")).status, 200);
    assert!(running.wait().success());
}

/// Where descriptors are few, clients leave some to the collectors.
#[test]
fn clients_leave_descriptors_to_collectors() {
    let running = Firepit::new()
        .all_collectors()
        .within(&["prlimit", "--nofile=200:200"])
        .start();
    let sound = |page: &Page| {
        let samples = page.samples("node_scrape_collector_success");
        samples.filter(|sample| sample.value == 1.0).count()
    };
    let before = sound(&running.scrape());
    let clients: Vec<_> = (0..300).map(|n| idle(&running, source(n))).collect();
    assert_eq!(sound(&running.scrape()), before);
    drop(clients);
}

/// A request for metrics of a client that reads only what it has to in order to stay.
struct Trickle {
    stop: mpsc::Sender<()>,
    thread: thread::JoinHandle<()>,
}

impl Trickle {
    /// Returns once it has begun to read its response.
    fn start(mut client: TcpStream) -> Self {
        client
            .write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
            .unwrap();
        let mut begin = [0; 15];
        client.read_exact(&mut begin).unwrap();
        assert_eq!(&begin, b"HTTP/1.1 200 OK");
        let (stop, stopped) = mpsc::channel();
        let thread = thread::spawn(move || {
            // Twice as much as firepit demands of a slow client.
            let mut some = vec![0; 16 * 1024];
            let pause = Duration::from_secs(1);
            while stopped.recv_timeout(pause) == Err(mpsc::RecvTimeoutError::Timeout) {
                client.read_exact(&mut some).unwrap();
            }
        });
        Self { stop, thread }
    }

    fn end(self) {
        drop(self.stop);
        self.thread.join().unwrap();
    }
}

/// The whole answer to a scrape from an address.
fn answer(running: &Running, source: Ipv4Addr) -> String {
    let mut client = connect(running, source);
    client.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    answer
}

/// A client that did not read its last response takes no memory from others, however slowly they read.
#[test]
fn a_scrape_beyond_the_memory_of_all_responses_gets_503() {
    let (firepit, _texts) = large();
    // Room for one response.
    let running = firepit
        .flag("--scrape.max-page-bytes=6MiB")
        .flag("--web.max-in-flight-bytes=6MiB")
        .start();
    let (greedy, other) = (source(1), source(2));
    let mut holder = connect(&running, greedy);
    holder
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    holder.read_exact(&mut [0; 15]).unwrap();
    // It is evicted for the next one.
    let next = answer(&running, other);
    assert!(next.starts_with("HTTP/1.0 200 OK"), "{next}");
    assert!(next.len() > LARGE);
    let slow = Trickle::start(connect(&running, other));
    let refused = answer(&running, greedy);
    assert!(
        refused.starts_with("HTTP/1.0 503 Service Unavailable"),
        "{refused}"
    );
    assert!(
        refused.contains("(--web.max-in-flight-bytes), try again later"),
        "{refused}"
    );
    slow.end();
    let page = until("room for a page", || {
        let answer = answer(&running, greedy);
        let (head, page) = answer.split_once("\r\n\r\n")?;
        head.starts_with("HTTP/1.0 200 OK")
            .then(|| Page::parse(page).unwrap())
    });
    let refusals = [("code", "503")];
    let refusals = page.value("promhttp_metric_handler_requests_total", &refusals);
    assert!(refusals >= Some(1.0), "{refusals:?}");
}

/// Before the first response nobody knows how large they are.
#[test]
fn first_response_is_charged_like_later_ones() {
    let (firepit, _texts) = large();
    let running = firepit.start();
    let mut holder = connect(&running, source(1));
    holder
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    holder.read_exact(&mut [0; 15]).unwrap();
    let name = "firepit_pages_in_flight_bytes";
    let page = running.page(&Request::get(&format!("/metrics/self?name[]={name}")));
    let bytes = page.value(name, &[]).unwrap();
    // This response has as much in reserve as the last one took.
    assert!(bytes > 2.0 * LARGE as f64, "{bytes}");
}

/// A response and its compressed form exist at once for a moment. Without memory for both it is sent
/// as it is.
#[test]
fn compression_is_charged_to_the_memory_budget() {
    let gzip = Request::get("/metrics").header("Accept-Encoding", "gzip");
    let coding = |running: &Running| {
        let answer = running.ask(&gzip);
        assert_eq!(answer.status, 200);
        let mut headers = answer.headers.into_iter();
        headers.find(|(name, _)| name == "content-encoding")
    };
    let (firepit, _texts) = large();
    assert!(coding(&firepit.start()).is_some());
    let (firepit, _texts) = large();
    let running = firepit
        .flag("--scrape.max-page-bytes=6MiB")
        .flag("--web.max-in-flight-bytes=6MiB")
        .start();
    assert_eq!(coding(&running), None);
}

/// Where the process has no descriptor left, whoever does nothing goes for whoever comes.
#[test]
fn idle_client_is_evicted_if_descriptors_run_out() {
    let running = Firepit::new().start();
    let _ = running.scrape();
    let mut clients: Vec<_> = (0..4).map(|n| idle(&running, source(n))).collect();
    let open = running.open_files() as u64;
    let limit = Rlimit {
        current: Some(open),
        maximum: Some(open),
    };
    let pid = Pid::from_raw(running.pid().try_into().unwrap());
    prlimit(pid, Resource::Nofile, limit).unwrap();
    // One or two may get descriptors that were closed meanwhile.
    clients.extend((4..8).map(|n| idle(&running, source(n))));
    drop(clients);
    assert!(evicted(&running.scrape(), "idle") >= 1.0);
}
