//! The counters of the metrics handler, with the names, help texts and meaning that node_exporter
//! has from promhttp, and those of connections, which are firepit's own.

use hyper::StatusCode;
use prometheus::{IntCounterVec, IntGauge, Opts, Registry};

use super::table::Reason;

/// Counts the requests that reach the metrics handler. Clones count together.
///
/// Requests refused for their filters (status 400) are not among them.
#[derive(Debug, Clone)]
pub struct HttpCounters {
    errors: IntCounterVec,
    in_flight: IntGauge,
    requests: IntCounterVec,
    connections: IntGauge,
    evicted: IntCounterVec,
}

impl HttpCounters {
    /// Makes the counters, all at zero, and registers them.
    ///
    /// # Errors
    ///
    /// If the registry has a metric of one of their names.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let errors = IntCounterVec::new(
            Opts::new(
                "promhttp_metric_handler_errors_total",
                "Total number of internal errors encountered by the promhttp metric handler.",
            ),
            &["cause"],
        )?;
        let in_flight = IntGauge::new(
            "promhttp_metric_handler_requests_in_flight",
            "Current number of scrapes being served.",
        )?;
        let requests = IntCounterVec::new(
            Opts::new(
                "promhttp_metric_handler_requests_total",
                "Total number of scrapes by HTTP status code.",
            ),
            &["code"],
        )?;
        let connections =
            IntGauge::new("firepit_http_connections", "Open connections of clients.")?;
        let evicted = IntCounterVec::new(
            Opts::new(
                "firepit_http_connections_evicted_total",
                "Connections closed because their client was too slow, or to make room for others.",
            ),
            &["reason"],
        )?;
        for reason in Reason::ALL {
            evicted.get_metric_with_label_values(&[reason.as_str()])?;
        }
        for cause in ["encoding", "gathering"] {
            errors.get_metric_with_label_values(&[cause])?;
        }
        for code in ["200", "500", "503"] {
            requests.get_metric_with_label_values(&[code])?;
        }
        registry.register(Box::new(errors.clone()))?;
        registry.register(Box::new(in_flight.clone()))?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(connections.clone()))?;
        registry.register(Box::new(evicted.clone()))?;
        Ok(Self {
            errors,
            in_flight,
            requests,
            connections,
            evicted,
        })
    }

    /// Counts a request as in flight until the guard is dropped, by a panic too.
    pub(super) fn begin(&self) -> InFlight<'_> {
        self.in_flight.inc();
        InFlight(&self.in_flight)
    }

    /// Counts an answer. To be called after the page is made: a page never counts itself.
    pub(super) fn answered(&self, status: StatusCode) {
        if let Ok(counter) = self
            .requests
            .get_metric_with_label_values(&[status.as_str()])
        {
            counter.inc();
        }
    }

    /// Counts a scrape that had problems, once however many they were.
    pub(super) fn gathering_failed(&self) {
        self.failed("gathering");
    }

    /// Counts a page that could not be encoded as the client asked for.
    pub(super) fn encoding_failed(&self) {
        self.failed("encoding");
    }

    /// Notes how many connections there are.
    pub(super) fn connections(&self, number: usize) {
        self.connections
            .set(i64::try_from(number).unwrap_or(i64::MAX));
    }

    /// Counts a connection that was closed before its client closed it.
    pub(super) fn evicted(&self, reason: Reason) {
        if let Ok(counter) = self
            .evicted
            .get_metric_with_label_values(&[reason.as_str()])
        {
            counter.inc();
        }
    }

    fn failed(&self, cause: &str) {
        if let Ok(counter) = self.errors.get_metric_with_label_values(&[cause]) {
            counter.inc();
        }
    }
}

/// A request in flight.
pub(super) struct InFlight<'a>(&'a IntGauge);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}
