//! A request to collect, and what comes of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::budget::Hold;
use crate::scrape::gather::Gather;
use crate::validate;
use crate::web::Page;

/// A request to collect: until when, and where the answer goes.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) deadline: Instant,
    pub(crate) gather: Arc<Gather<Page>>,
    /// The place of the answer among those of the scrape.
    pub(crate) index: usize,
}

/// What came of one request.
#[derive(Debug)]
pub(crate) struct Collected {
    pub(crate) collector: Arc<str>,
    pub(crate) duration: Duration,
    pub(crate) success: bool,
    pub(crate) families: Vec<validate::Family>,
    /// The memory of the families.
    pub(crate) held: Hold,
    /// Whether it may not add to the families of others.
    pub(crate) apart: bool,
    /// Families that were refused.
    pub(crate) refused: usize,
}

impl Collected {
    /// What is told of a collector that did not answer in time.
    pub(crate) fn missing(collector: &str, duration: Duration) -> Self {
        Self {
            collector: collector.into(),
            duration,
            success: false,
            families: Vec::new(),
            held: Hold::default(),
            apart: false,
            refused: 0,
        }
    }
}
