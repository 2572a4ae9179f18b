//! Assembles a page from the collectors' families and the exporter's own.

use std::time::Instant;

use super::ScrapeConfig;
use super::fit::{DroppedFamilies, fit, sum};
use super::selection::Selection;
use crate::collectors::CollectorResult;
use crate::collectors::registry::{Entry, Registry};
use crate::executor::Executor;
use crate::self_metrics::{self, Run, View};
use crate::web::Page;
use firepit_exposition::encode::{Format, encode, max_bytes};
use firepit_exposition::escaping::Escaping;
use firepit_exposition::merge::{self, Part, escape_names, merge};
use firepit_exposition::validate;
use firepit_sandbox::budget::Hold;
use firepit_sandbox::files::beneath::Resolution;

/// Maximum number of conflicts per page that are logged, at level debug. All are counted.
const MAX_LOGGED_CONFLICTS: usize = 100;

/// The source of the exporter's own families in logs.
const SELF: &str = "firepit";

/// The requested content of a page, and its memory.
pub(super) struct PageRequest {
    /// The selected collectors.
    pub(super) selection: Selection,
    /// Names of the requested families; all if empty.
    pub(super) names: Vec<String>,
    pub(super) format: Format,
    pub(super) escaping: Escaping,
    pub(super) memory: Hold,
}

impl PageRequest {
    /// The families about runs.
    fn runs(&self, parts: &[CollectorResult]) -> Vec<validate::Family> {
        let runs = parts.iter().map(run).collect();
        self.selection.registry.runs().families(runs)
    }
}

fn run(part: &CollectorResult) -> Run<'_> {
    Run {
        collector: &part.collector,
        seconds: part.duration.as_secs_f64(),
        success: part.success,
    }
}

/// The page if making it panicked.
pub(super) fn lost() -> Page {
    Page {
        errors: 1,
        ..Page::default()
    }
}

/// The answer if the pages in flight use up the memory budget.
pub(super) fn out_of_memory() -> Page {
    Page {
        out_of_memory: true,
        ..Page::default()
    }
}

/// Assembles a page from the results of collectors and the exporter's own metrics.
pub(super) fn assemble(
    executor: &Executor,
    config: &ScrapeConfig,
    parts: Vec<CollectorResult>,
    request: PageRequest,
) -> Page {
    let mut errors: usize = parts.iter().map(|part| part.refused).sum();
    let view = View {
        metrics: config.self_metrics,
        only: request.selection.only.as_deref(),
    };
    let registry = &*request.selection.registry;
    let mut own_families = request.runs(&parts);
    own_families.extend(self_metrics::checked(vec![
        self_metrics::node_exporter_build_info(&config.build, &config.builtin_names.namespace),
    ]));
    own_families.extend(registry.attributes());
    if config.builtin_names.old {
        own_families.extend(old_durations(executor, registry, &parts));
    }
    if config.exporter_metrics {
        own_families.extend(self_families(executor, config, registry, &view));
    }
    let format = request.format;
    let self_bytes = sum(own_families.iter().map(|family| max_bytes(family, format)));
    let self_metrics = Part {
        source: SELF.into(),
        exclusive: false,
        families: own_families,
    };
    let mut family_memory = Vec::with_capacity(parts.len());
    let mut parts: Vec<Part> = parts
        .into_iter()
        .map(|part| {
            family_memory.push(part.held);
            Part {
                source: part.collector,
                exclusive: part.exclusive,
                families: part.families,
            }
        })
        .collect();
    let unwritable = escape_names(&mut parts, request.escaping);
    let page_limit = executor.memory.page_limit();
    for dropped_families in fit(&self_metrics, &mut parts, page_limit, format) {
        errors += dropped_families.number;
        report_dropped(executor, registry, &dropped_families);
    }
    let merged = merge(std::iter::once(self_metrics).chain(parts));
    errors += unwritable.len() + merged.conflicts.len();
    for (conflict, number) in unwritable.iter().chain(&merged.conflicts).zip(0..) {
        report_conflict(executor, registry, conflict, number < MAX_LOGGED_CONFLICTS);
    }
    let all = request.names.is_empty();
    let page = encoded(
        merged.families,
        errors,
        page_limit.max(self_bytes.saturating_add(format.end().len())),
        request.names,
        request.format,
        request.memory,
    );
    if all && !page.out_of_memory {
        executor.memory.note_page(page.body.len());
    }
    page
}

