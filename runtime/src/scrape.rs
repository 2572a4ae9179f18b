//! One scrape: ask every collector, wait until the deadline at most, put the page together.

mod fit;
pub(crate) mod gather;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::fit::{Refused, fit};
use self::gather::Gather;
use crate::budget::Hold;
use crate::cli::foreign::is_collector as is_node_exporters;
use crate::collector::{Collected, Collector, Request, Timing};
use crate::crew::Crew;
use crate::encode::encode;
use crate::failure::Failure;
use crate::merge::{self, Part, merge};
use crate::meta::{self, BuildInfo, Run, Runs, SelfMetrics, View};
use crate::modules::{Reloader, Trouble, whole};
use crate::registry::{Current, Entry, Registry};
use crate::validate;
use crate::web::{CollectorRow, Filters, Page, Scrape, Selection, SelectionError, TroubleRow};

/// Everything that a scrape needs.
#[derive(Debug)]
pub struct Exporter {
    /// The collectors in force.
    pub current: Arc<Current>,
    /// Keeps them up to date; none where a single page is made.
    pub reloader: Option<Reloader>,
    /// Threads, watchdog and counters.
    pub crew: Arc<Crew>,
    /// How scrapes are timed and what they show beside the collectors.
    pub config: ScrapeConfig,
}

/// How scrapes are timed, and what they show beside the collectors.
#[derive(Debug, Clone)]
pub struct ScrapeConfig {
    /// How long a scrape may take where the scraper does not say.
    pub timeout: Duration,
    /// What is taken off the time that the scraper allows, for the way of the answer.
    pub timeout_offset: Duration,
    /// Whether the exporter shows metrics about itself beside what node_exporter tells of runs.
    pub exporter_metrics: bool,
    /// How much these tell of single collectors.
    pub self_metrics: SelfMetrics,
    /// What this build is.
    pub build: BuildInfo,
}

/// Conflicts of one page that are told, at level debug. All are counted.
const CONFLICTS_TOLD: usize = 100;

/// The name under which the exporter's own families appear in logs.
const OWN: &str = "firepit";

impl Scrape for Exporter {
    fn select(&self, filters: &Filters) -> Result<Selection, SelectionError> {
        select(&self.current.get(), filters)
    }

    async fn scrape(
        &self,
        selection: Selection,
        timeout: Option<Duration>,
        names: Vec<String>,
    ) -> Page {
        let allowed = timeout.map_or(self.config.timeout, |timeout| {
            timeout.saturating_sub(self.config.timeout_offset)
        });
        // Nothing is begun for a page that there is no memory for.
        let Ok(held) = self.crew.room.for_page() else {
            return crowded();
        };
        let Selection(only) = selection;
        let registry = self.current.get();
        let absent = absent(&registry, only.as_deref());
        let chosen: Vec<Arc<Collector>> = (registry.by_precedence().iter())
            .filter(|collector| {
                (only.as_ref()).is_none_or(|only| only.contains(&collector.descriptor.name))
            })
            .cloned()
            .collect();
        let began = Instant::now();
        let timing = Timing {
            began,
            deadline: began + allowed,
            is_stated: timeout.is_some(),
        };
        let asked = Asked {
            registry,
            only,
            absent,
            names,
            held,
        };
        self.run(chosen, timing, asked).await
    }

    async fn own(&self, selection: Selection, names: Vec<String>) -> Page {
        let Ok(held) = self.crew.room.for_page() else {
            return crowded();
        };
        let asked = Asked {
            registry: self.current.get(),
            only: selection.0,
            absent: Vec::new(),
            names,
            held,
        };
        let (crew, config) = (Arc::clone(&self.crew), self.config.clone());
        // Nobody is waited for, and the page is made on a worker all the same.
        let (gather, page) = Gather::new(Vec::new(), move |_| own_page(&crew, &config, asked));
        self.crew.workers.submit(move || gather.finish());
        page.await.unwrap_or_else(|_| lost())
    }

