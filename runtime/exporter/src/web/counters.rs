//! The counters of the metrics handler, with the names, help texts and meaning that node_exporter has from
//! promhttp, and the counters of connections, which are firepit's own.

use std::sync::Arc;

use firepit_exposition::record::Family;
use hyper::StatusCode;

use super::table::Reason;
use crate::metric::Metric;

/// Counts the requests to the metrics handler. Clones share the counters.
///
/// Requests rejected for their filters (status 400) do not count.
#[derive(Debug, Clone)]
pub struct HttpCounters(Arc<Metrics>);

#[derive(Debug)]
struct Metrics {
    errors: Metric,
    in_flight: Metric,
    requests: Metric,
    connections: Metric,
    evicted: Metric,
}

impl Default for HttpCounters {
    fn default() -> Self {
        Self::new()
    }
}

impl HttpCounters {
    /// Makes the counters, all at zero.
    #[must_use]
    pub fn new() -> Self {
        let metrics = Metrics {
            errors: Metric::counter(
                "promhttp_metric_handler_errors_total",
                "Total number of internal errors encountered by the promhttp metric handler.",
            )
            .by("cause")
            .starting_with(["encoding", "gathering"]),
            in_flight: Metric::gauge(
                "promhttp_metric_handler_requests_in_flight",
                "Current number of scrapes being served.",
            )
            .starting_with([""]),
            requests: Metric::counter(
                "promhttp_metric_handler_requests_total",
                "Total number of scrapes by HTTP status code.",
            )
            .by("code")
            .starting_with(["200", "500", "503"]),
            connections: Metric::gauge("firepit_http_connections", "Open connections of clients.")
                .starting_with([""]),
            evicted: Metric::counter(
                "firepit_http_connections_evicted_total",
                "Connections closed because their client was too slow, or to make room for others.",
            )
            .by("reason")
            .starting_with(Reason::EXPECTED.map(Reason::as_str)),
        };
        Self(Arc::new(metrics))
    }

    /// The families of all of them.
    #[must_use]
    pub fn families(&self) -> Vec<Family> {
        let Metrics {
            errors,
            in_flight,
            requests,
            connections,
            evicted,
        } = &*self.0;
        let all = [errors, in_flight, requests, connections, evicted];
        all.into_iter().filter_map(Metric::family).collect()
    }

    /// Counts a request as in flight until the guard is dropped, even by a panic.
    pub(super) fn begin(&self) -> InFlight<'_> {
        self.0.in_flight.increment("");
        InFlight(&self.0.in_flight)
    }

    /// Counts a response. Call it after the response is built: a response never counts itself.
    pub(super) fn answered(&self, status: StatusCode) {
        self.0.requests.increment(status.as_str());
    }

    /// Counts a scrape that had problems, once for any number of them.
    pub(super) fn gathering_failed(&self) {
        self.0.errors.increment("gathering");
    }

    /// Counts a response that could not be encoded as requested.
    pub(super) fn encoding_failed(&self) {
        self.0.errors.increment("encoding");
    }

    /// Sets how many connections there are.
    pub(super) fn connections(&self, number: usize) {
        #[expect(
            clippy::cast_precision_loss,
            reason = "connections are fewer than 2^53"
        )]
        self.0.connections.set(number as f64);
    }

    /// Counts a connection that the server closed.
    pub(super) fn evicted(&self, reason: Reason) {
        self.0.evicted.increment(reason.as_str());
    }
}

/// A request in flight.
pub(super) struct InFlight<'a>(&'a Metric);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.add("", -1.0);
    }
}
