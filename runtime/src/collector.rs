//! One collector of the registry: what it is, what it may, and its standing instance.
//!
//! A collector runs once at a time. Requests that come while it runs wait for their turn; once it
//! is beyond its deadline, which means that it hangs inside the host, they are turned away.

mod turn;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use self::turn::{Next, Turn};
use crate::crew::Crew;
use crate::descriptor::{Descriptor, Setting};
use crate::failure::Failure;
use crate::files::{Files, Roots};
use crate::grants::{Grants, PatternError};
use crate::instance::{Allowance, Instance, Outcome, Usage};
use crate::limits::Limits;
use crate::load::Module;
use crate::scrape::gather::Gather;
use crate::state_log::StateLog;
use crate::validate::{self, validate};
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
#[derive(Debug, Clone)]
pub struct Setup {
    /// Its options.
    pub settings: Vec<Setting>,
    /// What it may spend.
    pub limits: Arc<Limits>,
    /// How long its instances live.
    pub lifetime: Lifetime,
    /// The trees below which it reads.
    pub roots: Arc<Roots>,
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
    /// It does not take its options.
    #[error("collector {collector} does not take its options")]
    Configure {
        /// The collector.
        collector: String,
        /// What it says.
        #[source]
        source: Failure,
    },
}

/// A collector that takes part in scrapes.
#[derive(Debug)]
pub struct Collector {
    /// What it says of itself.
    pub descriptor: Descriptor,
    /// Its machine code and where that comes from.
    pub module: Module,
    name: Arc<str>,
    setup: Setup,
    grants: Grants,
    turn: Mutex<Turn>,
    states: StateLog,
}

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
            refused: 0,
        }
    }
}

impl Collector {
    /// Makes the collector with its first instance, and gives it its options.
    ///
    /// # Errors
    /// Where it asks for paths that cannot be granted, or refuses its options.
    pub fn new(
        module: Module,
        descriptor: Descriptor,
        setup: Setup,
        crew: &Crew,
    ) -> Result<Self, SetupError> {
        // Only what the operator wrote opens a directory: a module must not grant itself `/` by a
        // default of its own.
        let values = |name: &str| {
            let setting = setup.settings.iter().find(|setting| setting.name == name)?;
            Some(if setting.explicit {
                setting.values.clone()
            } else {
                Vec::new()
            })
        };
        let grants = Grants::compile(&descriptor.reads, &values);
        let grants = grants.map_err(|source| SetupError::Reads {
            collector: descriptor.name.clone(),
            source,
        })?;
        let collector = Self {
            name: descriptor.name.as_str().into(),
            descriptor,
            module,
            setup,
            grants,
            turn: Mutex::default(),
            states: StateLog::default(),
        };
        let deadline = Instant::now() + collector.setup.limits.deadline;
        let instance =
            collector
                .instantiate(deadline, crew)
                .map_err(|source| SetupError::Configure {
                    collector: collector.descriptor.name.clone(),
                    source,
                })?;
        collector.turn().keep(instance);
        Ok(collector)
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

    /// One run on a worker.
    fn run(self: Arc<Self>, request: &Request, crew: &Arc<Crew>) {
        let began = Instant::now();
        let deadline = request.deadline.min(began + self.setup.limits.deadline);
        let instance = self.turn().begin(deadline);
        let release = Release {
            collector: &self,
            crew,
        };
        let (outcome, instance) = self.collect(instance, deadline, crew);
        let (families, problems) = validate(outcome.families, &self.setup.limits);
        crew.counters
            .collected(&self.name, &outcome.usage, &outcome.result, &problems);
        self.states.ended(&self.name, &outcome.result);
        self.states.refused(&self.name, &problems);
        if let Some(instance) = instance {
            self.turn().keep(instance);
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

    fn reply(
        &self,
        request: &Request,
        began: Instant,
        success: bool,
        families: Vec<validate::Family>,
        refused: usize,
    ) {
        let collected = Collected {
            collector: Arc::clone(&self.name),
            duration: began.elapsed(),
            success,
            families,
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
            Err(failure) => {
                let outcome = Outcome {
                    result: Err(failure),
                    families: Vec::new(),
                    usage: Usage::default(),
                };
                return (outcome, None);
            }
        };
        let outcome = instance.collect(self.allowance(deadline, crew));
        let spoiled = outcome.result.as_ref().is_err_and(Failure::spoils_instance);
        let worn = match self.setup.lifetime {
            Lifetime::Kept => false,
            Lifetime::Scrapes(most) => instance.collections() >= most,
        };
        (outcome, (!spoiled && !worn).then_some(instance))
    }

    fn instantiate(&self, deadline: Instant, crew: &Crew) -> Result<Instance, Failure> {
        let Setup {
            settings,
            limits,
            roots,
            ..
        } = &self.setup;
        let files = Files::new(Arc::clone(roots), self.grants.clone(), limits);
        let allowance = self.allowance(deadline, crew);
        let mut instance = Instance::new(&self.module.pre, &self.name, limits, files, allowance)?;
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