    fn collectors(&self) -> Vec<CollectorRow> {
        self.current.get().entries().iter().map(row).collect()
    }

    fn troubles(&self) -> Vec<TroubleRow> {
        let troubles = self.reloader.as_ref().map(Reloader::troubles);
        troubles
            .iter()
            .flat_map(|all| all.iter())
            .map(trouble)
            .collect()
    }

    async fn reload(&self) -> Result<(), String> {
        match &self.reloader {
            Some(reloader) => (reloader.reload().await).map_err(|error| whole(&error)),
            None => Ok(()),
        }
    }

    fn ready(&self) -> bool {
        self.reloader.as_ref().is_none_or(Reloader::is_ready)
    }
}

/// The collectors of node_exporter that a request asks for and this program does not have, each once.
/// They are told as failed, so that a job that names one goes on getting the others.
fn absent(registry: &Registry, selection: Option<&[String]>) -> Vec<String> {
    let names = selection.unwrap_or_default().iter();
    let absent: BTreeSet<&String> = names
        .filter(|name| registry.get(name).is_none() && is_node_exporters(name))
        .collect();
    absent.into_iter().cloned().collect()
}

/// Which collectors a request means.
fn select(registry: &Registry, filters: &Filters) -> Result<Selection, SelectionError> {
    for name in &filters.collect {
        match registry.get(name) {
            Some(Entry::Enabled(_)) => {}
            Some(Entry::Disabled(_)) => return Err(SelectionError::Disabled(name.clone())),
            None if is_node_exporters(name) => {}
            None => return Err(SelectionError::Missing(name.clone())),
        }
    }
    if !filters.collect.is_empty() {
        return Ok(Selection(Some(filters.collect.clone())));
    }
    let left: Vec<String> = (registry.enabled())
        .map(|collector| &collector.descriptor.name)
        .filter(|name| !filters.exclude.contains(name))
        .cloned()
        .collect();
    // As node_exporter has it: who excludes everything gets everything.
    Ok(match left.is_empty() || filters.exclude.is_empty() {
        true => Selection(None),
        false => Selection(Some(left)),
    })
}

fn row(entry: &Entry) -> CollectorRow {
    let descriptor = entry.descriptor();
    let state = match entry {
        Entry::Disabled(_) => "disabled".to_owned(),
        Entry::Enabled(collector) => match (collector.quarantined(), collector.last()) {
            (Some((left, failure)), _) => quarantined(left, &failure),
            (None, None) => "not run yet".to_owned(),
            (None, Some(Ok(()))) => "ok".to_owned(),
            (None, Some(Err(failure))) => format!("{}: {failure}", failure.reason()),
        },
    };
    let left_out = match entry {
        Entry::Disabled(_) => [None, None],
        Entry::Enabled(collector) => [collector.values_left_out(), collector.left_out()],
    };
    let state: Vec<String> = std::iter::once(state)
        .chain(left_out.into_iter().flatten())
        .collect();
    CollectorRow {
        name: descriptor.name.clone(),
        about: descriptor.about.clone(),
        version: descriptor.version.clone(),
        source: entry.module().source.label(),
        sha256: entry.module().sha256.clone(),
        enabled: matches!(entry, Entry::Enabled(_)),
        state: state.join("; "),
    }
}

/// What the status page says of a collector that is left out for a while.
fn quarantined(left: Duration, failure: &Failure) -> String {
    let how = match left {
        Duration::ZERO => "quarantined until the next scrape".to_owned(),
        left => format!("quarantined for {} s", left.as_secs_f64().ceil()),
    };
    format!("{how}: {}: {failure}", failure.reason())
}

fn trouble(trouble: &Trouble) -> TroubleRow {
    TroubleRow {
        path: trouble.path.display().to_string(),
        running: trouble.running.clone(),
        reason: trouble.reason,
        detail: trouble.detail.clone(),
    }
}

