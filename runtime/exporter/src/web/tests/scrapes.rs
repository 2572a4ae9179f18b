//! The metrics handler: its counters, its limit, responses with problems.

use super::*;

#[test]
fn counters_begin_at_zero() {
    let expected = "\
# HELP firepit_http_connections Open connections of clients.
# TYPE firepit_http_connections gauge
firepit_http_connections 0
# HELP firepit_http_connections_evicted_total Connections closed because their client was too slow, or to make room for others.
# TYPE firepit_http_connections_evicted_total counter
firepit_http_connections_evicted_total{reason=\"address-limit\"} 0
firepit_http_connections_evicted_total{reason=\"head\"} 0
firepit_http_connections_evicted_total{reason=\"idle\"} 0
firepit_http_connections_evicted_total{reason=\"slow-reader\"} 0
# HELP promhttp_metric_handler_errors_total Total number of internal errors encountered by the promhttp metric handler.
# TYPE promhttp_metric_handler_errors_total counter
promhttp_metric_handler_errors_total{cause=\"encoding\"} 0
promhttp_metric_handler_errors_total{cause=\"gathering\"} 0
# HELP promhttp_metric_handler_requests_in_flight Current number of scrapes being served.
# TYPE promhttp_metric_handler_requests_in_flight gauge
promhttp_metric_handler_requests_in_flight 0
# HELP promhttp_metric_handler_requests_total Total number of scrapes by HTTP status code.
# TYPE promhttp_metric_handler_requests_total counter
promhttp_metric_handler_requests_total{code=\"200\"} 0
promhttp_metric_handler_requests_total{code=\"500\"} 0
promhttp_metric_handler_requests_total{code=\"503\"} 0
";
    assert_eq!(written(&HttpCounters::new()), expected);
}

#[test]
fn a_scrape_counts_itself_in_flight_only() {
    let server = Setup::new().closed().start();
    let mut client = server.connect();
    client.send("GET", "/metrics", "");
    server.wait_for_scrape();
    server.assert_counter("promhttp_metric_handler_requests_in_flight 1");
    server.assert_counter("promhttp_metric_handler_requests_total{code=\"200\"} 0");
    server.open_gate();
    assert_eq!(client.reply(false).status, 200);
    server.assert_counter("promhttp_metric_handler_requests_in_flight 0");
    server.assert_counter("promhttp_metric_handler_requests_total{code=\"200\"} 1");
    server.get("/");
    server.assert_counter("promhttp_metric_handler_requests_total{code=\"200\"} 1");
}

#[test]
fn gathering_errors_keep_the_response() {
    let mut setup = Setup::new();
    setup.page.errors = 3;
    let server = setup.start();
    let reply = server.get("/metrics");
    assert_eq!((reply.status, reply.text()), (200, PAGE));
    server.assert_counter("promhttp_metric_handler_errors_total{cause=\"gathering\"} 1");
    server.assert_counter("promhttp_metric_handler_errors_total{cause=\"encoding\"} 0");
}

#[test]
fn empty_result_is_an_error_only_without_filters() {
    let mut setup = Setup::new();
    setup.page = Page {
        errors: 2,
        ..Page::default()
    };
    let server = setup.start();
    let reply = server.get("/metrics");
    assert_eq!(reply.status, 500);
    assert_eq!(
        reply.text(),
        "An error has occurred while serving metrics:\n\n2 error(s) occurred\n"
    );
    server.assert_counter("promhttp_metric_handler_requests_total{code=\"500\"} 1");
    assert_eq!(server.get("/metrics?name[]=none").status, 200);
}

#[test]
fn scrape_beyond_the_limit_is_rejected() {
    let mut setup = Setup::new().closed();
    setup.config.max_requests = 1;
    let server = setup.start();
    let mut first = server.connect();
    first.send("GET", "/metrics", "");
    server.wait_for_scrape();
    let second = server.get("/metrics");
    assert_eq!(second.status, 503);
    assert_eq!(
        second.text(),
        "Limit of concurrent requests reached (1), try again later.\n"
    );
    assert_eq!(server.get("/-/healthy").status, 200);
    server.open_gate();
    assert_eq!(first.reply(false).status, 200);
    assert_eq!(server.get("/metrics").status, 200);
    server.assert_counter("promhttp_metric_handler_requests_total{code=\"503\"} 1");
    server.assert_counter("promhttp_metric_handler_requests_total{code=\"200\"} 2");
}

/// It has the same limits as the metrics page.
#[test]
fn self_metrics_request_counts_as_a_scrape() {
    let mut setup = Setup::new().closed();
    setup.config.max_requests = 1;
    let server = setup.start();
    let [mut first, mut second] = [server.connect(), server.connect()];
    first.send("GET", "/metrics/self", "");
    server.wait_for_scrape();
    assert_eq!(server.get("/metrics").status, 503);
    assert_eq!(server.get("/metrics/self").status, 503);
    server.open_gate();
    assert_eq!(first.reply(false).text(), OWN_PAGE);
    second.send("GET", "/metrics", "");
    assert_eq!(second.reply(false).text(), PAGE);
    server.assert_counter("promhttp_metric_handler_requests_total{code=\"503\"} 2");
}

#[test]
fn zero_means_any_number_of_scrapes() {
    let mut setup = Setup::new().closed();
    setup.config.max_requests = 0;
    let server = setup.start();
    let mut clients: Vec<_> = (0..64).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send("GET", "/metrics", "");
    }
    for _ in &clients {
        server.wait_for_scrape();
    }
    server.assert_counter("promhttp_metric_handler_requests_in_flight 64");
    server.open_gate();
    for client in &mut clients {
        assert_eq!(client.reply(false).text(), PAGE);
    }
}
