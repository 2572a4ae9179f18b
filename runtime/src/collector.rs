//! One collector of the registry: what it is, what it may, and its standing instance.
//!
//! A collector runs once at a time. Requests that come while it runs wait for their turn; once it
//! is beyond its deadline, which means that it hangs inside the host, they are turned away.

mod turn;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use self::turn::{Next, Turn};
use crate::config::MetricPrefix;
use crate::cpu::CpuTime;
use crate::crew::Crew;
use crate::deadline::Deadline;
use crate::descriptor::{Descriptor, Setting};
use crate::failure::Failure;
use crate::files::{Files, Roots};
use crate::grants::{Grants, Interface, PatternError, Policy};
use crate::host::LogMinute;
use crate::instance::{Allowance, Instance, NoInstance, Outcome};
use crate::limits::Limits;
use crate::load::{Linked, LoadError, Loader, Module, Source};
use crate::modules::Probation;
use crate::record;
use crate::scrape::gather::Gather;
use crate::state_log::StateLog;
use crate::validate::{self, Problem, prefix};
use crate::web::Page;

/// How long an instance lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// Until something goes wrong.
    Kept,
    /// For so many scrapes.
    Scrapes(u64),
}

/// What the operator decided about a collector.
#[derive(Debug)]
pub struct Setup {
    /// Its options.
    pub settings: Vec<Setting>,
    /// What it may spend.
    pub limits: Arc<Limits>,
    /// How long its instances live.
    pub lifetime: Lifetime,
    /// The trees below which it reads.
    pub roots: Arc<Roots>,
    /// What it may ask for.
    pub policy: Policy,
    /// How the names of its metrics have to begin.
    pub prefix: Option<MetricPrefix>,
    /// Who is told how its first scrapes went.
    pub(crate) probation: Option<Probation>,
}

impl Setup {
    /// What has to be decided in any case.
    #[must_use]
    pub fn new(
        settings: Vec<Setting>,
        policy: Policy,
        roots: Arc<Roots>,
        mut limits: Limits,
    ) -> Self {
        if !policy.interfaces.contains(&Interface::Log) {
            // Its stdout and stderr lead into the log as well.
            limits.log_bytes = 0;
        }
        Self {
            settings,
            limits: Arc::new(limits),
            lifetime: Lifetime::Kept,
            roots,
            policy,
            prefix: None,
            probation: None,
        }
    }

    /// Says how long its instances live.
    #[must_use]
    pub fn lifetime(self, lifetime: Lifetime) -> Self {
        Self { lifetime, ..self }
    }

    /// Says how the names of its metrics have to begin.
    #[must_use]
    pub fn prefix(self, prefix: Option<MetricPrefix>) -> Self {
        Self { prefix, ..self }
    }

    /// Says who is told how its first scrapes went.
    pub(crate) fn probation(self, probation: Option<Probation>) -> Self {
        Self { probation, ..self }
    }
}

/// Why a collector cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// It asks for paths that cannot be granted.
    #[error("collector {collector} asks for a path that cannot be granted")]
    Reads {
        /// The collector.
        collector: String,
        /// The pattern, and why.
        #[source]
        source: PatternError,
    },
    /// It does not fit together with what it is granted.
    #[error("collector {collector} cannot be linked")]
    Link {
        /// The collector.
        collector: String,
        /// What is missing.
        #[source]
        source: LoadError,
    },
    /// It does not take its options.
    #[error("collector {collector} does not take its options")]
    Configure {
        /// The collector.
        collector: String,
        /// Whether the operator set any of them.
        explicit: bool,
        /// What it says.
        #[source]
        source: Failure,
    },
}

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
            apart: false,
            refused: 0,
        }
    }
}

impl Collector {
    /// Makes the collector with its first instance, and gives it its options.
    ///
    /// # Errors
    /// Where it asks for paths that cannot be granted, or refuses its options.
    pub(crate) fn new(
        module: Module,
        descriptor: Descriptor,
        setup: Setup,
        loader: &Loader,
        crew: &Crew,
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
        let collector = Self {
            name: descriptor.name.as_str().into(),
            descriptor,
            module,
            linked,
            minute: Arc::new(LogMinute::new(&setup.limits)),
            setup,
            grants,
            turn: Mutex::default(),
            states: StateLog::default(),
            took: AtomicU64::new(0),
        };
        let deadline = Instant::now() + collector.setup.limits.deadline;
        let instance = collector.instantiate(deadline, crew);
        let mut settings = collector.setup.settings.iter();
        let instance = instance.map_err(|none| SetupError::Configure {
            collector: collector.descriptor.name.clone(),
            explicit: settings.any(|setting| setting.explicit),
            source: none.failure,
        })?;
        collector.turn().keep(instance);
        Ok(collector)
    }

