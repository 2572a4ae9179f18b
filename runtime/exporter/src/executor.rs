//! Worker threads, watchdog, counters and memory budgets, shared by all collectors.
//!
//! There are four thread pools, so that no built-in collector waits for a third-party module, and none that
//! reads files for a service: one runs the built-in collectors and builds responses, one runs built-in
//! collectors that connect to services, one runs third-party modules, and one thread runs trials of new
//! versions.

mod workers;

use std::ffi::OsString;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use tokio::sync::oneshot;

use self::workers::Workers;
use crate::memory::MemoryBudgets;
use crate::self_metrics::Counters;
use firepit_sandbox::budget::Budget;
use firepit_sandbox::connections::OwnListener;
use firepit_sandbox::limits::Limits;
use firepit_sandbox::module::{Described, LoadError, Loader, Module};
use firepit_sandbox::session::Environment;

/// Maximum number of concurrent third-party runs, not counting replaced workers. More than there are CPUs,
/// because most slow runs sleep or wait.
const MAX_THIRD_PARTY: usize = 16;

/// Maximum number of concurrent runs of built-in collectors that connect to services. There are fewer such
/// collectors.
const MAX_CONNECTING: usize = 16;

/// Threads, watchdog and counters. One per program.
#[derive(Debug)]
pub struct Executor {
    /// For built-in collectors and responses.
    pub(crate) workers: Workers,
    /// For built-in collectors that connect to services.
    pub(crate) connecting: Workers,
    /// For third-party modules.
    pub(crate) third_party: Workers,
    /// For the setup and trials of collectors.
    pub(crate) trials: Workers,
    pub(crate) counters: Counters,
    pub(crate) environment: Environment,
    pub(crate) memory: MemoryBudgets,
}

impl Executor {
    /// Starts the watchdog, and `processors` workers, or as many as there are CPUs. Further threads start when they are
    /// needed. Asynchronous host code that guests reach runs on `runtime`. `tz` is the environment
    /// variable `TZ`.
    ///
    /// # Errors
    /// If the system cannot start a thread.
    pub fn start(
        loader: &Loader,
        runtime: tokio::runtime::Handle,
        tz: Option<OsString>,
        processors: Option<NonZeroUsize>,
    ) -> io::Result<Self> {
        let number = match processors {
            Some(number) => number.get(),
            None => thread::available_parallelism().map_or(1, Into::into),
        };
        let workers = Workers::start(number, runtime.clone())?;
        let connecting = Workers::as_needed("service", MAX_CONNECTING, runtime.clone());
        let third_party = Workers::as_needed("module", MAX_THIRD_PARTY, runtime.clone());
        let trials = Workers::as_needed("trial", 1, runtime);
        let replace_blocked =
            [&workers, &connecting, &third_party, &trials].map(Workers::replace_blocked);
        let environment = Environment::start(loader, tz, move || {
            replace_blocked
                .iter()
                .for_each(|spawn_replacements| spawn_replacements());
        })?;
        Ok(Self {
            workers,
            connecting,
            third_party,
            trials,
            counters: Counters::new(),
            environment,
            memory: MemoryBudgets::default(),
        })
    }

    /// Describes a module in the sandbox.
    ///
    /// # Errors
    /// If it does not answer, or breaks a rule of the contract.
    pub fn describe(&self, module: Module, limits: &Arc<Limits>) -> Result<Described, LoadError> {
        let budget = match self.memory.of_module(&module.source) {
            Some(budget) => budget.within(usize::MAX),
            None => Budget::unbounded(),
        };
        Described::new(module, limits, self.environment.watchdog(), budget)
    }

    /// Waits until one of the workers that run built-in collectors and build responses has done a job that does nothing.
    /// False if none ever will.
    pub async fn answers(&self) -> bool {
        let (done, answer) = oneshot::channel();
        self.workers.submit(move || {
            // The one who asked may have given up.
            let _ = done.send(());
        });
        answer.await.is_ok()
    }

    /// Sets the program's own listeners, which collectors reach only if the operator wrote their address.
    pub fn set_own_listeners(&self, listeners: Vec<OwnListener>) {
        self.environment.set_own_listeners(listeners);
    }

    /// Memory budgets of all modules and all responses.
    #[must_use]
    pub fn memory(&self) -> &MemoryBudgets {
        &self.memory
    }

    /// The counters, for parts of the program that have counters of their own.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
}