/// What a page is to show beside what its collectors say.
struct Asked {
    registry: Arc<Registry>,
    /// The collectors that it is about; none for all.
    only: Option<Vec<String>>,
    /// Collectors that were asked for and that nobody has.
    absent: Vec<String>,
    /// Names of the families that are to be shown; all where there is none.
    names: Vec<String>,
    /// Its memory.
    held: Hold,
}

impl Asked {
    /// How the runs went. Those that nobody has took no time and failed.
    fn runs(&self, parts: &[Collected]) -> Vec<validate::Family> {
        let mut runs: Vec<Run<'_>> = parts.iter().map(run).collect();
        if self.absent.is_empty() {
            return self.registry.runs().families(runs);
        }
        runs.extend(self.absent.iter().map(|name| (&**name, 0.0, false)));
        let names: Vec<&str> = runs.iter().map(|(name, ..)| *name).collect();
        Runs::new(&names).families(runs)
    }
}

impl Exporter {
    /// Runs collectors at once. Each is waited for until its share of the time is over, at most
    /// until the deadline; then the page is made without those that are missing.
    async fn run(&self, chosen: Vec<Arc<Collector>>, timing: Timing, asked: Asked) -> Page {
        let began = timing.began;
        let (crew, config) = (Arc::clone(&self.crew), self.config.clone());
        let of_parts = chosen.clone();
        let ends = chosen
            .iter()
            .map(|collector| collector.end_of_share(&timing));
        let dues = ends.map(|end| timing.due(end)).collect();
        let (gather, mut page) = Gather::new(dues, move |parts| {
            let missing = |collector: &Arc<Collector>| {
                Collected::missing(&collector.descriptor.name, began.elapsed())
            };
            let parts = (of_parts.iter().zip(parts))
                .map(|(collector, part)| part.unwrap_or_else(|| missing(collector)));
            let page = assemble(&crew, &config, parts.collect(), asked);
            crew.room.tidy();
            page
        });
        let gather = Arc::new(gather);
        for (index, collector) in in_order(&chosen) {
            let gather = Arc::clone(&gather);
            collector.request(
                Request {
                    deadline: collector.end_of_share(&timing),
                    gather,
                    index,
                },
                &self.crew,
            );
        }
        while let Some(due) = gather.next_due() {
            if let Ok(page) = tokio::time::timeout_at(due.into(), &mut page).await {
                return page.unwrap_or_else(|_| lost());
            }
            gather.write_off(Instant::now());
        }
        // Not on this thread: a large page must not hold up other clients.
        self.crew.workers.submit(move || gather.finish());
        page.await.unwrap_or_else(|_| lost())
    }
}

/// The collectors with their places, in the order in which they are best begun. The built-in ones
/// come first, and of them those that take long: one of these must not be the last one, with the
/// other workers idle. Of the others those that take long come last: one that sleeps must not hold
/// up those that do not.
fn in_order(chosen: &[Arc<Collector>]) -> Vec<(usize, &Arc<Collector>)> {
    let mut order: Vec<_> = chosen.iter().enumerate().collect();
    order.sort_by_cached_key(|(_, collector)| match collector.is_stranger() {
        false => (false, u64::MAX - collector.took()),
        true => (true, collector.took()),
    });
    order
}

/// What is left of a page whose making panicked.
fn lost() -> Page {
    Page {
        errors: 1,
        ..Page::default()
    }
}

/// What is answered where pages that nobody took yet leave no room for one more.
fn crowded() -> Page {
    Page {
        crowded: true,
        ..Page::default()
    }
}

