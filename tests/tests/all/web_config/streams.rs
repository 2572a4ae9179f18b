//! HTTP/2, frame by frame: what a client may not do.

use std::io::{self, Read as _, Write as _};

use firepit_tests::{Firepit, Request, Running};

use super::client::{Client, Stream};
use super::folder::Folder;

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A GET of a path, in HPACK without its table.
fn get(path: &str) -> Vec<u8> {
    let mut block = vec![0x82, 0x87, 0x04, u8::try_from(path.len()).unwrap()];
    block.extend(path.as_bytes());
    block.extend([0x01, 9]);
    block.extend(b"localhost");
    block
}

/// A connection that speaks HTTP/2.
struct Http2(Stream);

impl Http2 {
    fn connect(folder: &Folder, running: &Running, settings: &[u8]) -> Self {
        let client = Client {
            alpn: Some(b"h2"),
            ..Client::default()
        };
        let stream = client.connect(folder, running.address()).unwrap();
        assert_eq!(stream.conn.alpn_protocol(), Some(&b"h2"[..]));
        let mut http2 = Self(stream);
        http2
            .0
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            .unwrap();
        http2.send(SETTINGS, 0, 0, settings).unwrap();
        http2
    }

    fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> io::Result<()> {
        let mut frame = u32::try_from(payload.len()).unwrap().to_be_bytes()[1..].to_vec();
        frame.extend([kind, flags]);
        frame.extend(stream.to_be_bytes());
        frame.extend(payload);
        self.0.write_all(&frame)
    }

    /// The next frame: kind, flags, stream, payload.
    fn frame(&mut self) -> io::Result<(u8, u8, u32, Vec<u8>)> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head)?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        self.0.read_exact(&mut payload)?;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        Ok((head[3], head[4], stream, payload))
    }

    /// Reads until the server ends the connection. Returns the code of its GOAWAY, if it sent one.
    fn end(&mut self) -> Option<u32> {
        let mut code = None;
        loop {
            match self.frame() {
                Ok((GOAWAY, _, _, payload)) => {
                    code = Some(u32::from_be_bytes(payload[4..8].try_into().unwrap()));
                }
                Ok(_) => {}
                Err(error) => {
                    assert!(
                        !matches!(
                            error.kind(),
                            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                        ),
                        "the server does not end the connection"
                    );
                    return code;
                }
            }
        }
    }

    /// The first byte of the header block of a response: an indexed status.
    fn status(&mut self, of: u32) -> u8 {
        loop {
            let (kind, _, stream, payload) = self.frame().unwrap();
            if kind == HEADERS && stream == of {
                return payload[0];
            }
        }
    }
}

/// 200 and 404 in the static table of HPACK.
const OK: u8 = 0x88;
const NOT_FOUND: u8 = 0x8d;

fn start(folder: &Folder, extra: &str) -> Running {
    start_with(folder, extra, &[])
}

fn start_with(folder: &Folder, extra: &str, flags: &[&str]) -> Running {
    let path = folder.write("web.yml", &format!("tls_server_config:\n  PAIR\n{extra}"));
    let mut firepit = Firepit::new().flag(format!("--web.config.file={path}"));
    for flag in flags {
        firepit = firepit.flag(*flag);
    }
    firepit.start()
}

fn assert_serves(folder: &Folder, running: &Running) {
    let answer = Client::default().ask(folder, running.address(), &Request::get("/metrics"));
    assert_eq!(answer.unwrap().status, 200);
}

#[test]
fn several_requests_share_a_connection() {
    let folder = Folder::new();
    let running = start(&folder, "");
    let mut http2 = Http2::connect(&folder, &running, &[]);
    for (stream, path, status) in [
        (1, "/metrics", OK),
        (3, "/nowhere", NOT_FOUND),
        (5, "/", OK),
    ] {
        http2
            .send(HEADERS, END_STREAM | END_HEADERS, stream, &get(path))
            .unwrap();
        assert_eq!(http2.status(stream), status, "{path}");
    }
}

