//! One scrape: runs the collectors, waits at most until the deadline, and assembles the page.

mod fit;
mod gather;
mod page;
mod selection;
mod status;

use std::sync::Arc;
use std::time::{Duration, Instant};

use self::gather::Gather;
use self::page::{PageRequest, assemble, lost, out_of_memory, self_metrics_page};
pub use self::selection::Selection;
use crate::build_info::BuildInfo;
use crate::collectors::registry::Current;
use crate::collectors::{Collector, CollectorResult, Recipient, Request, Timing};
use crate::executor::Executor;
use crate::modules::{Reloader, error_chain};
use crate::self_metrics::SelfMetrics;
use crate::web::{CollectorRow, Filters, Page, PageOptions, ProblemRow, Scrape, SelectionError};
use firepit_exposition::names::BuiltinNames;

/// Serves scrapes.
#[derive(Debug)]
pub struct Exporter {
    /// The current collectors.
    pub current: Arc<Current>,
    /// Keeps them up to date; `None` if the program serves a single page.
    pub reloader: Option<Reloader>,
    /// Threads, watchdog and counters.
    pub executor: Arc<Executor>,
    /// Timeouts, and metrics beside those of collectors.
    pub config: ScrapeConfig,
}

/// Timeouts of scrapes, and metrics beside those of collectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScrapeConfig {
    /// Timeout of a scrape whose request has none. Above zero.
    pub timeout: Duration,
    /// How much earlier than the timeout of its request a scrape is answered.
    pub timeout_offset: Duration,
    /// Whether pages contain metrics about the exporter itself, beside node_exporter's about runs.
    pub exporter_metrics: bool,
    /// How much they contain about single collectors.
    pub self_metrics: SelfMetrics,
    /// This build.
    pub build: BuildInfo,
    /// The names of the built-in families.
    pub builtin_names: BuiltinNames,
}

impl Scrape for Exporter {
    type Selection = Selection;

    fn select(&self, filters: &Filters) -> Result<Selection, SelectionError> {
        Selection::new(self.current.get(), filters)
    }

    async fn scrape(&self, selection: Selection, options: PageOptions) -> Page {
        let stated = options.timeout;
        let allowed = stated.map_or(self.config.timeout, |timeout| {
            timeout.saturating_sub(self.config.timeout_offset)
        });
        // Without memory for the page, no collector runs.
        let Some(request) = self.page_request(selection, options) else {
            return out_of_memory();
        };
        let began = Instant::now();
        let timing = Timing {
            began,
            deadline: began + allowed,
            is_stated: stated.is_some(),
        };
        self.run(timing, request).await
    }

    async fn self_metrics(&self, selection: Selection, options: PageOptions) -> Page {
        let Some(request) = self.page_request(selection, options) else {
            return out_of_memory();
        };
        let (executor, config) = (Arc::clone(&self.executor), self.config.clone());
        // No collector runs, but the page is still made on a worker.
        let (gather, page) = Gather::new(Vec::new(), move |_| {
            self_metrics_page(&executor, &config, request)
        });
        self.executor.workers.submit(move || gather.finish());
        page.await.unwrap_or_else(|_| lost())
    }

    fn collectors(&self) -> Vec<CollectorRow> {
        let registry = self.current.get();
        registry.entries().iter().map(status::collector).collect()
    }

    fn problems(&self) -> Vec<ProblemRow> {
        let problems = self.reloader.as_ref().map(Reloader::problems);
        let problems = problems.iter().flat_map(|all| all.iter());
        problems.map(status::problem).collect()
    }

    async fn reload(&self) -> Result<(), String> {
        match &self.reloader {
            Some(reloader) => reloader.reload().await.map_err(|error| error_chain(&error)),
            None => Ok(()),
        }
    }

    fn ready(&self) -> bool {
        self.reloader.as_ref().is_none_or(Reloader::is_ready)
    }
}

impl Exporter {
    /// Reserves memory for a page; `None` if the budget is exhausted.
    fn page_request(&self, selection: Selection, options: PageOptions) -> Option<PageRequest> {
        let memory = self.executor.memory.for_page().ok()?;
        Some(PageRequest {
            selection,
            names: options.names,
            format: options.format,
            escaping: options.escaping,
            memory,
        })
    }

    /// Runs the selected collectors concurrently. Waits for each until the end of its share of the
    /// time, at most until the deadline. Then the page is made without the missing ones.
    async fn run(&self, timing: Timing, request: PageRequest) -> Page {
        let began = timing.began;
        let (executor, config) = (Arc::clone(&self.executor), self.config.clone());
        let collectors = request.selection.collectors.clone();
        let due_times = collectors
            .iter()
            .map(|collector| timing.due(collector.end_of_share(&timing)))
            .collect();
        let (gather, mut page) = Gather::new(due_times, move |parts| {
            let missing = |collector: &Arc<Collector>| {
                CollectorResult::missing(&collector.descriptor.name, began.elapsed())
            };
            let collectors = request.selection.collectors.iter();
            let parts = collectors
                .zip(parts)
                .map(|(collector, part)| part.unwrap_or_else(|| missing(collector)))
                .collect();
            let page = assemble(&executor, &config, parts, request);
            executor.memory.tidy();
            page
        });
        let gather = Arc::new(gather);
        for (index, collector) in in_order(&collectors) {
            let collector_request = Request {
                deadline: collector.end_of_share(&timing),
                recipient: Arc::clone(&gather) as Arc<dyn Recipient>,
                index,
            };
            collector.request(collector_request, &self.executor);
        }
        while let Some(due) = gather.next_due() {
            if let Ok(page) = tokio::time::timeout_at(due.into(), &mut page).await {
                return page.unwrap_or_else(|_| lost());
            }
            gather.write_off(Instant::now());
        }
        // Not on this thread: a large page must not delay other clients.
        self.executor.workers.submit(move || gather.finish());
        page.await.unwrap_or_else(|_| lost())
    }
}

/// The collectors with their indices, in starting order. Built-in collectors start first, slow ones
/// before fast ones: a slow collector must not start last, while the other workers are idle. Slow
/// third-party collectors start last: one that sleeps must not delay the others.
fn in_order(collectors: &[Arc<Collector>]) -> Vec<(usize, &Arc<Collector>)> {
    let mut order: Vec<_> = collectors.iter().enumerate().collect();
    order.sort_by_cached_key(|(_, collector)| {
        let last_duration = collector.last_duration();
        if collector.is_third_party() {
            (true, last_duration)
        } else {
            (false, u64::MAX - last_duration)
        }
    });
    order
}
