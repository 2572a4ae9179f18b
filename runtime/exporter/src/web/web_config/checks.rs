//! Opens a web config file at the start: all checks before a port is bound.

use std::path::Path;

use super::document;
use super::error::WebConfigError;
use super::file::Snapshot;
use super::live::LiveRules;
use super::schema::{Rate, User};
use crate::web::auth::Hash;
use crate::web::tls::{self, LiveTls};
use firepit_exposition::escape::quoted;

/// A web config file that can be served with.
pub struct WebConfig {
    pub(in crate::web) rules: LiveRules,
    pub(in crate::web) tls: Option<LiveTls>,
    pub(in crate::web) rate_limit: Rate,
    pub(in crate::web) rate_limit_per_client: Rate,
    /// A secret for the keys of cached logins.
    pub(in crate::web) secret: [u8; 32],
    notes: Vec<String>,
}

impl WebConfig {
    /// Reads and checks a web config file and all files that it names, in the toolkit's order.
    ///
    /// # Errors
    /// The first problem, or all unknown keys and values together.
    pub fn open(path: &Path) -> Result<Self, WebConfigError> {
        let snapshot = Snapshot::of([path]);
        let mut document = document::read(path)?;
        for user in &document.users {
            check(path, user)?;
        }
        let tls = if document.tls.is_on() {
            let http2 = !document.no_http2;
            Some(LiveTls::new(path, snapshot.clone(), &document.tls, http2)?)
        } else {
            None
        };
        let path_name = path.display();
        let notes = std::mem::take(&mut document.notes).into_iter();
        Ok(Self {
            notes: notes.map(|note| format!("{path_name}: {note}")).collect(),
            tls,
            rate_limit: document.rate_limit,
            rate_limit_per_client: document.rate_limit_per_client,
            secret: secret(path)?,
            rules: LiveRules::new(path, snapshot, document),
        })
    }

    /// One line for each setting that is accepted without effect.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Whether the server uses TLS.
    #[must_use]
    pub fn has_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Whether the server offers HTTP/2.
    #[must_use]
    pub fn has_http2(&self) -> bool {
        self.tls.as_ref().is_some_and(LiveTls::http2)
    }
}

fn check(path: &Path, user: &User) -> Result<(), WebConfigError> {
    let failed = |cause| WebConfigError::Hash {
        path: path.to_owned(),
        user: quoted(&user.name),
        cause,
    };
    Hash::parse(&user.hash).map(|_| ()).map_err(failed)
}

/// Random bytes.
fn secret(path: &Path) -> Result<[u8; 32], WebConfigError> {
    let mut secret = [0; 32];
    tls::fill_with_random_bytes(&mut secret).map_err(|cause| WebConfigError::Unusable {
        path: path.to_owned(),
        cause,
    })?;
    Ok(secret)
}
