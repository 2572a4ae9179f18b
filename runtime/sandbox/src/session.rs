//! A collector that is set up: it is linked with its grants, and keeps an instance between calls.
//!
//! The instance is replaced if a call may have left its memory inconsistent
//! ([`Failure::poisons_instance`]), or at the end of its [`Lifetime`].

mod config;
mod environment;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

pub use self::config::{Lifetime, SessionConfig, SetupError};
pub use self::environment::Environment;
use crate::budget::Budget;
use crate::connections::{ConnectionObserver, Connections, Peers};
use crate::cpu::CpuEnd;
use crate::descriptor::Descriptor;
use crate::failure::Failure;
use crate::files::{Files, Observer};
use crate::grants::{Addresses, Grants};
use crate::host::{Access, Accounts, Called, LogMinute, Random};
use crate::instance::{Allowance, Instance, NoInstance};
pub use crate::instance::{Outcome, Usage};
use crate::module::{Linked, Loader, Module};

/// Deadlines of a call.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// The deadline in wall time.
    pub wall: Instant,
    /// The deadline in CPU time; `None` if that is unlimited.
    pub cpu: Option<CpuEnd>,
}

impl Deadlines {
    /// Limits wall time only.
    #[must_use]
    pub fn at(wall: Instant) -> Self {
        Self { wall, cpu: None }
    }
}

/// A collector that is set up. It keeps one instance. A call while another one runs creates an
/// additional instance.
pub struct Session {
    name: Arc<str>,
    linked: Linked,
    config: SessionConfig,
    grants: Grants,
    addresses: Addresses,
    minute: Arc<LogMinute>,
    budget: Option<Budget>,
    observer: Option<Arc<dyn Observer>>,
    connection_observer: Option<Arc<dyn ConnectionObserver>>,
    peers: Option<Arc<dyn Peers>>,
    random: Random,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    instance: Option<Instance>,
    is_suspended: bool,
    called: Called,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// Links a module with its grants. Creates no instance yet. The memory of its instances counts
    /// towards `budget`, if given.
    ///
    /// # Errors
    /// A path cannot be granted, or an import cannot be linked.
    pub fn new(
        module: &Module,
        descriptor: &Descriptor,
        config: SessionConfig,
        budget: Option<Budget>,
        loader: &Loader,
    ) -> Result<Self, SetupError> {
        let collector = || descriptor.name.clone();
        let grants = (config.grants(&descriptor.reads)).map_err(|source| SetupError::Reads {
            collector: collector(),
            source,
        })?;
        let addresses =
            (config.addresses(&descriptor.connects)).map_err(|source| SetupError::Connects {
                collector: collector(),
                source,
            })?;
        let linked = (module.link(loader, &config.policy.interfaces)).map_err(|source| {
            SetupError::Link {
                collector: collector(),
                source,
            }
        })?;
        Ok(Self {
            name: descriptor.name.as_str().into(),
            linked,
            grants,
            addresses,
            minute: Arc::new(LogMinute::new(&config.limits)),
            config,
            budget,
            observer: None,
            connection_observer: None,
            peers: None,
            random: Random::Fresh,
            kept: Mutex::default(),
        })
    }

    /// Reports each file access to an observer.
    #[must_use]
    pub fn observed(self, observer: Arc<dyn Observer>) -> Self {
        Self {
            observer: Some(observer),
            ..self
        }
    }

    /// Reports each connection to an observer.
    #[must_use]
    pub fn connections_observed(self, observer: Arc<dyn ConnectionObserver>) -> Self {
        Self {
            connection_observer: Some(observer),
            ..self
        }
    }

    /// Connects to these peers instead of the network's.
    #[must_use]
    pub fn with_peers(self, peers: Arc<dyn Peers>) -> Self {
        Self {
            peers: Some(peers),
            ..self
        }
    }

    /// Gives each instance the same random numbers, so that a recorded conversation can be repeated.
    #[must_use]
    pub fn with_constant_random(self) -> Self {
        Self {
            random: Random::Constant,
            ..self
        }
    }

    /// The collector's name.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The operator's configuration.
    #[must_use]
    pub fn config(&self) -> &SessionConfig {
        &self.config
    }

