//! From a request to its answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode, Uri, Version};
use tokio::sync::{Notify, Semaphore};

use super::encoding::{self, Gzip};
use super::query::{self, Query};
use super::seldom::Seldom;
use super::slots::{self, Slot};
use super::table::{Seat, TooMany};
use super::{HttpCounters, Page, Scrape, Selection, ServerConfig, landing, lifecycle, media};
use crate::budget::Hold;
use crate::shown::{escaped, line};

/// In which Prometheus says how many seconds it waits.
const SCRAPE_TIMEOUT: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");

/// Characters of what a client asked for that the answer and the log repeat.
const MOST_REPEATED: usize = 200;

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

type Answer = Response<Full<Bytes>>;

/// Answers requests, any number at once.
pub(super) struct Handler<S> {
    service: Arc<S>,
    counters: HttpCounters,
    config: ServerConfig,
    gzip: Gzip,
    /// One permit for each request to reload that may wait for its end.
    reloads: Semaphore,
    /// Tells of filters that are refused.
    refused: Seldom,
    /// Told when a client wants the program to end.
    quit: Arc<Notify>,
}

/// The pages of metrics.
#[derive(Clone, Copy)]
enum Pages {
    /// What collectors say.
    Scrape,
    /// What the exporter says of itself.
    Own,
}

/// What there is to ask for.
#[derive(Clone, Copy)]
enum Route {
    Metrics(Pages),
    Landing,
    Healthy,
    Ready,
    Reload,
    Quit,
}

impl<S: Scrape> Handler<S> {
    /// A handler for what `service` offers.
    pub(super) fn new(
        service: Arc<S>,
        counters: HttpCounters,
        config: ServerConfig,
        quit: Arc<Notify>,
    ) -> Self {
        let reloads = Semaphore::new(config.limits.reloads.min(Semaphore::MAX_PERMITS));
        Self {
            service,
            counters,
            config,
            gzip: Gzip::new(),
            reloads,
            refused: Seldom::default(),
            quit,
        }
    }

    /// Answers one request, of the connection with this seat. A body is not read: the connection
    /// ends after the answer instead.
    pub(super) async fn answer(&self, request: Request<Incoming>, seat: &Arc<Seat>) -> Answer {
        let (head, body) = request.into_parts();
        let mut answer = match names_its_host(&head) {
            true => self.route(&head, seat).await,
            false => text(
                StatusCode::BAD_REQUEST,
                "400 bad request: HTTP/1.1 needs one Host header\n",
            ),
        };
        if !body.is_end_stream() {
            let close = HeaderValue::from_static("close");
            answer.headers_mut().insert(CONNECTION, close);
        }
        answer
    }

    async fn route(&self, head: &Parts, seat: &Arc<Seat>) -> Answer {
        if uri_bytes(&head.uri) > self.config.limits.uri_bytes {
            return text(StatusCode::URI_TOO_LONG, "URI too long\n");
        }
        let Some(route) = self.find(head.uri.path()) else {
            return text(StatusCode::NOT_FOUND, "404 page not found\n");
        };
        match route {
            Route::Reload | Route::Quit => return self.lifecycle(route, head).await,
            _ if head.method != Method::GET && head.method != Method::HEAD => {
                return not_allowed("GET, HEAD");
            }
            _ => {}
        }
        // hyper sends no body in answer to HEAD.
        match route {
            Route::Metrics(which) => self.metrics(which, head, seat).await,
            Route::Landing => self.landing(),
            Route::Healthy => text(StatusCode::OK, "firepit is healthy.\n"),
            Route::Ready if self.service.ready() => text(StatusCode::OK, "firepit is ready.\n"),
            Route::Ready => text(StatusCode::SERVICE_UNAVAILABLE, "firepit is not ready.\n"),
            Route::Reload | Route::Quit => not_allowed("POST, PUT"),
        }
    }

