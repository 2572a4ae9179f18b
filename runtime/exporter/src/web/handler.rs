//! Routes requests and writes responses.

use std::sync::Arc;
use std::time::Instant;

use http_body_util::Full;
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, CONNECTION, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, HOST,
    HeaderMap, HeaderValue, LOCATION, VARY, WWW_AUTHENTICATE,
};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode, Uri, Version};
use tokio::sync::{Notify, Semaphore};

use super::answer::{HttpResponse, answer, text};
use super::coding::{self, Coding};
use super::compress::{self, Compressor};
use super::gate::{Gate, with_headers};
use super::negotiation::{self, Negotiated};
use super::query::{self, Query};
use super::redirect;
use super::seldom::Seldom;
use super::slots::{self, Slot};
use super::table::{Seat, TooMany};
use super::timeout;
use super::{HttpCounters, Page, PageOptions, Scrape, ServerConfig, landing, lifecycle};
use firepit_exposition::escape::{escaped, truncated};

/// Maximum characters of a client's input that the response and the log repeat.
const MAX_REPEATED: usize = 200;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// The methods of routes that only say how firepit is.
const READS: &str = "GET, HEAD";

/// Handles requests concurrently.
pub(super) struct Handler<S> {
    service: Arc<S>,
    counters: HttpCounters,
    config: ServerConfig,
    /// Checks requests by the web config file, if there is one.
    gate: Option<Gate>,
    compressor: Compressor,
    /// One permit per request for a reload that may wait.
    reloads: Semaphore,
    /// Limits log lines about rejected filters.
    rejected: Seldom,
    /// Notified when a client requests the shutdown of the program.
    quit: Arc<Notify>,
}

/// The pages with metrics.
#[derive(Clone, Copy)]
enum Pages {
    /// Metrics of collectors.
    Scrape,
    /// The exporter's own metrics.
    SelfMetrics,
}

