//! What a request has to pass before it reaches a route, by the web config file. The order is the
//! toolkit's: the file is read anew, then the rate limit, then headers, then the login.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use hyper::StatusCode;
use hyper::header::{HeaderValue, WWW_AUTHENTICATE};
use hyper::http::request::Parts;

use super::answer::{HttpResponse, text};
use super::auth::{Credentials, Login, Logins};
use super::peer::Peer;
use super::rate_limit::{ClientLimiter, Limiter};
use super::table::Seat;
use super::tls::LiveTls;
use super::web_config::WebConfig;
use super::web_config::live::{LiveRules, Rules};

/// The challenge, without a realm, as in the toolkit.
const BASIC: HeaderValue = HeaderValue::from_static("Basic");

/// Decides about requests.
pub(super) struct Gate {
    rules: LiveRules,
    limits: Mutex<Limits>,
    logins: Logins,
    /// Whether the health endpoints skip it.
    open_health: bool,
}

struct Limits {
    of_all: Limiter,
    of_each: ClientLimiter<Peer>,
}

impl Gate {
    /// A gate with the rules and limits of a file, and the file's TLS settings.
    pub(super) fn new(web_config: WebConfig, open_health: bool) -> (Self, Option<LiveTls>) {
        let gate = Self {
            rules: web_config.rules,
            limits: Mutex::new(Limits {
                of_all: Limiter::new(web_config.rate_limit),
                of_each: ClientLimiter::new(web_config.rate_limit_per_client),
            }),
            logins: Logins::new(web_config.secret),
            open_health,
        };
        (gate, web_config.tls)
    }

    /// Lets a request pass, and returns the rules for its response. Otherwise the response.
    ///
    /// # Errors
    /// The response: 500 for a file that cannot be used, 429 beyond a rate limit, 401 without a valid login,
    /// 503 if too many logins wait.
    pub(super) async fn admit(
        &self,
        head: &Parts,
        seat: &Seat,
    ) -> Result<Arc<Rules>, HttpResponse> {
        let rules = self.rules.current();
        if self.open_health && matches!(head.uri.path(), "/-/healthy" | "/-/ready") {
            return Ok(rules.unwrap_or_default());
        }
        let Some(rules) = rules else {
            return Err(text(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Internal Server Error\n",
            ));
        };
        let Some(peer) = seat.peer() else {
            return Err(busy());
        };
        if !self.is_within_limits(peer) {
            return Err(text(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests\n"));
        }
        if rules.users.is_empty() {
            return Ok(rules);
        }
        let login = match Credentials::of(&head.headers) {
            Some(credentials) => {
                // A connection whose login waits is evicted like one without a request.
                let waiting = || seat.logging_in();
                let login = self
                    .logins
                    .check(&rules.users, credentials, peer, waiting)
                    .await;
                seat.answering();
                login
            }
            None => Login::Wrong,
        };
        match login {
            Login::Right => Ok(rules),
            Login::Wrong => {
                let mut answer = text(StatusCode::UNAUTHORIZED, "Unauthorized\n");
                answer.headers_mut().insert(WWW_AUTHENTICATE, BASIC);
                Err(with_headers(&rules, answer))
            }
            Login::Busy => Err(with_headers(&rules, busy())),
        }
    }

    fn is_within_limits(&self, peer: Peer) -> bool {
        let now = Instant::now();
        let mut limits = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        // A client beyond its own limit takes nothing from the limit of all.
        limits.of_each.admits(peer, now) && limits.of_all.admits(now)
    }
}

/// Adds the configured headers to a response. They replace its own.
pub(super) fn with_headers(rules: &Rules, mut answer: HttpResponse) -> HttpResponse {
    let headers = answer.headers_mut();
    for (name, value) in &rules.headers {
        headers.insert(name.clone(), value.clone());
    }
    answer
}

fn busy() -> HttpResponse {
    text(
        StatusCode::SERVICE_UNAVAILABLE,
        "Too many logins wait to be checked, try again later.\n",
    )
}
