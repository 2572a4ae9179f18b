//! One collector of the registry: module, configuration, run queue and standing instance.
//!
//! A collector never runs twice at a time. Requests that arrive during a run wait in the queue. They are
//! rejected if the run exceeds its deadline, which means that it hangs inside the host. Requests are also
//! rejected while the collector is in quarantine, or has exhausted its CPU budget.

mod budget;
pub(crate) mod outcome_log;
mod quarantine;
pub mod registry;
mod request;
mod run_queue;
mod setup;
mod shares;
mod skip_log;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use self::outcome_log::OutcomeLog;
pub(crate) use self::request::{CollectorResult, Recipient, Request};
use self::run_queue::{After, Next, RunQueue};
pub(crate) use self::setup::OnOutcome;
pub use self::setup::Setup;
use self::shares::Span;
pub(crate) use self::shares::Timing;
use self::skip_log::SkipLog;
use crate::executor::Executor;
use crate::memory::MemoryBudgets;
use crate::transform::{Transform, Transformed};
use firepit_exposition::encode::{self, Format};
use firepit_exposition::merge;
use firepit_exposition::record;
use firepit_exposition::validate::{self, Problem};
use firepit_sandbox::budget::Hold;
use firepit_sandbox::cpu::CpuTime;
use firepit_sandbox::deadline::Deadline;
use firepit_sandbox::descriptor::Descriptor;
use firepit_sandbox::failure::Failure;
use firepit_sandbox::limits::Limits;
use firepit_sandbox::module::{Loader, Module};
use firepit_sandbox::session::{Deadlines, Outcome, Session, SetupError};

/// A collector that takes part in scrapes.
pub struct Collector {
    /// Its descriptor.
    pub descriptor: Descriptor,
    /// Its compiled module, with its source.
    pub module: Module,
    name: Arc<str>,
    session: Session,
    transform: Transform,
    on_outcome: Option<OnOutcome>,
    queue: Mutex<RunQueue>,
    states: OutcomeLog,
    skips: SkipLog,
    /// Duration of the last run, in nanoseconds.
    last_duration: AtomicU64,
}

impl std::fmt::Debug for Collector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Collector")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Minimum time for validating a run's output, however late it is.
const TIME_TO_CHECK: Duration = Duration::from_millis(500);

impl Collector {
    /// Creates the collector, without an instance.
    ///
    /// # Errors
    /// If it asks for paths that cannot be granted, or imports what cannot be linked.
    pub(crate) fn new(
        module: Module,
        descriptor: Descriptor,
        setup: Setup,
        loader: &Loader,
        memory: &MemoryBudgets,
    ) -> Result<Self, SetupError> {
        let queue = RunQueue::new(&setup.session.limits, Instant::now());
        let budget = memory.of_module(&module.source);
        let session = Session::new(&module, &descriptor, setup.session, budget, loader)?;
        Ok(Self {
            name: Arc::clone(session.name()),
            descriptor,
            module,
            session,
            transform: setup.transform,
            on_outcome: setup.on_outcome,
            queue: Mutex::new(queue),
            states: OutcomeLog::default(),
            skips: SkipLog::default(),
            last_duration: AtomicU64::new(0),
        })
    }

    /// Creates its first instance, and configures it.
    ///
    /// # Errors
    /// If it rejects its options, or exceeds a limit.
    pub(crate) fn begin(&self, executor: &Executor) -> Result<(), SetupError> {
        let began = Instant::now();
        let cpu = CpuTime::begin(began);
        let deadlines = Deadlines {
            wall: began + self.limits().deadline,
            cpu: cpu.end(self.queue().cpu_left(began)),
        };
        let begun = self.session.begin(deadlines, &executor.environment);
        self.queue().spend(cpu.elapsed(), Instant::now());
        begun
    }

    /// Records that its first instance failed. The collector takes part in scrapes, which try again.
    pub(crate) fn record_failed_setup(&self, failure: &Failure, executor: &Executor) {
        executor.counters.failed(&self.name, failure);
        self.states.ended(&self.name, &Err(failure.clone()));
    }

