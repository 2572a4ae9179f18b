//! The HTTP server: listeners, connections, routes, content negotiation.
//!
//! It knows nothing about collectors: the exporter implements [`Scrape`]. [`serve`] takes that, the
//! listeners that [`bind`] opened or [`adopt`] took over, and a future that resolves when the process shall stop.
//! [`pulse()`] tells whether it still accepts connections. Only this module and its children use hyper.

use std::future::Future;
use std::time::Duration;

use hyper::body::Bytes;

use firepit_exposition::encode::Format;
use firepit_exposition::escaping::Escaping;
use firepit_sandbox::budget::Hold;

mod accept;
mod address;
mod answer;
mod auth;
mod basic_user;
mod coding;
mod compress;
mod config;
mod counters;
mod gate;
mod handler;
mod http2;
mod landing;
mod lifecycle;
mod listen;
mod listener;
mod negotiation;
mod peer;
mod pulse;
mod query;
mod rate_limit;
mod redirect;
mod seldom;
mod server;
mod slots;
mod socket;
mod stream;
mod table;
#[cfg(test)]
mod tests;
mod timeout;
mod tls;
mod web_config;

pub use address::{ListenAddress, SocketMode};
pub use auth::bcrypt_hash;
pub use basic_user::BasicUser;
pub use config::{HttpLimits, ServerConfig};
pub use counters::HttpCounters;
pub use listen::{InheritError, ListenError, adopt, bind};
pub use listener::Listener;
pub use pulse::{Heart, Pulse, pulse};
pub use server::{ServeError, serve};
pub(crate) use tls::encrypted;
pub use web_config::{WebConfig, WebConfigError};

/// The service behind the server.
///
/// The methods other than [`scrape`](Self::scrape) and [`self_metrics`](Self::self_metrics) run on
/// the thread that serves every connection, so they must not block.
pub trait Scrape: Send + Sync + 'static {
    /// The selected collectors of a request.
    type Selection: Clone + Send;

    /// Selects collectors by the filters of a request.
    ///
    /// # Errors
    ///
    /// A name in [`Filters::collect`] belongs to a disabled collector, or to no collector of this
    /// program or of node_exporter. Names in [`Filters::exclude`] are never an error.
    fn select(&self, filters: &Filters) -> Result<Self::Selection, SelectionError>;

    /// Runs the selected collectors and returns a page.
    ///
    /// The future is not cancelled when the client disconnects. It is dropped early only if the
    /// process stops and the time to drain is over.
    fn scrape(
        &self,
        selection: Self::Selection,
        options: PageOptions,
    ) -> impl Future<Output = Page> + Send;

    /// Returns a page of the exporter's own metrics and of metrics about the selected collectors.
    /// Runs none of them. Ignores the timeout of `options`.
    fn self_metrics(
        &self,
        selection: Self::Selection,
        options: PageOptions,
    ) -> impl Future<Output = Page> + Send;

    /// The collectors on the landing page, in order.
    fn collectors(&self) -> Vec<CollectorRow>;

    /// Modules with problems, on the landing page: their newest file is not what runs.
    fn problems(&self) -> Vec<ProblemRow>;

    /// Reloads configuration and modules.
    ///
    /// The client gets the error as one line.
    fn reload(&self) -> impl Future<Output = Result<(), String>> + Send;

    /// Whether scrapes are answered in full.
    fn ready(&self) -> bool;
}

/// The filters of a request. At most one of the two lists has entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// Values of `collect[]`, as received: only these collectors run. An empty string is a name
    /// too.
    pub collect: Vec<String>,
    /// Values of `exclude[]`, as received: all enabled collectors except these run.
    pub exclude: Vec<String>,
}

/// The options of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageOptions {
    /// The client's timeout, if it sends one.
    pub timeout: Option<Duration>,
    /// Names of the families to write; all if empty.
    pub names: Vec<String>,
    /// The negotiated format.
    pub format: Format,
    /// The negotiated scheme for names that are not plain.
    pub escaping: Escaping,
}

/// Why a `collect[]` is rejected. The texts end node_exporter's answer to such a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// No such collector exists.
    #[error("missing collector: {0}")]
    Missing(String),
    /// The collector is not enabled.
    #[error("disabled collector: {0}")]
    Disabled(String),
}

/// One exposition.
#[derive(Debug, Default)]
pub struct Page {
    /// The families in the options format, uncompressed.
    pub body: Bytes,
    /// Memory reserved for the body, released when the client has read it.
    pub memory: Hold,
    /// Whether there is no page, because other pages use up the memory budget of all pages.
    pub out_of_memory: bool,
    /// Number of problems while gathering, such as conflicting families. Failed collectors do not
    /// count: they have a metric of their own.
    pub errors: usize,
}

/// A collector on the landing page. No text is trusted: some come from collectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectorRow {
    /// The collector's name.
    pub name: String,
    /// What it is about, as its module describes it.
    pub about: String,
    /// Its version, as its module states it.
    pub version: String,
    /// `built-in`, or the path of its module.
    pub source: String,
    /// SHA-256 of its module in hexadecimal.
    pub sha256: String,
    /// Whether it runs.
    pub enabled: bool,
    /// How its last run ended: `ok`, `not run yet`, `out-of-fuel: used up its fuel`...
    pub state: String,
}

/// A module that does not run, or runs in an older version. No text is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProblemRow {
    /// The file.
    pub path: String,
    /// The running collector of this file, with its version.
    pub running: Option<String>,
    /// The reason in a word.
    pub reason: &'static str,
    /// The reason in a sentence.
    pub detail: String,
}