/// The durations of runs in the family of node_exporter 0.8, with those of this scrape.
fn old_durations(
    executor: &Executor,
    registry: &Registry,
    parts: &[CollectorResult],
) -> Option<validate::Family> {
    let runs: Vec<Run<'_>> = parts.iter().map(run).collect();
    let is_present = |name: &str| matches!(registry.get(name), Some(Entry::Enabled(_)));
    let durations = executor.counters.durations();
    durations.family(&runs, is_present, Instant::now())
}

/// A page of the exporter's own metrics only.
pub(super) fn self_metrics_page(
    executor: &Executor,
    config: &ScrapeConfig,
    request: PageRequest,
) -> Page {
    let view = View {
        only: request.selection.only.as_deref(),
        ..View::FULL
    };
    let self_metrics = Part {
        source: SELF.into(),
        exclusive: false,
        families: self_families(executor, config, &request.selection.registry, &view),
    };
    let families = merge(std::iter::once(self_metrics)).families;
    encoded(
        families,
        0,
        usize::MAX,
        request.names,
        request.format,
        request.memory,
    )
}

/// Encodes families of these names, or all. They take at most this number of bytes.
fn encoded(
    mut families: Vec<merge::Family>,
    errors: usize,
    limit: usize,
    names: Vec<String>,
    format: Format,
    mut memory: Hold,
) -> Page {
    if !names.is_empty() {
        families.retain(|family| names.iter().any(|name| name == family.name()));
    }
    // Families were measured if the estimates were above the limit.
    let sizes = families.iter().map(|family| max_bytes(family, format));
    let size = sum(sizes).saturating_add(format.end().len()).min(limit);
    if memory.grow(size.saturating_sub(memory.bytes())).is_err() {
        return out_of_memory();
    }
    let Ok(body) = encode(&families, format) else {
        return out_of_memory();
    };
    memory.shrink_to(body.len());
    Page {
        body: body.into(),
        memory,
        errors,
        out_of_memory: false,
    }
}

/// Counts families that do not fit into the page, and logs each of them once.
fn report_dropped(executor: &Executor, registry: &Registry, dropped: &DroppedFamilies) {
    let reason = validate::Reason::PageLimit;
    executor
        .counters
        .refused(&dropped.source, reason, dropped.number);
    if let Some(Entry::Enabled(collector)) = registry.get(&dropped.source) {
        collector.dropped_by_page_limit(&dropped.problems);
    }
}

fn report_conflict(
    executor: &Executor,
    registry: &Registry,
    conflict: &merge::Conflict,
    is_logged: bool,
) {
    executor
        .counters
        .conflict(&conflict.source, conflict.reason, conflict.series);
    if is_logged && let Some(Entry::Enabled(collector)) = registry.get(&conflict.source) {
        collector.displaced(conflict);
    }
}

/// The exporter's own families, without those that node_exporter has as well.
fn self_families(
    executor: &Executor,
    config: &ScrapeConfig,
    registry: &Registry,
    view: &View<'_>,
) -> Vec<validate::Family> {
    let mut families = executor.counters.families(view);
    families.extend(registry.info(view));
    let mut others = self_metrics::process_families();
    others.extend(self_metrics::memory_families(&executor.memory));
    others.push(self_metrics::build_info(&config.build));
    let resolution = Resolution::of_process();
    others.push(self_metrics::path_resolution_info(resolution));
    families.extend(self_metrics::checked(others));
    families
}