    /// Runs once before the first request, and discards the output. A host without the feature, or an
    /// error that the collector itself reports, is not a failure. Returns the first family whose labels
    /// contradict the constant ones.
    pub(crate) fn run_trial(&self, executor: &Executor) -> Result<Option<Problem>, Failure> {
        let began = Instant::now();
        let cpu = CpuTime::begin(began);
        let deadline = began + self.limits().deadline;
        let deadlines = Deadlines {
            wall: deadline,
            cpu: cpu.end(self.queue().begin(began, deadline)),
        };
        let outcome = self.collect(deadlines, executor);
        let mut queue = self.queue();
        let now = Instant::now();
        queue.spend(cpu.elapsed(), now);
        queue.end(now);
        drop(queue);
        let Outcome {
            result,
            families,
            held,
            ..
        } = outcome;
        match result {
            Err(failure) if failure.poisons_instance() => Err(failure),
            _ => self.try_page(families, held, deadline, executor),
        }
    }

    /// Builds a response of its output and discards it, to check the output against the limits.
    fn try_page(
        &self,
        families: Vec<record::Family>,
        mut held: Hold,
        deadline: Instant,
        executor: &Executor,
    ) -> Result<Option<Problem>, Failure> {
        let transformed = self.check(families, &mut held, deadline);
        let Transformed {
            families,
            problems,
            failure,
        } = transformed.ok_or(Failure::Deadline)?;
        failure.map_or(Ok(()), Err)?;
        let mut left = self.limits().output_bytes.min(executor.memory.page_limit());
        for family in &families {
            let bytes = encode::encoded_len(family, Format::Text004, left)
                .ok_or(Failure::Output("text"))?;
            left = left.saturating_sub(bytes);
        }
        drop((families, held));
        executor.memory.tidy();
        let mut problems = problems.into_iter();
        Ok(problems.find(|problem| problem.reason == validate::Reason::LabelClash))
    }

    /// Releases the memory of its instance, until [`Self::resume`].
    pub(crate) fn suspend(&self) {
        self.session.suspend();
    }

    /// Permits it to keep an instance again.
    pub(crate) fn resume(&self) {
        self.session.resume();
        self.queue().forget_reported();
    }

    /// The families of its output that were dropped from responses, as text; `None` if there are none.
    pub(crate) fn left_out(&self) -> Option<String> {
        self.states.left_out()
    }

    /// How many values its last run skipped, as text; `None` if it skipped none.
    pub(crate) fn values_left_out(&self) -> Option<String> {
        self.skips.text()
    }

    /// Records a conflict with earlier families of the response.
    pub(crate) fn displaced(&self, conflict: &merge::Conflict) {
        self.states.displaced(&self.name, conflict);
    }

    /// The result of its last run; `None` before the first one.
    #[must_use]
    pub fn last(&self) -> Option<Result<(), Failure>> {
        self.states.last()
    }