    /// What Prometheus has behind `--web.enable-lifecycle`.
    async fn lifecycle(&self, route: Route, head: &Parts) -> Answer {
        if !self.config.lifecycle {
            return text(StatusCode::FORBIDDEN, "Lifecycle API is not enabled.\n");
        }
        if head.method != Method::POST && head.method != Method::PUT {
            return not_allowed("POST, PUT");
        }
        if let Some(header) = lifecycle::sent_by_a_page(&head.headers) {
            return text(
                StatusCode::FORBIDDEN,
                format!(
                    "Lifecycle requests of web pages are refused: this one has the header {header}.\n"
                ),
            );
        }
        if matches!(route, Route::Quit) {
            self.quit.notify_one();
            return text(StatusCode::OK, "Requesting termination... Goodbye!\n");
        }
        let Ok(_turn) = self.reloads.try_acquire() else {
            let limit = self.config.limits.reloads;
            return text(
                StatusCode::SERVICE_UNAVAILABLE,
                format!("Limit of concurrent reloads reached ({limit}), try again later.\n"),
            );
        };
        match self.service.reload().await {
            Ok(()) => text(StatusCode::OK, ""),
            // It repeats what stands in files and what they are called.
            Err(error) => text(
                StatusCode::INTERNAL_SERVER_ERROR,
                format!("failed to reload config: {}\n", escaped(&error)),
            ),
        }
    }

    fn find(&self, path: &str) -> Option<Route> {
        match path {
            path if path == self.config.telemetry_path => Some(Route::Metrics(Pages::Scrape)),
            path if path == self.config.own_path() => Some(Route::Metrics(Pages::Own)),
            "/" => Some(Route::Landing),
            "/-/healthy" => Some(Route::Healthy),
            "/-/ready" => Some(Route::Ready),
            "/-/reload" => Some(Route::Reload),
            "/-/quit" => Some(Route::Quit),
            _ => None,
        }
    }

    fn landing(&self) -> Answer {
        let page = landing::render(
            &self.config,
            &self.service.collectors(),
            &self.service.troubles(),
        );
        let mut answer = answer(StatusCode::OK, HTML, page);
        answer.headers_mut().insert(
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(landing::CONTENT_SECURITY_POLICY),
        );
        answer
    }

    async fn metrics(&self, which: Pages, head: &Parts, seat: &Arc<Seat>) -> Answer {
        let Query { filters, names } = match query::parse(head.uri.query().unwrap_or_default()) {
            Ok(query) => query,
            Err(error) => return text(StatusCode::BAD_REQUEST, error.to_string()),
        };
        let selection = match self.service.select(&filters) {
            Ok(selection) => selection,
            Err(error) => {
                let error = line(MOST_REPEATED, &error.to_string());
                let error = format!("couldn't create collector: {error}");
                if self.refused.now() {
                    tracing::warn!(err = error, "Couldn't create filtered metrics handler:");
                }
                let body = format!("Couldn't create filtered metrics handler: {error}");
                return text(StatusCode::BAD_REQUEST, body);
            }
        };
        let _in_flight = self.counters.begin();
        let answer = self.page(which, head, (selection, names), seat).await;
        self.counters.answered(answer.status());
        answer
    }

    async fn page(
        &self,
        which: Pages,
        head: &Parts,
        (selection, names): (Selection, Vec<String>),
        seat: &Arc<Seat>,
    ) -> Answer {
        let slot = match slots::take(seat).await {
            Ok(slot) => slot,
            Err(limit) => return busy(limit),
        };
        let timeout = scrape_timeout(&head.headers);
        let all = names.is_empty();
        let began = Instant::now();
        let give_up = began + slots::patience(timeout);
        let mut left = timeout;
        let page = loop {
            let (selection, names) = (selection.clone(), names.clone());
            let page = match which {
                Pages::Scrape => self.service.scrape(selection, left, names).await,
                Pages::Own => self.service.own(selection, names).await,
            };
            if !page.crowded {
                break page;
            }
            if !slots::wait_for_memory(seat, give_up).await {
                return crowded();
            }
            left = timeout.map(|timeout| timeout.saturating_sub(began.elapsed()));
        };
        let Page {
            body, held, errors, ..
        } = page;
        if errors > 0 {
            self.counters.gathering_failed();
        }
        if errors > 0 && all && body.is_empty() {
            return nothing_gathered(errors);
        }
        self.encoded(&head.headers, body, held, slot).await
    }

