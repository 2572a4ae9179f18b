//! A request to collect, and its result.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use firepit_exposition::validate;
use firepit_sandbox::budget::Hold;

/// The scrape that requests, as its collectors see it.
pub(crate) trait Recipient: fmt::Debug + Send + Sync {
    /// Stores the result of the collector with this index. Returns whether it was the last one, so that
    /// the response has to be built.
    fn put(&self, index: usize, collected: CollectorResult) -> bool;

    /// Builds the response on this thread.
    fn finish(&self);
}

/// A request to collect: deadline and recipient.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) deadline: Instant,
    pub(crate) recipient: Arc<dyn Recipient>,
    /// Index of the result in the scrape.
    pub(crate) index: usize,
}

/// The result of one request.
#[derive(Debug)]
pub(crate) struct CollectorResult {
    pub(crate) collector: Arc<str>,
    pub(crate) duration: Duration,
    pub(crate) success: bool,
    pub(crate) families: Vec<validate::Family>,
    /// The charged memory of the families.
    pub(crate) held: Hold,
    /// Whether it may not add to the families of other collectors.
    pub(crate) exclusive: bool,
    /// Number of rejected families.
    pub(crate) refused: usize,
}

impl CollectorResult {
    /// The result of a collector that did not answer in time.
    pub(crate) fn missing(collector: &str, duration: Duration) -> Self {
        Self {
            collector: collector.into(),
            duration,
            success: false,
            families: Vec::new(),
            held: Hold::default(),
            exclusive: false,
            refused: 0,
        }
    }
}