    /// Collects, as soon as the run queue permits.
    pub(crate) fn request(self: &Arc<Self>, request: Request, executor: &Arc<Executor>) {
        let next = self.queue().enqueue(request, Instant::now());
        match next {
            Next::Run(request) => self.submit(request, executor),
            Next::Wait => {}
            Next::Reject(request, failure) => self.reject(request, &failure, executor),
        }
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, RunQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn submit(self: &Arc<Self>, request: Request, executor: &Arc<Executor>) {
        let (collector, of_job) = (Arc::clone(self), Arc::clone(executor));
        let workers = if self.is_third_party() {
            &executor.third_party
        } else if !self.descriptor.connects.is_empty() {
            &executor.connecting
        } else {
            &executor.workers
        };
        workers.submit(move || collector.run(&request, &of_job));
    }

    /// Records which of its families did not fit into a response.
    pub(crate) fn dropped_by_page_limit(&self, problems: &[Problem]) {
        self.states.refused(&self.name, problems);
    }

    /// Duration of the last run, in nanoseconds.
    pub(crate) fn last_duration(&self) -> u64 {
        self.last_duration.load(Ordering::Relaxed)
    }

    /// Runs once on a worker.
    fn run(self: Arc<Self>, request: &Request, executor: &Arc<Executor>) {
        let began = Instant::now();
        let cpu = CpuTime::begin(began);
        let release = Release {
            collector: &self,
            executor,
        };
        if began >= request.deadline {
            // The scrape has ended. A run that starts now would only cost the instance.
            executor.counters.failed(&self.name, &Failure::Deadline);
            self.states.ended(&self.name, &Err(Failure::Deadline));
            return;
        }
        let deadline = request.deadline.min(began + self.limits().deadline);
        let deadlines = Deadlines {
            wall: deadline,
            cpu: cpu.end(self.queue().begin(began, deadline)),
        };
        let mut outcome = self.collect(deadlines, executor);
        let families = std::mem::take(&mut outcome.families);
        let transformed = self.check(families, &mut outcome.held, deadline);
        let Transformed {
            families,
            problems,
            failure,
        } = transformed.unwrap_or_else(|| {
            // The scrape has ended before such output is validated.
            self.session.discard();
            Transformed {
                failure: Some(Failure::Deadline),
                ..Transformed::default()
            }
        });
        if let Some(failure) = failure.filter(|_| outcome.result.is_ok()) {
            outcome.result = Err(failure);
        }
        outcome.usage.cpu = cpu.elapsed();
        outcome.usage.wall = began.elapsed();
        executor
            .counters
            .collected(&self.name, &outcome.usage, &outcome.result, &problems);
        self.states.ended(&self.name, &outcome.result);
        self.states.refused(&self.name, &problems);
        let skips = std::mem::take(&mut outcome.skips);
        self.skips.note(&self.name, skips, outcome.result.is_ok());
        let span = Span {
            began,
            deadline,
            is_of_request: deadline == request.deadline,
        };
        self.account(&outcome.result, outcome.usage.cpu, span, executor);
        drop(release);
        self.reply(
            request,
            began,
            outcome.result.is_ok(),
            (families, outcome.held),
            problems.len(),
        );
    }

    /// Transforms and validates the output; returns `None` if the time runs out. A call's output before its deadline is used as well, so some time is left for
    /// this even then.
    fn check(
        &self,
        families: Vec<record::Family>,
        held: &mut Hold,
        deadline: Instant,
    ) -> Option<Transformed> {
        let deadline = Deadline::at(deadline.max(Instant::now() + TIME_TO_CHECK));
        let in_time = || !deadline.has_come();
        self.transform
            .apply(families, self.session.config(), held, in_time)
    }

    fn reply(
        &self,
        request: &Request,
        began: Instant,
        success: bool,
        (families, held): (Vec<validate::Family>, Hold),
        refused: usize,
    ) {
        let duration = began.elapsed();
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.last_duration.store(nanoseconds, Ordering::Relaxed);
        let collected = CollectorResult {
            collector: Arc::clone(&self.name),
            duration,
            success,
            families,
            held,
            exclusive: self.is_third_party(),
            refused,
        };
        if request.recipient.put(request.index, collected) {
            request.recipient.finish();
        }
    }

    /// Collects in the standing instance, or in a new one.
    fn collect(&self, deadlines: Deadlines, executor: &Executor) -> Outcome {
        let outcome = self.session.collect(deadlines, &executor.environment);
        if outcome.is_new_instance {
            executor.counters.instantiated(&self.name);
        }
        outcome
    }

    fn limits(&self) -> &Limits {
        &self.session.config().limits
    }
}

/// Ends a run, even if the host panics, and starts the next one.
struct Release<'a> {
    collector: &'a Arc<Collector>,
    executor: &'a Arc<Executor>,
}

impl Drop for Release<'_> {
    fn drop(&mut self) {
        let After { next, rejected } = self.collector.queue().end(Instant::now());
        if let Some(request) = next {
            self.collector.submit(request, self.executor);
        }
        if let Some((requests, failure)) = rejected {
            for request in requests {
                self.collector.reject(request, &failure, self.executor);
            }
        }
    }
}