/// Known routes.
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
    /// A handler that serves `service`.
    pub(super) fn new(
        service: Arc<S>,
        counters: HttpCounters,
        config: ServerConfig,
        gate: Option<Gate>,
        quit: Arc<Notify>,
    ) -> Self {
        let reloads = Semaphore::new(config.limits.reloads.min(Semaphore::MAX_PERMITS));
        Self {
            service,
            counters,
            config,
            gate,
            compressor: Compressor::new(),
            reloads,
            rejected: Seldom::default(),
            quit,
        }
    }

    /// Answers one request on the connection of this seat. It reads no body; a request with a body
    /// closes the connection after the response.
    pub(super) async fn answer(
        &self,
        request: Request<Incoming>,
        seat: &Arc<Seat>,
    ) -> HttpResponse {
        let (head, body) = request.into_parts();
        let mut answer = if !has_valid_host(&head) {
            text(
                StatusCode::BAD_REQUEST,
                "400 bad request: HTTP/1.1 needs one Host header\n",
            )
        } else if head.headers.len() > self.config.limits.headers {
            // HTTP/1 does not get here with so many.
            text(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "too many headers\n",
            )
        } else {
            self.guarded(&head, seat).await
        };
        // HTTP/2 has no such header, and only ends the stream.
        if !body.is_end_stream() && head.version != Version::HTTP_2 {
            let close = HeaderValue::from_static("close");
            answer.headers_mut().insert(CONNECTION, close);
        }
        answer
    }

    /// Answers a request that the web config file admits, with the headers from that file.
    async fn guarded(&self, head: &Parts, seat: &Arc<Seat>) -> HttpResponse {
        let Some(gate) = &self.gate else {
            return self.for_user(head, seat).await;
        };
        match gate.admit(head, seat).await {
            Ok(rules) => with_headers(&rules, self.for_user(head, seat).await),
            Err(refusal) => refusal,
        }
    }

    /// Answers a request with the credentials of the one user, if there is one.
    async fn for_user(&self, head: &Parts, seat: &Arc<Seat>) -> HttpResponse {
        if self.lacks_user(&head.headers) {
            unauthorized()
        } else {
            self.route(head, seat).await
        }
    }

    /// Whether a request needs the credentials of the one user, and does not have them.
    fn lacks_user(&self, headers: &HeaderMap) -> bool {
        let user = self.config.user.as_ref();
        user.is_some_and(|user| !user.is_sent_in(headers))
    }

    async fn route(&self, head: &Parts, seat: &Arc<Seat>) -> HttpResponse {
        if uri_bytes(&head.uri) > self.config.limits.uri_bytes {
            return text(StatusCode::URI_TOO_LONG, "URI too long\n");
        }
        // A proxy's method: a success would end HTTP on the connection.
        if head.method == Method::CONNECT {
            return not_allowed(READS);
        }
        let route = match self.find(&head.method, &head.uri) {
            Ok(Some(route)) => route,
            Ok(None) => return text(StatusCode::NOT_FOUND, "404 page not found\n"),
            Err(elsewhere) => return *elsewhere,
        };
        match route {
            Route::Reload | Route::Quit => return self.lifecycle(route, head).await,
            Route::Healthy | Route::Ready if !is_read(&head.method) => return not_allowed(READS),
            // As in node_exporter, where the method makes no difference.
            _ => {}
        }
        // hyper sends no body in a response to HEAD.
        match route {
            Route::Metrics(which) => self.metrics(which, head, seat).await,
            Route::Landing => self.landing(),
            Route::Healthy => text(StatusCode::OK, "firepit is healthy.\n"),
            Route::Ready if self.service.ready() => text(StatusCode::OK, "firepit is ready.\n"),
            Route::Ready => text(StatusCode::SERVICE_UNAVAILABLE, "firepit is not ready.\n"),
            Route::Reload | Route::Quit => not_allowed("POST, PUT"),
        }
    }

    /// The routes that Prometheus has behind `--web.enable-lifecycle`.
    async fn lifecycle(&self, route: Route, head: &Parts) -> HttpResponse {
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
                    "Lifecycle requests from web pages are rejected: this one has the header {header}.\n"
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
            // The error contains file names and parts of files.
            Err(error) => text(
                StatusCode::INTERNAL_SERVER_ERROR,
                format!("failed to reload config: {}\n", escaped(&error)),
            ),
        }
    }

    /// The route of a request, or the answer to a path that is written in another way.
    fn find(&self, method: &Method, uri: &Uri) -> Result<Option<Route>, Box<HttpResponse>> {
        if let Some(route) = self.route_of(uri.path()) {
            return Ok(Some(route));
        }
        let Some(path) = redirect::unescape(uri.path()) else {
            return Err(Box::new(text(StatusCode::BAD_REQUEST, "400 Bad Request")));
        };
        if let Some(location) = redirect::location(&path, uri.query()) {
            return Err(Box::new(redirected(method, &location)));
        }
        let path = str::from_utf8(&path).ok();
        Ok(path.and_then(|path| self.route_of(path)))
    }

    fn route_of(&self, path: &str) -> Option<Route> {
        match path {
            path if path == self.config.telemetry_path => Some(Route::Metrics(Pages::Scrape)),
            path if path == self.config.own_path() => Some(Route::Metrics(Pages::SelfMetrics)),
            "/" => Some(Route::Landing),
            "/-/healthy" => Some(Route::Healthy),
            "/-/ready" => Some(Route::Ready),
            "/-/reload" => Some(Route::Reload),
            "/-/quit" => Some(Route::Quit),
            _ => None,
        }
    }

    fn landing(&self) -> HttpResponse {
        let page = landing::render(
            &self.config,
            &self.service.collectors(),
            &self.service.problems(),
        );
        let mut answer = answer(StatusCode::OK, HTML, page);
        answer.headers_mut().insert(
            CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(landing::CONTENT_SECURITY_POLICY),
        );
        answer
    }

    async fn metrics(&self, which: Pages, head: &Parts, seat: &Arc<Seat>) -> HttpResponse {
        let accept = head.headers.get(ACCEPT).map(HeaderValue::as_bytes);
        let accept = String::from_utf8_lossy(accept.unwrap_or_default());
        let negotiated = negotiation::negotiate(&accept, self.config.openmetrics);
        let Query { filters, names } = match query::parse(head.uri.query().unwrap_or_default()) {
            Ok(query) => query,
            Err(error) => return text(StatusCode::BAD_REQUEST, error.to_string()),
        };
        let selection = match self.service.select(&filters) {
            Ok(selection) => selection,
            Err(error) => {
                let error = truncated(MAX_REPEATED, &error.to_string());
                let error = format!("couldn't create collector: {error}");
                if self.rejected.now() {
                    tracing::warn!(err = error, "Couldn't create filtered metrics handler:");
                }
                let body = format!("Couldn't create filtered metrics handler: {error}");
                return text(StatusCode::BAD_REQUEST, body);
            }
        };
        let options = PageOptions {
            timeout: timeout::scrape_timeout(&head.headers),
            names,
            format: negotiated.format,
            escaping: negotiated.escaping,
        };
        let _in_flight = self.counters.begin();
        let answer = match self.page(which, selection, options, seat).await {
            Ok((page, slot)) => self.encoded(&head.headers, negotiated, page, slot).await,
            Err(refusal) => refusal,
        };
        self.counters.answered(answer.status());
        answer
    }

    /// Waits for a slot and for memory, then makes the page. Otherwise the error response.
    async fn page(
        &self,
        which: Pages,
        selection: S::Selection,
        options: PageOptions,
        seat: &Arc<Seat>,
    ) -> Result<(Page, Slot), HttpResponse> {
        let slot = slots::take(seat).await.map_err(busy)?;
        let all = options.names.is_empty();
        let began = Instant::now();
        let give_up = began + slots::patience(options.timeout);
        let stated = options.timeout;
        let mut left = stated;
        let page = loop {
            let selection = selection.clone();
            let options = PageOptions {
                timeout: left,
                ..options.clone()
            };
            let page = match which {
                Pages::Scrape => self.service.scrape(selection, options).await,
                Pages::SelfMetrics => self.service.self_metrics(selection, options).await,
            };
            if !page.out_of_memory {
                break page;
            }
            if !slots::wait_for_memory(seat, give_up).await {
                return Err(out_of_memory());
            }
            left = stated.map(|timeout| timeout.saturating_sub(began.elapsed()));
        };
        if page.errors > 0 {
            self.counters.gathering_failed();
        }
        if page.errors > 0 && all && page.body.is_empty() {
            return Err(gather_failed(page.errors));
        }
        Ok((page, slot))
    }

    /// The response holds the page's memory and slot until it is written.
    async fn encoded(
        &self,
        headers: &HeaderMap,
        negotiated: Negotiated,
        page: Page,
        slot: Slot,
    ) -> HttpResponse {
        let content_type = negotiated.content_type;
        let Page {
            body: page,
            mut memory,
            ..
        } = page;
        let codings = headers.get_all(ACCEPT_ENCODING).iter();
        // Without memory for both the page and its compressed form, it is sent uncompressed.
        let coding = coding::negotiate(codings.map(HeaderValue::as_bytes));
        let mut answer =
            if coding != Coding::Identity && memory.grow(compress::max_bytes(page.len())).is_ok() {
                match self.compressor.compress(coding, page.clone()).await {
                    Ok(compressed) => {
                        drop(page);
                        memory.shrink_to(compressed.len());
                        {
                            let body = slots::hold(memory.around(compressed), slot);
                            coded(coding, content_type, body)
                        }
                    }
                    Err(error) => {
                        tracing::error!(%error, "page not compressed, sending it uncompressed");
                        self.counters.encoding_failed();
                        memory.shrink_to(page.len());
                        answer(
                            StatusCode::OK,
                            content_type,
                            slots::hold(memory.around(page), slot),
                        )
                    }
                }
            } else {
                answer(
                    StatusCode::OK,
                    content_type,
                    slots::hold(memory.around(page), slot),
                )
            };
        let vary = HeaderValue::from_static("accept, accept-encoding");
        answer.headers_mut().insert(VARY, vary);
        answer
    }
}