    /// The interfaces whose functions were called so far.
    #[must_use]
    pub fn called(&self) -> Called {
        self.kept().called
    }

    /// Creates the first instance and configures it.
    ///
    /// # Errors
    /// The collector rejects its options or exceeds a limit.
    pub fn begin(&self, deadlines: Deadlines, environment: &Environment) -> Result<(), SetupError> {
        let instance = self.instantiate(deadlines, environment);
        let mut settings = self.config.settings.iter();
        let instance = instance.map_err(|none| SetupError::Configure {
            collector: self.name.to_string(),
            explicit: settings.any(|setting| setting.explicit),
            source: none.failure,
        })?;
        self.keep(instance);
        Ok(())
    }

    /// Collects once, in the kept instance or in a new one.
    pub fn collect(&self, deadlines: Deadlines, environment: &Environment) -> Outcome {
        let kept = self.kept().instance.take();
        let is_new = kept.is_none();
        let instance = kept.map_or_else(|| self.instantiate(deadlines, environment), Ok);
        let mut outcome = match instance {
            Ok(mut instance) => {
                let outcome = instance.collect(self.allowance(deadlines, environment));
                self.keep_unless_worn(instance, &outcome);
                outcome
            }
            Err(none) => none.into(),
        };
        outcome.is_new_instance = is_new;
        outcome
    }

    /// Releases the memory of the kept instance. The next call creates a new one.
    pub fn discard(&self) {
        // Dropped outside of the lock, because that takes a while.
        let instance = self.kept().instance.take();
        drop(instance);
    }

    /// Releases the memory of the kept instance, and keeps no instance until [`Self::resume`].
    pub fn suspend(&self) {
        self.kept().is_suspended = true;
        self.discard();
    }

    /// Keeps instances again.
    pub fn resume(&self) {
        self.kept().is_suspended = false;
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep_unless_worn(&self, instance: Instance, outcome: &Outcome) {
        let is_poisoned = outcome
            .result
            .as_ref()
            .is_err_and(Failure::poisons_instance);
        let is_worn = match self.config.lifetime {
            Lifetime::Kept => false,
            Lifetime::Scrapes(max) => instance.collections() >= max,
        };
        if is_poisoned || is_worn {
            self.kept().called.add(instance.called());
        } else {
            self.keep(instance);
        }
    }

    fn keep(&self, instance: Instance) {
        let mut kept = self.kept();
        kept.called.add(instance.called());
        if kept.is_suspended {
            drop(kept);
            drop(instance);
        } else {
            kept.instance = Some(instance);
        }
    }

    /// Creates an instance and configures it.
    fn instantiate(
        &self,
        deadlines: Deadlines,
        environment: &Environment,
    ) -> Result<Instance, NoInstance> {
        let SessionConfig {
            settings,
            limits,
            roots,
            ..
        } = &self.config;
        let mut files = Files::new(Arc::clone(roots), self.grants.clone(), limits);
        if let Some(observer) = &self.observer {
            files = files.observed(Arc::clone(observer));
        }
        let network = &environment.resources.network;
        let connections = Connections::new(self.addresses.clone(), network, limits)
            .third_party(self.config.policy.guarded)
            .made(self.peers.clone())
            .observed(self.connection_observer.clone());
        let access = Access {
            files,
            connections,
            random: self.random,
        };
        let accounts = Accounts {
            minute: Arc::clone(&self.minute),
            budget: match &self.budget {
                Some(budget) => budget.within(usize::MAX),
                None => Budget::unbounded(),
            },
        };
        let allowance = self.allowance(deadlines, environment);
        let (pre, resources) = (&self.linked.0, &environment.resources);
        let mut instance = Instance::new(
            pre, &self.name, limits, access, resources, accounts, allowance,
        )?;
        instance.configure(settings, allowance)?;
        Ok(instance)
    }

    fn allowance<'a>(&self, deadlines: Deadlines, environment: &'a Environment) -> Allowance<'a> {
        Allowance {
            fuel: self.config.limits.fuel,
            deadline: deadlines.wall,
            cpu: deadlines.cpu,
            watchdog: &environment.watchdog,
        }
    }
}
