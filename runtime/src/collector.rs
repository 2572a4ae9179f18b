//! One collector of the registry: what it is, what it may, and its standing instance.
//!
//! A collector runs once at a time. Requests that come while it runs wait for their turn; once it
//! is beyond its deadline, which means that it hangs inside the host, they are turned away. So they
//! are while it is in quarantine, or has used up its CPU time.

mod budget;
mod quarantine;
mod request;
mod setup;
mod shares;
mod skip_log;
mod turn;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub(crate) use self::request::{Collected, Request};
pub(crate) use self::setup::grants;
pub use self::setup::{Lifetime, Setup, SetupError};
use self::shares::Span;
pub(crate) use self::shares::Timing;
use self::skip_log::SkipLog;
use self::turn::{After, Next, Turn};
use crate::budget::Hold;
use crate::cpu::{CpuEnd, CpuTime};
use crate::crew::Crew;
use crate::deadline::Deadline;
use crate::descriptor::Descriptor;
use crate::encode;
use crate::failure::Failure;
use crate::files::Files;
use crate::grants::Grants;
use crate::host::{Accounts, LogMinute};
use crate::instance::{Allowance, Instance, NoInstance, Outcome};
use crate::load::{Linked, Loader, Module, Source};
use crate::merge;
use crate::record;
use crate::state_log::StateLog;
use crate::validate::{self, Problem, prefix, reserved};

/// A collector that takes part in scrapes.
pub struct Collector {
    /// What it says of itself.
    pub descriptor: Descriptor,
    /// Its machine code and where that comes from.
    pub module: Module,
    name: Arc<str>,
    linked: Linked,
    setup: Setup,
    grants: Grants,
    turn: Mutex<Turn>,
    states: StateLog,
    skips: SkipLog,
    minute: Arc<LogMinute>,
    /// How long the last run took, in nanoseconds.
    took: AtomicU64,
}

impl std::fmt::Debug for Collector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Collector")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Time that checking a run's output has at least, however late it is.
const TIME_TO_CHECK: Duration = Duration::from_millis(500);

/// Until when the calls of one run may go on.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    deadline: Instant,
    /// When its CPU time is over; none where that has no bound.
    cpu: Option<CpuEnd>,
}

impl Collector {
    /// Makes the collector, without an instance.
    ///
    /// # Errors
    /// Where it asks for paths that cannot be granted, or for what cannot be linked.
    pub(crate) fn new(
        module: Module,
        descriptor: Descriptor,
        setup: Setup,
        loader: &Loader,
    ) -> Result<Self, SetupError> {
        let name = || descriptor.name.clone();
        let grants = grants(&descriptor.reads, &setup).map_err(|source| SetupError::Reads {
            collector: name(),
            source,
        })?;
        let linked =
            (module.link(loader, &setup.policy.interfaces)).map_err(|source| SetupError::Link {
                collector: name(),
                source,
            })?;
        let turn = Turn::new(&setup.limits, Instant::now());
        Ok(Self {
            name: descriptor.name.as_str().into(),
            descriptor,
            module,
            linked,
            minute: Arc::new(LogMinute::new(&setup.limits)),
            setup,
            grants,
            turn: Mutex::new(turn),
            states: StateLog::default(),
            skips: SkipLog::default(),
            took: AtomicU64::new(0),
        })
    }

    /// Makes its first instance, and gives it its options.
    ///
    /// # Errors
    /// Where it refuses its options, or meets a limit.
    pub(crate) fn begin(&self, crew: &Crew) -> Result<(), SetupError> {
        let began = Instant::now();
        let cpu = CpuTime::begin(began);
        let bounds = Bounds {
            deadline: began + self.setup.limits.deadline,
            cpu: cpu.end(self.turn().cpu_left(began)),
        };
        let instance = self.instantiate(bounds, crew);
        self.turn().spend(cpu.elapsed(), Instant::now());
        let mut settings = self.setup.settings.iter();
        let instance = instance.map_err(|none| SetupError::Configure {
            collector: self.descriptor.name.clone(),
            explicit: settings.any(|setting| setting.explicit),
            source: none.failure,
        })?;
        self.turn().keep(instance);
        Ok(())
    }

    /// Notes that it has no first instance. It takes part in scrapes, which try again.
    pub(crate) fn begins_without(&self, failure: &Failure, crew: &Crew) {
        crew.counters.failed(&self.name, failure);
        self.states.ended(&self.name, &Err(failure.clone()));
    }

