//! What the server is told, and its limits.

use std::time::Duration;

/// How the server serves.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Path of the metrics, beginning with a slash. Compared exactly.
    pub telemetry_path: String,
    /// Scrapes at once, 0 for any number. One more is refused with status 503. A scrape counts until
    /// its page is written. One address may have seven eighths of them.
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

impl ServerConfig {
    /// Path of what the exporter says of itself: below that of the metrics, so that whoever guards
    /// that one guards both.
    #[must_use]
    pub fn own_path(&self) -> String {
        format!("{}/self", self.telemetry_path.trim_end_matches('/'))
    }
}

/// What a client may cost. A request's body is never read, so it needs no limit.
#[derive(Debug, Clone)]
pub struct HttpLimits {
    /// Connections at once, over all listeners. For a further one another is evicted.
    pub connections: usize,
    /// Connections at once of one IPv4 address or one IPv6 /64.
    pub connections_per_address: usize,
    /// Bytes of a request's head: its first line and its headers.
    pub head_bytes: usize,
    /// Headers of a request.
    pub headers: usize,
    /// Bytes of path and query. Longer ones are refused with status 414.
    pub uri_bytes: usize,
    /// Time from the connection's begin until its first request's head is there.
    pub head_timeout: Duration,
    /// Age from which a connection without a first request is evicted before all others.
    pub head_grace: Duration,
    /// Time from an answer until the head of the connection's next request is there. Longer than
    /// the usual minute between two scrapes, so that a Prometheus keeps its connection.
    pub idle_timeout: Duration,
    /// Time in which a client must take what is written to it, beyond what the kernel buffers. It
    /// is not renewed by taking some.
    pub write_timeout: Duration,
    /// Time from which a client that has not taken its answer is evicted where room is needed.
    pub reader_grace: Duration,
    /// In each such time a client that does not take its answer at once must take
    /// [`reader_bytes`](Self::reader_bytes).
    pub reader_window: Duration,
    /// Bytes that a client must take in a window.
    pub reader_bytes: usize,
    /// Requests to reload that are answered at once. One more is refused with status 503.
    pub reloads: usize,
    /// Time that running requests have to end once the server shall stop.
    pub drain: Duration,
}

/// Connections at once where descriptors are plenty.
const MOST_CONNECTIONS: usize = 256;
/// Connections at once however few descriptors there are.
const FEWEST_CONNECTIONS: usize = 8;

impl HttpLimits {
    /// Limits for a process that may have so many descriptors: connections take a quarter of them
    /// at most, so that collectors find theirs.
    #[must_use]
    pub fn for_descriptors(descriptors: usize) -> Self {
        let connections = (descriptors / 4).clamp(FEWEST_CONNECTIONS, MOST_CONNECTIONS);
        Self {
            connections,
            connections_per_address: connections / 2,
            ..Self::default()
        }
    }
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connections: MOST_CONNECTIONS,
            connections_per_address: MOST_CONNECTIONS / 2,
            head_bytes: 16 * 1024,
            headers: 64,
            uri_bytes: 8 * 1024,
            head_timeout: Duration::from_secs(10),
            head_grace: Duration::from_secs(1),
            idle_timeout: Duration::from_secs(120),
            write_timeout: Duration::from_secs(30),
            reader_grace: Duration::from_millis(500),
            reader_window: Duration::from_secs(5),
            reader_bytes: 32 * 1024,
            reloads: 8,
            drain: Duration::from_secs(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_descriptors_mean_few_connections() {
        for (descriptors, connections) in [(0, 8), (150, 37), (1024, 256), (usize::MAX, 256)] {
            let limits = HttpLimits::for_descriptors(descriptors);
            assert_eq!(limits.connections, connections, "{descriptors}");
            assert_eq!(limits.connections_per_address, connections / 2);
        }
    }
}
