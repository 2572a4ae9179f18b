//! A minimal HTTP client: one request per connection, complete answers.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Longer than any answer takes.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    method: String,
    path: String,
    headers: String,
}

/// A complete answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Names in lower case, with values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A GET of a path with query.
    #[must_use]
    pub fn get(path: &str) -> Self {
        Self::of("GET", path)
    }

    /// A request with any method, without a body.
    #[must_use]
    pub fn of(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: String::new(),
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        // Writing to a string cannot fail.
        let _ = write!(self.headers, "{name}: {value}\r\n");
        self
    }

    /// The request as it is sent to a host.
    pub(crate) fn text(&self, host: &str) -> String {
        let Self {
            method,
            path,
            headers,
        } = self;
        format!("{method} {path} HTTP/1.0\r\nHost: {host}\r\n{headers}\r\n")
    }

    /// Sends it, and reads the answer.
    ///
    /// Uses HTTP/1.0, so servers do not send chunks.
    ///
    /// # Errors
    /// Connection errors, and malformed or truncated answers.
    pub fn send(&self, address: SocketAddr) -> io::Result<Answer> {
        let stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        self.exchange(stream)
    }

    /// Sends it through a Unix socket, and reads the answer.
    ///
    /// # Errors
    /// See [`Self::send`].
    pub fn send_through(&self, socket: &Path) -> io::Result<Answer> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        self.exchange(stream)
    }

    /// Sends it over a new connection, and reads the answer.
    ///
    /// # Errors
    /// See [`Self::send`].
    pub fn exchange(&self, mut stream: impl Read + Write) -> io::Result<Answer> {
        stream.write_all(self.text("firepit").as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Answer::parse(&answer, self.method != "HEAD").ok_or_else(|| {
            let start = String::from_utf8_lossy(&answer[..answer.len().min(400)]).into_owned();
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("not an answer: {start:?}"),
            )
        })
    }
}

impl Answer {
    /// Reads an answer with its body, or to a request that wants none.
    pub(crate) fn parse(answer: &[u8], has_body: bool) -> Option<Self> {
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = str::from_utf8(&answer[..end]).ok()?;
        let body = answer[end + 4..].to_vec();
        let (first, rest) = head.split_once("\r\n")?;
        let status = first.split(' ').nth(1)?.parse().ok()?;
        let headers: Option<Vec<(String, String)>> = rest
            .split("\r\n")
            .map(|line| {
                let (name, value) = line.split_once(": ")?;
                Some((name.to_ascii_lowercase(), value.to_owned()))
            })
            .collect();
        let answer = Self {
            status,
            headers: headers?,
            body,
        };
        let length = answer.header("content-length");
        let is_complete =
            !has_body || length.is_none_or(|length| length.parse() == Ok(answer.body.len()));
        is_complete.then_some(answer)
    }

    /// The value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(n, _)| n == name)?;
        Some(value)
    }

    /// The body as text.
    ///
    /// # Panics
    /// It is not text.
    #[must_use]
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("the body is UTF-8")
    }
}