/// Puts a page together from what the collectors said and what the exporter says of itself.
fn assemble(crew: &Crew, config: &ScrapeConfig, parts: Vec<Collected>, asked: Asked) -> Page {
    let mut errors: usize = parts.iter().map(|part| part.refused).sum();
    let view = View {
        metrics: config.self_metrics,
        only: asked.only.as_deref(),
    };
    let registry = &asked.registry;
    let mut own = asked.runs(&parts);
    own.extend(meta::checked(vec![meta::node_exporter_build_info(
        &config.build,
    )]));
    if config.exporter_metrics {
        own.extend(own_families(crew, config, registry, &view));
    }
    let of_own = bytes_at_most(own.iter().map(validate::Family::page_bytes));
    let own = Part {
        source: OWN.into(),
        apart: false,
        families: own,
    };
    let mut of_families = Vec::with_capacity(parts.len());
    let mut parts: Vec<Part> = (parts.into_iter())
        .map(|part| {
            of_families.push(part.held);
            Part {
                source: part.collector,
                apart: part.apart,
                families: part.families,
            }
        })
        .collect();
    let page_limit = crew.room.page_limit();
    for refused in fit(&own, &mut parts, page_limit) {
        errors += refused.number;
        no_room(crew, registry, &refused);
    }
    let merged = merge(std::iter::once(own).chain(parts));
    errors += merged.conflicts.len();
    for (conflict, number) in merged.conflicts.iter().zip(0..) {
        report(crew, registry, conflict, number < CONFLICTS_TOLD);
    }
    let all = asked.names.is_empty();
    let page = written(
        merged.families,
        errors,
        page_limit.max(of_own),
        asked.names,
        asked.held,
    );
    if all && !page.crowded {
        crew.room.note_page(page.body.len());
    }
    page
}

/// The page of what the exporter says of itself, and of nothing else.
fn own_page(crew: &Crew, config: &ScrapeConfig, asked: Asked) -> Page {
    let view = View {
        only: asked.only.as_deref(),
        ..View::WHOLE
    };
    let own = Part {
        source: OWN.into(),
        apart: false,
        families: own_families(crew, config, &asked.registry, &view),
    };
    let families = merge(std::iter::once(own)).families;
    written(families, 0, usize::MAX, asked.names, asked.held)
}

/// Writes families of these names, or all, that take so many bytes at most.
fn written(
    mut families: Vec<merge::Family>,
    errors: usize,
    most: usize,
    names: Vec<String>,
    mut held: Hold,
) -> Page {
    if !names.is_empty() {
        families.retain(|family| names.iter().any(|name| name == family.name()));
    }
    // What fits was measured where the rough size is above the limit.
    let most = bytes_at_most(families.iter().map(merge::Family::page_bytes)).min(most);
    if held.grow(most.saturating_sub(held.bytes())).is_err() {
        return crowded();
    }
    let Ok(body) = encode(&families) else {
        return crowded();
    };
    held.shrink_to(body.len());
    Page {
        body: body.into(),
        held,
        errors,
        crowded: false,
    }
}

fn bytes_at_most(families: impl Iterator<Item = usize>) -> usize {
    families.fold(0, usize::saturating_add)
}

/// Counts families that the page had no room for, and tells each once.
fn no_room(crew: &Crew, registry: &Registry, refused: &Refused) {
    let reason = validate::Reason::PageLimit;
    (crew.counters).refused(&refused.source, reason, refused.number);
    if let Some(Entry::Enabled(collector)) = registry.get(&refused.source) {
        collector.had_no_room(&refused.told);
    }
}

fn report(crew: &Crew, registry: &Registry, conflict: &merge::Conflict, is_told: bool) {
    crew.counters
        .conflict(&conflict.source, conflict.reason, conflict.series);
    if is_told && let Some(Entry::Enabled(collector)) = registry.get(&conflict.source) {
        collector.displaced(conflict);
    }
}

/// What the exporter says of itself, beside what node_exporter says as well.
fn own_families(
    crew: &Crew,
    config: &ScrapeConfig,
    registry: &Registry,
    view: &View<'_>,
) -> Vec<validate::Family> {
    let mut families = crew.counters.families(view);
    families.extend(registry.info(view));
    let mut others = meta::process_families();
    others.extend(meta::room_families(&crew.room));
    others.push(meta::build_info(&config.build));
    families.extend(meta::checked(others));
    families
}

fn run(part: &Collected) -> Run<'_> {
    (&part.collector, part.duration.as_secs_f64(), part.success)
}