    /// What the client gets holds the page's memory and slot until it is written.
    async fn encoded(
        &self,
        headers: &HeaderMap,
        page: Bytes,
        mut held: Hold,
        slot: Slot,
    ) -> Answer {
        let accept = header(headers, &ACCEPT).unwrap_or_default();
        let content_type = media::content_type(accept);
        let codings = headers.get_all(ACCEPT_ENCODING).iter();
        // Where there is no memory for both the page and what becomes of it, it is sent as it is.
        let mut answer = if encoding::prefers_gzip(codings.filter_map(|v| v.to_str().ok()))
            && held.grow(page.len()).is_ok()
        {
            match self.gzip.pack(page.clone()).await {
                Ok(packed) => {
                    drop(page);
                    held.shrink_to(packed.len());
                    gzipped(content_type, slots::hold(held.around(packed), slot))
                }
                Err(error) => {
                    tracing::error!(%error, "cannot compress a page, sending it as it is");
                    self.counters.encoding_failed();
                    held.shrink_to(page.len());
                    answer(
                        StatusCode::OK,
                        content_type,
                        slots::hold(held.around(page), slot),
                    )
                }
            }
        } else {
            answer(
                StatusCode::OK,
                content_type,
                slots::hold(held.around(page), slot),
            )
        };
        let vary = HeaderValue::from_static("accept-encoding");
        answer.headers_mut().insert(VARY, vary);
        answer
    }
}

fn busy(limit: TooMany) -> Answer {
    let limit = match limit {
        TooMany::Together(limit) => format!("concurrent requests reached ({limit})"),
        TooMany::OfAddress(limit) => {
            format!("concurrent requests of one address reached ({limit})")
        }
    };
    text(
        StatusCode::SERVICE_UNAVAILABLE,
        format!("Limit of {limit}, try again later.\n"),
    )
}

/// Whether a request has the `Host` header that its version of HTTP needs, and no second one.
fn names_its_host(head: &Parts) -> bool {
    match head.headers.get_all(HOST).iter().count() {
        0 => head.version <= Version::HTTP_10,
        number => number == 1,
    }
}

fn answer(status: StatusCode, content_type: HeaderValue, body: impl Into<Bytes>) -> Answer {
    let body = body.into();
    let length = HeaderValue::from(body.len());
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    // Said here and not left to hyper, so that HEAD has it too.
    headers.insert(CONTENT_LENGTH, length);
    // Some answers repeat what the client or a collector said: no browser shall guess them HTML.
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    answer(status, TEXT, body)
}

fn gzipped(content_type: HeaderValue, packed: Bytes) -> Answer {
    let mut answer = answer(StatusCode::OK, content_type, packed);
    let gzip = HeaderValue::from_static("gzip");
    answer.headers_mut().insert(CONTENT_ENCODING, gzip);
    answer
}

fn not_allowed(allowed: &'static str) -> Answer {
    let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "405 method not allowed\n");
    let allowed = HeaderValue::from_static(allowed);
    answer.headers_mut().insert(ALLOW, allowed);
    answer
}

fn nothing_gathered(errors: usize) -> Answer {
    text(
        StatusCode::INTERNAL_SERVER_ERROR,
        format!("An error has occurred while serving metrics:\n\n{errors} error(s) occurred\n"),
    )
}

fn crowded() -> Answer {
    text(
        StatusCode::SERVICE_UNAVAILABLE,
        "Pages that clients have not read yet take all the memory that pages may have \
         (--web.max-in-flight-bytes), try again later.\n",
    )
}

fn uri_bytes(uri: &Uri) -> usize {
    uri.path_and_query().map_or(0, |whole| whole.as_str().len())
}

/// The first header of the name, if it is plain ASCII.
fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// How long the client waits. What is no positive number of seconds is ignored.
fn scrape_timeout(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(SCRAPE_TIMEOUT)?;
    let seconds = value
        .to_str()
        .ok()
        .and_then(|text| text.trim().parse().ok());
    let timeout = seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|timeout| !timeout.is_zero());
    if timeout.is_none() {
        tracing::debug!(?value, "ignoring a scrape timeout that is none");
    }
    timeout
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scrape_timeouts() {
        let table: &[(&[u8], Option<f64>)] = &[
            (b"10", Some(10.0)),
            (b" 0.5 ", Some(0.5)),
            (b"1e1", Some(10.0)),
            (b"0", None),
            (b"-0", None),
            (b"-1", None),
            (b"NaN", None),
            (b"inf", None),
            (b"1e300", None),
            (b"1e-300", None),
            (b"10s", None),
            (b"", None),
            (b"\xff", None),
        ];
        for (text, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(SCRAPE_TIMEOUT, HeaderValue::from_bytes(text).unwrap());
            let expected = expected.map(Duration::from_secs_f64);
            assert_eq!(scrape_timeout(&headers), expected, "{text:?}");
        }
        assert_eq!(scrape_timeout(&HeaderMap::new()), None);
    }
}