/// As node_exporter 0.8 answers.
fn unauthorized() -> HttpResponse {
    let mut answer = text(StatusCode::UNAUTHORIZED, "Invalid username or password\n");
    let challenge = HeaderValue::from_static("Basic realm=\"metrics\"");
    answer.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    answer
}

fn busy(limit: TooMany) -> HttpResponse {
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

/// Whether a request has the `Host` header that its HTTP version requires, exactly once. HTTP/2 has a part of
/// the URI instead.
fn has_valid_host(head: &Parts) -> bool {
    match head.headers.get_all(HOST).iter().count() {
        0 => head.version <= Version::HTTP_10 || head.version == Version::HTTP_2,
        number => number == 1,
    }
}

fn coded(coding: Coding, content_type: HeaderValue, compressed: Bytes) -> HttpResponse {
    let mut answer = answer(StatusCode::OK, content_type, compressed);
    let coding = HeaderValue::from_static(coding.as_str());
    answer.headers_mut().insert(CONTENT_ENCODING, coding);
    answer
}

/// A redirect, with a body for people who follow it by hand.
fn redirected(method: &Method, location: &str) -> HttpResponse {
    let status = StatusCode::MOVED_PERMANENTLY;
    let mut answer = if is_read(method) {
        answer(status, HTML, redirect::body(location))
    } else {
        let mut bare = Response::new(Full::default());
        *bare.status_mut() = status;
        bare
    };
    if let Ok(location) = HeaderValue::from_str(location) {
        answer.headers_mut().insert(LOCATION, location);
    }
    answer
}

fn not_allowed(allowed: &'static str) -> HttpResponse {
    let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "405 method not allowed\n");
    let allowed = HeaderValue::from_static(allowed);
    answer.headers_mut().insert(ALLOW, allowed);
    answer
}

fn gather_failed(errors: usize) -> HttpResponse {
    text(
        StatusCode::INTERNAL_SERVER_ERROR,
        format!("An error has occurred while serving metrics:\n\n{errors} error(s) occurred\n"),
    )
}

fn out_of_memory() -> HttpResponse {
    text(
        StatusCode::SERVICE_UNAVAILABLE,
        "The memory budget of all pages in flight is used up by pages that clients have not read \
         yet (--web.max-in-flight-bytes), try again later.\n",
    )
}

fn is_read(method: &Method) -> bool {
    [Method::GET, Method::HEAD].contains(method)
}

fn uri_bytes(uri: &Uri) -> usize {
    uri.path_and_query().map_or(0, |path| path.as_str().len())
}
