//! Configuration of the server, and its limits.

use std::time::Duration;

use super::BasicUser;
use crate::build_info::BuildInfo;

/// Configuration of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    /// Path of the metrics, beginning with a slash. Compared exactly.
    pub telemetry_path: String,
    /// Maximum number of concurrent scrapes; 0 for no limit. Further ones get status 503. A scrape
    /// counts until its response is written. One address may have seven eighths of them.
    pub max_requests: usize,
    /// Whether OpenMetrics is on offer.
    pub openmetrics: bool,
    /// Whether clients may reload and stop the program.
    pub lifecycle: bool,
    /// The user whose name and password every request needs.
    pub user: Option<BasicUser>,
    /// Whether `/-/healthy` and `/-/ready` answer clients that the web config file rejects.
    pub open_health_endpoints: bool,
    /// Limits of one client, and of all clients.
    pub limits: HttpLimits,
    /// Version of the program, for the landing page.
    pub version: String,
    /// Branch that the program was built from, for the landing page.
    pub branch: String,
    /// Revision that the program was built from, for the landing page.
    pub revision: String,
}

impl ServerConfig {
    /// The defaults, for the landing page of this build.
    #[must_use]
    pub fn of_build(build: &BuildInfo) -> Self {
        Self {
            telemetry_path: "/metrics".to_owned(),
            max_requests: 40,
            openmetrics: false,
            lifecycle: false,
            user: None,
            open_health_endpoints: false,
            limits: HttpLimits::default(),
            version: build.version.to_owned(),
            branch: build.branch.to_owned(),
            revision: build.revision.to_owned(),
        }
    }

    /// Path of the metrics about the exporter itself. It is below that of the metrics, so that an
    /// access rule for that path prefix covers both.
    #[must_use]
    pub fn own_path(&self) -> String {
        format!("{}/self", self.telemetry_path.trim_end_matches('/'))
    }
}

/// Limits of a client. A request's body is never read, so it needs no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpLimits {
    /// Concurrent connections over all listeners. For a further one another is evicted.
    pub connections: usize,
    /// Concurrent connections of one IPv4 address or one IPv6 /64.
    pub connections_per_address: usize,
    /// Bytes of a request's head: its first line and its headers.
    pub head_bytes: usize,
    /// Headers of a request.
    pub headers: usize,
    /// Bytes of path and query. Longer ones get status 414.
    pub uri_bytes: usize,
    /// Time from accepting the connection until its first request's head is complete.
    pub head_timeout: Duration,
    /// Age from which a connection without a first request is evicted before all others.
    pub head_grace: Duration,
    /// Time from a response until the head of the connection's next request is complete. Longer than
    /// the usual minute between two scrapes, so that Prometheus keeps its connection.
    pub idle_timeout: Duration,
    /// Time in which a client must read what is written to it, beyond what the kernel buffers. Reading
    /// a part does not renew it.
    pub write_timeout: Duration,
    /// Time from which a client that has not read its response can be evicted for others.
    pub reader_grace: Duration,
    /// In each such window a client that does not read its response at once must read
    /// [`reader_bytes`](Self::reader_bytes).
    pub reader_window: Duration,
    /// Bytes that a client must read in a window.
    pub reader_bytes: usize,
    /// Concurrent reload requests. Further ones get status 503.
    pub reloads: usize,
    /// Maximum time to drain running requests at shutdown.
    pub drain: Duration,
}

/// Maximum connections if descriptors are plenty.
const MAX_CONNECTIONS: usize = 256;
/// Minimum connections, even if there are few descriptors.
const MIN_CONNECTIONS: usize = 8;

impl HttpLimits {
    /// Limits for a process with this many descriptors. Connections use at most a quarter, so that
    /// enough are left for collectors.
    #[must_use]
    pub fn for_descriptors(descriptors: usize) -> Self {
        let connections = (descriptors / 4).clamp(MIN_CONNECTIONS, MAX_CONNECTIONS);
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
            connections: MAX_CONNECTIONS,
            connections_per_address: MAX_CONNECTIONS / 2,
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
