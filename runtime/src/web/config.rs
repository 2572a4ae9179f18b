//! What the server is told, and its limits.

use std::time::Duration;

/// How the server serves.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Path of the metrics, beginning with a slash. Compared exactly.
    pub telemetry_path: String,
    /// Scrapes at once, 0 for any number. One more is refused with status 503.
    pub max_requests: usize,
    /// Whether a client may reload and end the program.
    pub lifecycle: bool,
    /// What one client, and all of them, may cost.
    pub limits: HttpLimits,
    /// Version of the program, for the landing page.
    pub version: String,
    /// Branch that the program was built from, for the landing page.
    pub branch: String,
    /// Revision that the program was built from, for the landing page.
    pub revision: String,
}

/// What a client may cost. A request's body is never read, so it needs no limit.
#[derive(Debug, Clone)]
pub struct HttpLimits {
    /// Connections at once, over all listeners. Further ones wait in the kernel's queue.
    pub connections: usize,
    /// Bytes of a request's head: its first line and its headers.
    pub head_bytes: usize,
    /// Headers of a request.
    pub headers: usize,
    /// Bytes of path and query. Longer ones are refused with status 414.
    pub uri_bytes: usize,
    /// Time from the connection's begin until its first request's head is there.
    pub head_timeout: Duration,
    /// Time from an answer until the head of the connection's next request is there. Longer than
    /// the usual minute between two scrapes, so that a Prometheus keeps its connection.
    pub idle_timeout: Duration,
    /// Time in which a client must take what is written to it, beyond what the kernel buffers. It
    /// is not renewed by taking some.
    pub write_timeout: Duration,
    /// Time that running requests have to end once the server shall stop.
    pub drain: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connections: 256,
            head_bytes: 16 * 1024,
            headers: 64,
            uri_bytes: 8 * 1024,
            head_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(120),
            write_timeout: Duration::from_secs(30),
            drain: Duration::from_secs(10),
        }
    }
}
