//! The TLS settings of a web config file that may change while the server runs.
//!
//! A connection compares the time and inode of the file and of those that it names, and only a change
//! makes a new config.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;

use super::build::build;
use crate::web::web_config::document;
use crate::web::web_config::error::WebConfigError;
use crate::web::web_config::file::Snapshot;
use crate::web::web_config::schema::TlsSection;
use firepit_exposition::escape::escaped;

/// The newest settings.
pub(in crate::web) struct LiveTls {
    path: PathBuf,
    http2: bool,
    loaded: Mutex<Loaded>,
}

struct Loaded {
    snapshot: Snapshot,
    /// The error as text, for the log.
    config: Result<Arc<ServerConfig>, String>,
}

impl LiveTls {
    /// The settings that were read at the start, when the web config file looked like `own`.
    ///
    /// # Errors
    /// They cannot be used.
    pub(in crate::web) fn new(
        path: &Path,
        own: Snapshot,
        section: &TlsSection,
        http2: bool,
    ) -> Result<Self, WebConfigError> {
        let snapshot = own.and(files(section));
        let config = build(path, section, http2)?;
        Ok(Self {
            path: path.to_owned(),
            http2,
            loaded: Mutex::new(Loaded {
                snapshot,
                config: Ok(Arc::new(config)),
            }),
        })
    }

    /// Whether HTTP/2 is offered. Only a start reads that.
    pub(in crate::web) fn http2(&self) -> bool {
        self.http2
    }

    /// The config for a new connection. `None` if the settings cannot be used; the log has the reason
    /// once.
    pub(super) fn current(&self) -> Option<Arc<ServerConfig>> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if !loaded.snapshot.is_current() {
            let (snapshot, read) = self.read();
            loaded.snapshot = snapshot;
            loaded.replace(&self.path, read);
        }
        loaded.config.as_ref().ok().cloned()
    }

    fn read(&self) -> (Snapshot, Result<ServerConfig, String>) {
        let own = Snapshot::of([self.path.as_path()]);
        let section = match document::read(&self.path) {
            Ok(document) => document.tls,
            Err(error) => return (own, Err(error.to_string())),
        };
        let snapshot = own.and(files(&section));
        if !section.is_on() {
            let path = self.path.display();
            let error = format!("{path}: TLS is off; restart firepit to serve without it");
            return (snapshot, Err(error));
        }
        let config = build(&self.path, &section, self.http2);
        (snapshot, config.map_err(|error| error.to_string()))
    }
}

impl Loaded {
    fn replace(&mut self, path: &Path, read: Result<ServerConfig, String>) {
        match read {
            Ok(config) => {
                tracing::info!(file = %path.display(), "TLS settings read anew");
                self.config = Ok(Arc::new(config));
            }
            Err(error) if self.config.as_ref().err() == Some(&error) => {}
            Err(error) => {
                tracing::error!(
                    err = %escaped(&error),
                    "TLS settings cannot be used, rejecting new connections"
                );
                self.config = Err(error);
            }
        }
    }
}

fn files(section: &TlsSection) -> Snapshot {
    Snapshot::of(section.files().map(PathBuf::as_path))
}
