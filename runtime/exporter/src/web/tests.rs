//! The server over real sockets, with a [`Scrape`] that each test configures.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use firepit_exposition::encode::encode;
use firepit_exposition::merge::{Part, merge};
use firepit_exposition::validate::{Bounds, validate};
use rustix::net::{self, AddressFamily, SocketType};
use tokio::sync::{Semaphore, oneshot};

use super::*;

mod crowding;
mod lifetimes;
mod protocol;
mod routes;
mod scrapes;

/// How long a test waits before it fails.
const TIMEOUT: Duration = Duration::from_secs(30);

const PAGE: &str = "# HELP up Up.\n# TYPE up untyped\nup 1\n";

const OWN_PAGE: &str = "# HELP own Own.\n# TYPE own untyped\nown 1\n";

/// The requested collectors; `None` for all of them.
type Only = Option<Vec<String>>;

/// The parameters of a request to the fake.
type Asked = (Only, Option<Duration>, Vec<String>);

struct Fake {
    page: Page,
    ready: AtomicBool,
    panics: AtomicBool,
    /// A scrape ends when it has a permit.
    gate: Semaphore,
    started: mpsc::Sender<()>,
    asked: Mutex<Vec<Asked>>,
}

impl Scrape for Fake {
    type Selection = Only;

    fn select(&self, filters: &Filters) -> Result<Only, SelectionError> {
        for name in &filters.collect {
            match name.as_str() {
                "cpu" | "stat" => {}
                "off" => return Err(SelectionError::Disabled(name.clone())),
                _ => return Err(SelectionError::Missing(name.clone())),
            }
        }
        let collect = &filters.collect;
        Ok((!collect.is_empty()).then(|| collect.clone()))
    }

    async fn scrape(&self, selection: Only, options: PageOptions) -> Page {
        let asked = (selection, options.timeout, options.names);
        self.asked.lock().unwrap().push(asked);
        let _ = self.started.send(());
        if self.panics.load(Ordering::Relaxed) {
            panic!("requested by the test");
        }
        drop(self.gate.acquire().await);
        let Page { body, errors, .. } = &self.page;
        Page {
            body: body.clone(),
            errors: *errors,
            ..Page::default()
        }
    }

    async fn self_metrics(&self, selection: Only, options: PageOptions) -> Page {
        let asked = (selection, None, options.names);
        self.asked.lock().unwrap().push(asked);
        let _ = self.started.send(());
        drop(self.gate.acquire().await);
        Page {
            body: OWN_PAGE.into(),
            ..Page::default()
        }
    }

    fn collectors(&self) -> Vec<CollectorRow> {
        vec![CollectorRow {
            name: "cpu".into(),
            about: "<b>bold</b>".into(),
            version: "0.1.0".into(),
            source: "built-in".into(),
            sha256: "abc".into(),
            enabled: true,
            state: "failed: out-of-fuel".into(),
        }]
    }

    fn problems(&self) -> Vec<ProblemRow> {
        vec![ProblemRow {
            path: "/m/x.wasm".into(),
            running: None,
            reason: "compile",
            detail: "<i>bad</i>".into(),
        }]
    }

    async fn reload(&self) -> Result<(), String> {
        let _ = self.started.send(());
        drop(self.gate.acquire().await);
        if self.ready.load(Ordering::Relaxed) {
            Ok(())
        } else {
            Err("line 3: no\n\u{1b}[2J".into())
        }
    }

    fn ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }
}

/// Settings of a test before the server starts.
struct Setup {
    page: Page,
    open: bool,
    config: ServerConfig,
}

impl Setup {
    fn new() -> Self {
        Self {
            page: Page {
                body: PAGE.into(),
                ..Page::default()
            },
            open: true,
            config: ServerConfig {
                telemetry_path: "/metrics".into(),
                max_requests: 40,
                openmetrics: false,
                lifecycle: false,
                user: None,
                open_health_endpoints: false,
                limits: HttpLimits::default(),
                version: "1.2.3".into(),
                branch: "main".into(),
                revision: "abc".into(),
            },
        }
    }

    /// Scrapes wait until the test opens the gate.
    fn closed(mut self) -> Self {
        self.open = false;
        self
    }

