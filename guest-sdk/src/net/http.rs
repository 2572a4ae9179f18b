//! Requests by HTTP/1.1, without TLS. With the feature `http`.
//!
//! ```
//! use firepit_sdk::net::http::{Request, Url};
//! # use firepit_sdk::testing::{Host, Peer};
//!
//! # let peer = Peer::answering(|_| b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nActive: 1".to_vec());
//! # Host::new().peer("tcp:localhost:80", peer).enter(|| {
//! let url = Url::parse("http://localhost/nginx_status")?;
//! let body = Request::get(&url).send()?;
//! assert_eq!(body, b"Active: 1");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! Each request has its own connection. A redirect is an error: the operator granted one service.

mod answer;
mod url;

use std::time::{Duration, Instant};

use super::{DEFAULT_TIMEOUT, Reason, Stream};
use answer::Answer;
pub use url::{Url, UrlError};

/// Maximum bytes of an answer's head.
const HEAD: usize = 16 << 10;

/// Maximum bytes of a body, unless the request sets another number.
const BODY: usize = 4 << 20;

/// Bytes that one call of the host may read.
const CHUNK: usize = 64 << 10;

/// A request.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    url: &'a Url,
    content: Option<(&'a str, &'a [u8])>,
    timeout: Duration,
    at_most: usize,
}

/// Why there is no body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no connection.
    #[error(transparent)]
    Net(#[from] super::Error),
    /// The answer is of no use.
    #[error("{address}: {problem}")]
    Answer {
        /// The address in the form of the descriptor.
        address: String,
        /// The problem.
        problem: Problem,
    },
}

/// Why an answer is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is not HTTP.
    #[error("not an answer by HTTP: {0}")]
    Malformed(&'static str),
    /// The connection ended before the answer did.
    #[error("the answer ended too early")]
    Incomplete,
    /// The head or the body has more bytes than permitted.
    #[error("the {0} of the answer is longer than {1} bytes")]
    TooLong(&'static str, usize),
    /// The status is not one of success.
    #[error("HTTP status {0}")]
    Status(u16),
    /// The status is that of a redirect.
    #[error("HTTP status {0}: redirects are not followed")]
    Redirect(u16),
}

impl<'a> Request<'a> {
    /// A request for a resource.
    #[must_use]
    pub fn get(url: &'a Url) -> Self {
        Self {
            url,
            content: None,
            timeout: DEFAULT_TIMEOUT,
            at_most: BODY,
        }
    }

    /// A request with content of a type, such as `text/xml`.
    #[must_use]
    pub fn post(url: &'a Url, kind: &'a str, content: &'a [u8]) -> Self {
        Self {
            content: Some((kind, content)),
            ..Self::get(url)
        }
    }

    /// Sets the time for the whole exchange; never longer than until the deadline of the collection.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sets the maximum number of bytes of the body; 4 MiB by default.
    #[must_use]
    pub fn at_most(self, at_most: usize) -> Self {
        Self { at_most, ..self }
    }

    /// Sends the request, and returns the body of the answer.
    ///
    /// # Errors
    /// There is no connection, no complete answer, or the status is not 2xx.
    pub fn send(&self) -> Result<Vec<u8>, Error> {
        let start = Instant::now();
        let stream = Stream::connect_timeout(self.url.address(), self.timeout)?;
        let mut bytes = stream.exchange(&self.text(), 1, CHUNK)?;
        let mut answer = Answer::new(self.at_most);
        loop {
            let problem = |problem| Error::Answer {
                address: self.url.address().to_owned(),
                problem,
            };
            if let Some(body) = answer.read(&bytes).map_err(problem)? {
                return Ok(body);
            }
            if bytes.is_empty() {
                return answer.end().map_err(problem);
            }
            // The host limits each read; a peer that sends a byte a second must not reset the clock.
            if start.elapsed() > self.timeout {
                return Err(super::Error::new(self.url.address())(Reason::TimedOut).into());
            }
            bytes = stream.receive(1, CHUNK)?;
        }
    }

    /// The request as it is sent.
    fn text(&self) -> Vec<u8> {
        let method = if self.content.is_some() {
            "POST"
        } else {
            "GET"
        };
        let mut text = format!("{method} {} HTTP/1.1\r\n", self.url.target());
        let mut header = |name: &str, value: &str| text.extend([name, ": ", value, "\r\n"]);
        header("Host", self.url.host());
        header("User-Agent", "firepit");
        header("Connection", "close");
        if let Some(credentials) = self.url.authorization() {
            header("Authorization", credentials);
        }
        if let Some((kind, content)) = self.content {
            header("Content-Type", kind);
            header("Content-Length", &content.len().to_string());
        }
        text += "\r\n";
        let mut bytes = text.into_bytes();
        bytes.extend(self.content.map_or(&[][..], |(_, content)| content));
        bytes
    }
}

#[cfg(test)]
mod tests;