    /// Collects once without showing it to anybody, before the first request comes. That the host
    /// has nothing of the kind, or that the collector reports a fault, is no failure.
    pub(crate) fn try_out(&self, crew: &Crew) -> Result<(), Failure> {
        let deadline = Instant::now() + self.setup.limits.deadline;
        let instance = self.turn().begin(deadline);
        let (outcome, instance) = self.collect(instance, deadline, crew);
        let mut turn = self.turn();
        if let Some(instance) = instance {
            turn.keep(instance);
        }
        turn.end(Instant::now());
        match outcome.result {
            Err(failure) if failure.spoils_instance() => Err(failure),
            _ => Ok(()),
        }
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
            Next::TurnAway(request) => {
                crew.counters.failed(&self.name, &Failure::Busy);
                self.states.ended(&self.name, &Err(Failure::Busy));
                self.reply(&request, Instant::now(), false, Vec::new(), 0);
            }
        }
    }

    fn turn(&self) -> std::sync::MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn submit(self: &Arc<Self>, request: Request, crew: &Arc<Crew>) {
        let (collector, of_job) = (Arc::clone(self), Arc::clone(crew));
        crew.workers
            .submit(move || collector.run(&request, &of_job));
    }

    /// How long the last run took, in nanoseconds.
    pub(crate) fn took(&self) -> u64 {
        self.took.load(Ordering::Relaxed)
    }

    /// One run on a worker.
    fn run(self: Arc<Self>, request: &Request, crew: &Arc<Crew>) {
        let began = Instant::now();
        let cpu = CpuTime::begin(began);
        let deadline = request.deadline.min(began + self.setup.limits.deadline);
        let instance = self.turn().begin(deadline);
        let release = Release {
            collector: &self,
            crew,
        };
        let (mut outcome, mut instance) = self.collect(instance, deadline, crew);
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
        crew.counters
            .collected(&self.name, &outcome.usage, &outcome.result, &problems);
        self.states.ended(&self.name, &outcome.result);
        self.states.refused(&self.name, &problems);
        if let Some(instance) = instance {
            self.turn().keep(instance);
        }
        // Whoever waits less than the collector may take does not judge over it.
        let cut_short =
            deadline == request.deadline && matches!(outcome.result, Err(Failure::Deadline));
        if let Some(probation) = self.setup.probation.as_ref().filter(|_| !cut_short) {
            probation.ended(&outcome.result);
        }
        drop(release);
        self.reply(
            request,
            began,
            outcome.result.is_ok(),
            families,
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
        families: Vec<validate::Family>,
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
            apart: matches!(self.module.source, Source::File(_)),
            refused,
        };
        request.gather.answer(request.index, collected);
    }

    /// Collects in the standing instance, or in a new one; gives back what can be used again.
    fn collect(
        &self,
        instance: Option<Instance>,
        deadline: Instant,
        crew: &Crew,
    ) -> (Outcome<()>, Option<Instance>) {
        let instance = instance.map_or_else(
            || {
                crew.counters.instantiated(&self.name);
                self.instantiate(deadline, crew)
            },
            Ok,
        );
        let mut instance = match instance {
            Ok(instance) => instance,
            Err(none) => return (none.into(), None),
        };
        let outcome = instance.collect(self.allowance(deadline, crew));
        let spoiled = outcome.result.as_ref().is_err_and(Failure::spoils_instance);
        let worn = match self.setup.lifetime {
            Lifetime::Kept => false,
            Lifetime::Scrapes(most) => instance.collections() >= most,
        };
        (outcome, (!spoiled && !worn).then_some(instance))
    }

    fn instantiate(&self, deadline: Instant, crew: &Crew) -> Result<Instance, NoInstance> {
        let Setup {
            settings,
            limits,
            roots,
            ..
        } = &self.setup;
        let files = Files::new(Arc::clone(roots), self.grants.clone(), limits);
        let (allowance, means) = (self.allowance(deadline, crew), &crew.means);
        let (pre, name, minute) = (&self.linked.0, &self.name, &self.minute);
        let mut instance = Instance::new(pre, name, limits, files, means, minute, allowance)?;
        instance.configure(settings, allowance)?;
        Ok(instance)
    }

    fn allowance<'a>(&self, deadline: Instant, crew: &'a Crew) -> Allowance<'a> {
        Allowance {
            fuel: self.setup.limits.fuel,
            deadline,
            watchdog: &crew.watchdog,
        }
    }
}

/// The files of these patterns, as far as the operator allows them.
pub(crate) fn grants(reads: &[String], setup: &Setup) -> Result<Grants, PatternError> {
    if !setup.policy.interfaces.contains(&Interface::Files) {
        return Ok(Grants::none());
    }
    // Only what the operator wrote opens a directory: a module must not grant itself `/` by a
    // default of its own.
    let values = |name: &str| {
        let setting = setup.settings.iter().find(|setting| setting.name == name)?;
        Some(match setting.explicit {
            true => setting.values.clone(),
            false => Vec::new(),
        })
    };
    Grants::compile(reads, &values)?.within(&setup.policy, &values)
}

/// Ends a turn, also where the host panics, and begins the next one.
struct Release<'a> {
    collector: &'a Arc<Collector>,
    crew: &'a Arc<Crew>,
}

impl Drop for Release<'_> {
    fn drop(&mut self) {
        let next = self.collector.turn().end(Instant::now());
        if let Some(request) = next {
            self.collector.submit(request, self.crew);
        }
    }
}
