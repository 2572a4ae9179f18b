//! Users and headers of a web config file that may change while the server runs.
//!
//! A request compares the file's time and inode, and only a changed file is read and parsed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use hyper::header::{HeaderName, HeaderValue};

use super::document;
use super::error::WebConfigError;
use super::file::Snapshot;
use super::schema::{Document, Rate};
use crate::web::auth::{Hash, Users};
use firepit_exposition::escape::escaped;

/// What a request has to meet, and what its response gets.
#[derive(Default, PartialEq, Eq)]
pub(in crate::web) struct Rules {
    /// Headers of every response.
    pub(in crate::web) headers: Vec<(HeaderName, HeaderValue)>,
    /// Who may make requests; empty for everybody.
    pub(in crate::web) users: Users,
}

/// The newest content of a web config file.
pub(in crate::web) struct LiveRules {
    path: PathBuf,
    loaded: Mutex<Loaded>,
}

struct Loaded {
    snapshot: Snapshot,
    /// As last read.
    fixed: Fixed,
    /// The error as text, for the log.
    rules: Result<Arc<Rules>, String>,
}

/// The parts that only a start reads.
#[derive(PartialEq, Eq)]
struct Fixed {
    tls: bool,
    no_http2: bool,
    rate_limit: Rate,
    rate_limit_per_client: Rate,
}

impl Fixed {
    fn of(document: &Document) -> Self {
        Self {
            tls: document.tls.is_on(),
            no_http2: document.no_http2,
            rate_limit: document.rate_limit,
            rate_limit_per_client: document.rate_limit_per_client,
        }
    }
}

impl LiveRules {
    /// The content that was read at the start, when the file looked like the snapshot.
    pub(super) fn new(path: &Path, snapshot: Snapshot, document: Document) -> Self {
        Self {
            path: path.to_owned(),
            loaded: Mutex::new(Loaded {
                snapshot,
                fixed: Fixed::of(&document),
                rules: Ok(Arc::new(rules(document, &mut Vec::new()))),
            }),
        }
    }

    /// The current rules. `None` if the file cannot be used; the log has the reason once.
    pub(in crate::web) fn current(&self) -> Option<Arc<Rules>> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if !loaded.snapshot.is_current() {
            loaded.snapshot = Snapshot::of([self.path.as_path()]);
            match document::read(&self.path) {
                Ok(document) => self.accept(&mut loaded, document),
                Err(error) => refuse(&mut loaded, &error),
            }
        }
        loaded.rules.as_ref().ok().cloned()
    }

    fn accept(&self, loaded: &mut Loaded, document: Document) {
        let file = self.path.display();
        let fixed = Fixed::of(&document);
        if loaded.fixed != fixed {
            tracing::warn!(
                %file,
                "rate limits, http2 and whether TLS is on are read at the start only: restart firepit \
                 for their change to take effect"
            );
            loaded.fixed = fixed;
        }
        let mut bad_users = Vec::new();
        let rules = rules(document, &mut bad_users);
        if loaded.rules.as_ref().is_ok_and(|old| **old == rules) {
            return;
        }
        tracing::info!(%file, "Web config file changed, using its users and headers");
        for user in bad_users {
            let user = escaped(&user).to_string();
            tracing::error!(%file, user, "the hash of a user is not valid, the user cannot log in");
        }
        loaded.rules = Ok(Arc::new(rules));
    }
}

/// Remembers why the file cannot be used, and logs it once.
fn refuse(loaded: &mut Loaded, error: &WebConfigError) {
    let error = error.to_string();
    if loaded.rules.as_ref().err() != Some(&error) {
        tracing::error!(
            err = %escaped(&error),
            "Unable to parse configuration, answering every request with status 500"
        );
        loaded.rules = Err(error);
    }
}

/// The rules of a document. Users with invalid hashes cannot log in, and are added to `bad_users`.
fn rules(document: Document, bad_users: &mut Vec<String>) -> Rules {
    let users = document.users.into_iter().map(|user| {
        let hash = Hash::parse(&user.hash).ok();
        if hash.is_none() {
            bad_users.push(user.name.clone());
        }
        (user.name, hash)
    });
    Rules {
        users: Users::new(users),
        headers: document.headers,
    }
}