    fn limits(mut self, change: impl FnOnce(&mut HttpLimits)) -> Self {
        change(&mut self.config.limits);
        self
    }

    fn start(self) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (started, starts) = mpsc::channel();
        let fake = Arc::new(Fake {
            page: self.page,
            ready: AtomicBool::new(true),
            panics: AtomicBool::new(false),
            gate: Semaphore::new(if self.open { Semaphore::MAX_PERMITS } else { 0 }),
            started,
            asked: Mutex::default(),
        });
        let counters = HttpCounters::new();
        let of_server = counters.clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let service = Arc::clone(&fake);
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let shutdown = async move { drop(stopped.await) };
            let served = serve(
                vec![listener.into()],
                service,
                of_server,
                self.config,
                None,
                pulse().1,
                shutdown,
            );
            runtime.block_on(served).unwrap();
        });
        Server {
            address,
            fake,
            starts,
            counters,
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

/// The counters, encoded as on a page.
pub(super) fn written(counters: &HttpCounters) -> String {
    let (families, problems) = validate(counters.families(), &Bounds::default());
    assert_eq!(problems, []);
    let source = Part {
        source: "http".into(),
        exclusive: false,
        families,
    };
    String::from_utf8(encode(&merge([source]).families, Format::Text004).unwrap()).unwrap()
}

/// A server on a separate thread. Stops when dropped.
struct Server {
    address: SocketAddr,
    fake: Arc<Fake>,
    starts: mpsc::Receiver<()>,
    counters: HttpCounters,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn connect(&self) -> Client {
        self.connect_from(Ipv4Addr::LOCALHOST)
    }

    /// A connection from an address of the loopback network.
    fn connect_from(&self, source: Ipv4Addr) -> Client {
        let socket = net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        net::bind(&socket, &SocketAddrV4::new(source, 0)).unwrap();
        net::connect(&socket, &self.address).unwrap();
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        Client(stream)
    }

    /// One request on a new connection.
    fn ask(&self, method: &str, target: &str, headers: &str) -> Reply {
        let mut client = self.connect();
        client.send(method, target, headers);
        client.reply(method == "HEAD")
    }

    fn get(&self, target: &str) -> Reply {
        self.ask("GET", target, "")
    }

    fn wait_for_scrape(&self) {
        self.starts.recv_timeout(TIMEOUT).unwrap();
    }

    fn open_gate(&self) {
        self.fake.gate.add_permits(1000);
    }

    fn last_asked(&self) -> Asked {
        self.fake.asked.lock().unwrap().last().cloned().unwrap()
    }

    fn counters(&self) -> String {
        written(&self.counters)
    }

    #[track_caller]
    fn assert_counter(&self, sample: &str) {
        let text = self.counters();
        assert!(text.lines().any(|line| line == sample), "{sample}\n{text}");
    }

    fn begin_stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    fn join(&mut self) {
        self.thread.take().unwrap().join().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.fake.gate.close();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking());
        }
    }
}

struct Client(TcpStream);

impl Client {
    fn write(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    fn send(&mut self, method: &str, target: &str, headers: &str) {
        let head = format!("{method} {target} HTTP/1.1\r\nHost: test\r\n{headers}\r\n");
        self.write(head.as_bytes());
    }

    fn reply(&mut self, without_body: bool) -> Reply {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.0.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let mut reply = Reply {
            status: status.parse().unwrap(),
            headers: lines
                .map(|line| line.split_once(": ").unwrap())
                .map(|(name, value)| (name.to_lowercase(), value.to_string()))
                .collect(),
            body: Vec::new(),
        };
        if !without_body {
            let length = reply.header("content-length").unwrap_or("0");
            reply.body = vec![0; length.parse().unwrap()];
            self.0.read_exact(&mut reply.body).unwrap();
        }
        reply
    }

    /// Everything until the server closes the connection; a reset counts as an end.
    fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        if let Err(error) = self.0.read_to_end(&mut rest) {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
        }
        rest
    }

    /// Requests a page and checks the response.
    fn healthy(&mut self) {
        self.send("GET", "/-/healthy", "");
        assert_eq!(self.reply(false).status, 200);
    }
}

struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(key, _)| key == name)?;
        Some(value)
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}