    /// Collects once without showing it to anybody, before the first request comes. That the host
    /// has nothing of the kind, or that the collector reports a fault, is no failure.
    pub(crate) fn try_out(&self, crew: &Crew) -> Result<(), Failure> {
        let began = Instant::now();
        let cpu = CpuTime::begin(began);
        let deadline = began + self.setup.limits.deadline;
        let (instance, left) = self.turn().begin(began, deadline);
        let cpu_end = cpu.end(left);
        let bounds = Bounds {
            deadline,
            cpu: cpu_end,
        };
        let (outcome, instance) = self.collect(instance, bounds, crew);
        let mut turn = self.turn();
        if let Some(instance) = instance {
            turn.keep(instance);
        }
        let now = Instant::now();
        turn.spend(cpu.elapsed(), now);
        turn.end(now);
        drop(turn);
        let Outcome {
            result,
            families,
            held,
            ..
        } = outcome;
        match result {
            Err(failure) if failure.spoils_instance() => Err(failure),
            _ => self.try_page(families, held, deadline, crew),
        }
    }

    /// Makes a page of what it emitted, of which nothing is kept: whether it is within the bounds.
    fn try_page(
        &self,
        families: Vec<record::Family>,
        held: Hold,
        deadline: Instant,
        crew: &Crew,
    ) -> Result<(), Failure> {
        let (families, _) = self.check(families, deadline).ok_or(Failure::Deadline)?;
        let mut left = (self.setup.limits.output_bytes).min(crew.room.page_limit());
        for family in &families {
            let bytes = encode::length(family, left).ok_or(Failure::Output("text"))?;
            left = left.saturating_sub(bytes);
        }
        drop((families, held));
        crew.room.tidy();
        Ok(())
    }

    /// Gives back the memory of its instance, until [`Self::wake`].
    pub(crate) fn rest(&self) {
        let instance = self.turn().rest();
        drop(instance);
    }

    /// Lets it keep an instance again.
    pub(crate) fn wake(&self) {
        self.turn().wake();
    }

    /// What was left out of pages of what it said, for a person; `None` where nothing was.
    pub(crate) fn left_out(&self) -> Option<String> {
        self.states.left_out()
    }

    /// How many values its last run left out, for a person; `None` where it left out none.
    pub(crate) fn values_left_out(&self) -> Option<String> {
        self.skips.text()
    }

    /// Notes that something of it had to make room for what stood on a page before it.
    pub(crate) fn displaced(&self, conflict: &merge::Conflict) {
        self.states.displaced(&self.name, conflict);
    }

    /// How its last run ended: `None` before the first one.
    #[must_use]
    pub fn last(&self) -> Option<Result<(), Failure>> {
        self.states.last()
    }

    /// Collects as soon as it is this request's turn.
    pub(crate) fn request(self: &Arc<Self>, request: Request, crew: &Arc<Crew>) {
        let next = self.turn().arrive(request, Instant::now());
        match next {
            Next::Run(request) => self.submit(request, crew),
            Next::Wait => {}
            Next::TurnAway(request, failure) => self.turn_away(request, &failure, crew),
        }
    }

    fn turn(&self) -> std::sync::MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn submit(self: &Arc<Self>, request: Request, crew: &Arc<Crew>) {
        let (collector, of_job) = (Arc::clone(self), Arc::clone(crew));
        let workers = match self.is_stranger() {
            true => &crew.strangers,
            false => &crew.workers,
        };
        workers.submit(move || collector.run(&request, &of_job));
    }

    /// Notes which of its families a page had no room for.
    pub(crate) fn had_no_room(&self, problems: &[Problem]) {
        self.states.refused(&self.name, problems);
    }

    /// How long the last run took, in nanoseconds.
    pub(crate) fn took(&self) -> u64 {
        self.took.load(Ordering::Relaxed)
    }