#[test]
fn users_and_headers_apply_to_http2() {
    let folder = Folder::new();
    let running = start(&folder, "basic_auth_users:\n  alice: HASH(alice123)\n");
    let mut http2 = Http2::connect(&folder, &running, &[]);
    http2
        .send(HEADERS, END_STREAM | END_HEADERS, 1, &get("/metrics"))
        .unwrap();
    // 401 is not in the static table: a literal.
    assert_ne!(http2.status(1), OK);
    let mut block = get("/metrics");
    block.extend([0x0f, 0x08, 26]);
    block.extend(b"Basic YWxpY2U6YWxpY2UxMjM=");
    http2
        .send(HEADERS, END_STREAM | END_HEADERS, 3, &block)
        .unwrap();
    assert_eq!(http2.status(3), OK);
}

#[test]
fn can_be_disabled() {
    let folder = Folder::new();
    let running = start(&folder, "http_server_config:\n  http2: false\n");
    let client = Client {
        alpn: Some(b"h2"),
        ..Client::default()
    };
    let error = client.connect(&folder, running.address()).unwrap_err();
    assert!(
        error.to_string().contains("NoApplicationProtocol"),
        "{error}"
    );
    assert_serves(&folder, &running);
}

/// CVE-2023-44487: requests that are withdrawn at once.
#[test]
fn a_rapid_reset_ends_the_connection() {
    let folder = Folder::new();
    let running = start(&folder, "");
    let mut http2 = Http2::connect(&folder, &running, &[]);
    for number in 0..10_000 {
        let stream = 2 * number + 1;
        let sent = http2
            .send(HEADERS, END_STREAM | END_HEADERS, stream, &get("/metrics"))
            .and_then(|()| http2.send(RST_STREAM, 0, stream, &[0, 0, 0, 8]));
        if sent.is_err() {
            break;
        }
    }
    http2.end();
    assert_serves(&folder, &running);
}

/// CVE-2024-24549 and its kin: a head that does not end.
#[test]
fn a_flood_of_continuations_ends_the_connection() {
    let folder = Folder::new();
    let running = start(&folder, "");
    let mut http2 = Http2::connect(&folder, &running, &[]);
    http2
        .send(HEADERS, END_STREAM, 1, &get("/metrics"))
        .unwrap();
    // A header of 10 bytes again and again, never the flag that ends the head.
    let block: Vec<u8> = [&[0x00, 1][..], b"x", &[6], b"yyyyyy"]
        .concat()
        .repeat(1_000);
    for _ in 0..10_000 {
        if http2.send(CONTINUATION, 0, 1, &block).is_err() {
            break;
        }
    }
    http2.end();
    assert_serves(&folder, &running);
}

#[test]
fn too_many_streams_at_once_are_refused() {
    let folder = Folder::new();
    let running = start(&folder, "");
    let mut http2 = Http2::connect(&folder, &running, &[]);
    // The server's limit is in its settings.
    let limit = loop {
        let (kind, flags, _, payload) = http2.frame().unwrap();
        if kind == SETTINGS && flags == 0 {
            let mut settings = payload.chunks(6);
            break settings
                .find(|setting| setting[..2] == [0, 3])
                .map(|setting| u32::from_be_bytes(setting[2..].try_into().unwrap()));
        }
    };
    assert_eq!(limit, Some(16));
}

/// A client that opens no window for its response holds the only slot, until another one needs it.
#[test]
fn client_that_reads_nothing_is_evicted() {
    let folder = Folder::new();
    let running = start_with(&folder, "", &["--web.max-requests=1"]);
    // SETTINGS_INITIAL_WINDOW_SIZE 0.
    let mut http2 = Http2::connect(&folder, &running, &[0, 4, 0, 0, 0, 0]);
    http2
        .send(HEADERS, END_STREAM | END_HEADERS, 1, &get("/metrics"))
        .unwrap();
    assert_eq!(http2.status(1), OK);
    assert_serves(&folder, &running);
    // It was evicted for the scrape.
    http2.end();
}
