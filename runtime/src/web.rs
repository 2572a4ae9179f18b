//! The HTTP side: listeners, connections, routes, content negotiation.
//!
//! It knows nothing of collectors. The exporter behind it is a [`Scrape`]; [`serve`] is given that,
//! the listeners that [`bind`] opened, and a future that ends when the process shall stop. Only this
//! module and its children name hyper, so that the rest of the crate has no opinion about HTTP.

use std::future::Future;
use std::time::Duration;

use hyper::body::Bytes;

use crate::budget::Hold;

mod accept;
mod config;
mod counters;
mod encoding;
mod handler;
mod landing;
mod lifecycle;
mod listen;
mod media;
mod query;
mod seldom;
mod server;
mod slots;
mod stream;
mod table;
#[cfg(test)]
mod tests;

pub use config::{HttpLimits, ServerConfig};
pub use counters::HttpCounters;
pub use listen::{ListenError, bind};
pub use server::{ServeError, serve};

/// What the server serves.
///
/// The methods other than [`scrape`](Self::scrape) and [`own`](Self::own) run on the thread that serves every connection,
/// so they must not block.
pub trait Scrape: Send + Sync + 'static {
    /// Turns the filters of a request into the collectors that shall run.
    ///
    /// # Errors
    ///
    /// A name in [`Filters::collect`] that is not a collector's of this program or of node_exporter,
    /// or a disabled one's. Names in
    /// [`Filters::exclude`] are never an error.
    fn select(&self, filters: &Filters) -> Result<Selection, SelectionError>;

    /// Runs the selected collectors and gives one page.
    ///
    /// `timeout` is what the client said it waits. Of the families gathered only those in `names`
    /// are written, unless `names` is empty.
    ///
    /// A client that goes away does not cancel the future. It is dropped before its end only where
    /// the process stops and the time to drain is over.
    fn scrape(
        &self,
        selection: Selection,
        timeout: Option<Duration>,
        names: Vec<String>,
    ) -> impl Future<Output = Page> + Send;

    /// Gives a page of what the exporter says of itself and of the selected collectors. Runs none
    /// of them. `names` is as for [`scrape`](Self::scrape).
    fn own(&self, selection: Selection, names: Vec<String>) -> impl Future<Output = Page> + Send;

    /// The rows of the landing page's table, in the order shown.
    fn collectors(&self) -> Vec<CollectorRow>;

    /// The rows of the landing page's table of modules that do not run as they lie there.
    fn troubles(&self) -> Vec<TroubleRow>;

    /// Reads configuration and modules again.
    ///
    /// The error is told to the client, as one line.
    fn reload(&self) -> impl Future<Output = Result<(), String>> + Send;

    /// Whether scrapes can be answered in full.
    fn ready(&self) -> bool;
}

/// The filters of one request. At most one of the two lists has entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// Values of `collect[]`, as they came: only these collectors run. An empty string is a name too.
    pub collect: Vec<String>,
    /// Values of `exclude[]`, as they came: all enabled collectors but these run.
    pub exclude: Vec<String>,
}

/// The collectors that a scrape runs: `None` for all enabled ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection(pub Option<Vec<String>>);

/// Why a `collect[]` cannot be granted. The texts end node_exporter's answer to such a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// There is no such collector.
    #[error("missing collector: {0}")]
    Missing(String),
    /// There is, but it is not enabled.
    #[error("disabled collector: {0}")]
    Disabled(String),
}

/// One exposition.
#[derive(Debug, Default)]
pub struct Page {
    /// The families in Prometheus' text format, version 0.0.4, uncompressed.
    pub body: Bytes,
    /// The memory of the body, to be given back once the client has it.
    pub held: Hold,
    /// Whether there is no page, because others take all memory that pages may have.
    pub crowded: bool,
    /// How many problems there were in gathering, such as conflicting families. Collectors that
    /// failed are not among them: they have a metric of their own.
    pub errors: usize,
}

/// A collector as the landing page shows it. No text is trusted: some come from collectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectorRow {
    /// The collector's name.
    pub name: String,
    /// What it is about, in its own words.
    pub about: String,
    /// Its version, in its own words.
    pub version: String,
    /// `built-in`, or the path of its module.
    pub source: String,
    /// SHA-256 of its module in hexadecimal.
    pub sha256: String,
    /// Whether it runs.
    pub enabled: bool,
    /// How its last run ended: `ok`, `not run yet`, `out-of-fuel: it used up its fuel`...
    pub state: String,
}

/// A module that does not run, or of which an older version runs. No text is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TroubleRow {
    /// The file.
    pub path: String,
    /// The collector of it that runs all the same, with its version.
    pub running: Option<String>,
    /// The reason in a word.
    pub reason: &'static str,
    /// The reason in a sentence.
    pub detail: String,
}