    /// One run on a worker.
    fn run(self: Arc<Self>, request: &Request, crew: &Arc<Crew>) {
        let began = Instant::now();
        let cpu = CpuTime::begin(began);
        let release = Release {
            collector: &self,
            crew,
        };
        if began >= request.deadline {
            // Nobody waits for it any more. To begin would cost it its instance.
            crew.counters.failed(&self.name, &Failure::Deadline);
            self.states.ended(&self.name, &Err(Failure::Deadline));
            return;
        }
        let deadline = request.deadline.min(began + self.setup.limits.deadline);
        let (instance, left) = self.turn().begin(began, deadline);
        let bounds = Bounds {
            deadline,
            cpu: cpu.end(left),
        };
        let (mut outcome, mut instance) = self.collect(instance, bounds, crew);
        let families = std::mem::take(&mut outcome.families);
        let (families, problems) = self.check(families, deadline).unwrap_or_else(|| {
            // Output that takes so long to check is none that anybody waits for.
            if outcome.result.is_ok() {
                outcome.result = Err(Failure::Deadline);
            }
            instance = None;
            (Vec::new(), Vec::new())
        });
        outcome.usage.cpu = cpu.elapsed();
        outcome.usage.wall = began.elapsed();
        crew.counters
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
        self.account(instance, &outcome.result, outcome.usage.cpu, span, crew);
        drop(release);
        self.reply(
            request,
            began,
            outcome.result.is_ok(),
            (families, outcome.held),
            problems.len(),
        );
    }

    /// The families that may be shown, and what is wrong with the others; `None` where the time is
    /// up before that is known. What a call emitted before it met its deadline is shown as well, so
    /// there is some time for it even then.
    fn check(
        &self,
        mut families: Vec<record::Family>,
        deadline: Instant,
    ) -> Option<(Vec<validate::Family>, Vec<Problem>)> {
        let mut problems = prefix::apply(&mut families, self.setup.prefix.as_ref());
        problems.extend(reserved::apply(&mut families, &self.setup.policy.names));
        let deadline = Deadline::at(deadline.max(Instant::now() + TIME_TO_CHECK));
        let in_time = || !deadline.has_come();
        let (families, broken) = validate::in_time(families, &self.setup.limits, in_time)?;
        problems.extend(broken);
        Some((families, problems))
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
        let took = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.took.store(took, Ordering::Relaxed);
        let collected = Collected {
            collector: Arc::clone(&self.name),
            duration,
            success,
            families,
            held,
            apart: matches!(self.module.source, Source::File(_)),
            refused,
        };
        request.gather.answer(request.index, collected);
    }

    /// Collects in the standing instance, or in a new one; gives back what can be used again.
    fn collect(
        &self,
        instance: Option<Instance>,
        bounds: Bounds,
        crew: &Crew,
    ) -> (Outcome<()>, Option<Instance>) {
        let instance = instance.map_or_else(
            || {
                crew.counters.instantiated(&self.name);
                self.instantiate(bounds, crew)
            },
            Ok,
        );
        let mut instance = match instance {
            Ok(instance) => instance,
            Err(none) => return (none.into(), None),
        };
        let outcome = instance.collect(self.allowance(bounds, crew));
        let spoiled = outcome.result.as_ref().is_err_and(Failure::spoils_instance);
        let worn = match self.setup.lifetime {
            Lifetime::Kept => false,
            Lifetime::Scrapes(most) => instance.collections() >= most,
        };
        (outcome, (!spoiled && !worn).then_some(instance))
    }

    fn instantiate(&self, bounds: Bounds, crew: &Crew) -> Result<Instance, NoInstance> {
        let Setup {
            settings,
            limits,
            roots,
            ..
        } = &self.setup;
        let files = Files::new(Arc::clone(roots), self.grants.clone(), limits);
        let (allowance, means) = (self.allowance(bounds, crew), &crew.means);
        let accounts = Accounts {
            minute: Arc::clone(&self.minute),
            budget: crew.room.of_instance(&self.module.source),
        };
        let (pre, name) = (&self.linked.0, &self.name);
        let mut instance = Instance::new(pre, name, limits, files, means, accounts, allowance)?;
        instance.configure(settings, allowance)?;
        Ok(instance)
    }

    fn allowance<'a>(&self, bounds: Bounds, crew: &'a Crew) -> Allowance<'a> {
        Allowance {
            fuel: self.setup.limits.fuel,
            deadline: bounds.deadline,
            cpu: bounds.cpu,
            watchdog: &crew.watchdog,
        }
    }
}

/// Ends a turn, also where the host panics, and begins the next one.
struct Release<'a> {
    collector: &'a Arc<Collector>,
    crew: &'a Arc<Crew>,
}

impl Drop for Release<'_> {
    fn drop(&mut self) {
        let After { next, turned_away } = self.collector.turn().end(Instant::now());
        if let Some(request) = next {
            self.collector.submit(request, self.crew);
        }
        if let Some((requests, failure)) = turned_away {
            for request in requests {
                self.collector.turn_away(request, &failure, self.crew);
            }
        }
    }
}
