//! One collector by itself, outside of any server: run some times in the same sandbox as ever, with
//! somebody who looks on at what it reads.
//!
//! What it read can be kept as a recording: a directory with `proc`, `sys`, `rootfs` and, where
//! the host has it, `udev` in it that shows a collector what this host showed it ([`crate::files::Roots::replay`]). Files are
//! as they were when they were read last, links are links, and what was only listed or asked about
//! stands there as an empty file, or as one of the same size. Directories that options name are
//! below `rootfs`. What the kernel refused or failed to read is not there. What a collector learns
//! otherwise than from files, such as the time or the name of the host, is not recorded.

mod options;
mod readme;
mod tally;
mod tree;
mod used;
mod witness;
mod write;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use self::options::{OptionError, settings};
pub use self::tally::{Endings, Stretch, Tally};
pub use self::used::Use;
use self::witness::Witness;
pub use self::witness::{Paths, Seen};
pub use self::write::RecordError;
use self::write::Target;
use crate::collector::{self, Lifetime, Setup, SetupError};
use crate::crew::Crew;
use crate::descriptor::Descriptor;
use crate::encode::encode;
use crate::failure::Failure;
use crate::files::Files;
use crate::grants::{Grants, Interface};
use crate::host::{Accounts, Called, LogMinute};
pub use crate::host::{Skip, Skips};
use crate::instance::{Allowance, Instance, NoInstance, Outcome};
use crate::load::{Linked, Loader, Module};
use crate::merge::{Part, merge};
use crate::record;
use crate::validate::{prefix, reserved, validate};

#[cfg(test)]
mod tests;

/// Most runs of one rehearsal.
pub const MOST_RUNS: u64 = 1_000_000;

/// What is rehearsed, and how.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The module.
    pub module: &'a Module,
    /// What it says of itself.
    pub descriptor: &'a Descriptor,
    /// What the operator decided about it.
    pub setup: Setup,
}

/// Why there is no rehearsal.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// The collector cannot be set up.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// What it reads cannot be recorded.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// A collector that is ready to run.
#[derive(Debug)]
pub struct Rehearsal<'a> {
    plan: Plan<'a>,
    crew: &'a Crew,
    name: Arc<str>,
    linked: Linked,
    minute: Arc<LogMinute>,
    grants: Grants,
    witness: Arc<Witness>,
    target: Option<Target>,
    instance: Option<Instance>,
    instances: u64,
    called: Called,
}

/// What came of a rehearsal.
#[derive(Debug)]
pub struct Report {
    /// What a scrape would show of the last run.
    pub page: Vec<u8>,
    /// What a scrape would leave out of the last run: families, each with the reason.
    pub refused: Vec<String>,
    /// The values that the last run left out.
    pub skips: Skips,
    /// How the runs ended.
    pub endings: Endings,
    /// How the last run ended.
    pub last: Result<(), Failure>,
    /// What the runs used.
    pub spent: Spent,
    /// The files that it asked for.
    pub seen: Seen,
    /// The interfaces of which it called functions, its first instance's beginning included.
    pub called: BTreeSet<Interface>,
}

impl Report {
    /// What is wrong although the last run went well: families that no scrape would show, or none at
    /// all.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match (&self.last, self.refused.len()) {
            (Err(_), _) => None,
            (Ok(()), 0) if self.page.is_empty() => Some("it emitted nothing".to_owned()),
            (Ok(()), 0) => None,
            (Ok(()), 1) => Some("1 family is refused or left out, see below".to_owned()),
            (Ok(()), more) => Some(format!(
                "{more} families are refused or left out, see below"
            )),
        }
    }
}

/// What runs used, one number for each of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spent {
    /// Instances made.
    pub instances: u64,
    /// Fuel.
    pub fuel: Tally,
    /// Wall time in nanoseconds.
    pub wall: Tally,
    /// The most bytes at a time that the host held for it.
    pub memory: Tally,
    /// Calls of the host's functions.
    pub host_calls: Tally,
    /// Files and directories opened.
    pub files_opened: Tally,
    /// Bytes read from files.
    pub bytes_read: Tally,
    /// Paths asked for that were not granted.
    pub denied: Tally,
    /// Bytes of log messages beyond the cap.
    pub log_bytes_dropped: Tally,
}

impl<'a> Rehearsal<'a> {
    /// Makes the first instance and gives it its options. What it reads is recorded in the
    /// directory `record`, which must be empty or missing.
    ///
    /// # Errors
    /// Patterns that cannot be granted, options that the collector refuses, a directory that cannot
    /// be recorded into.
    pub fn new(
        plan: Plan<'a>,
        record: Option<&Path>,
        loader: &Loader,
        crew: &'a Crew,
    ) -> Result<Self, RehearsalError> {
        let collector = &plan.descriptor.name;
        let linked = plan.module.link(loader, &plan.setup.policy.interfaces);
        let linked = linked.map_err(|source| SetupError::Link {
            collector: collector.clone(),
            source,
        })?;
        let grants = collector::grants(&plan.descriptor.reads, &plan.setup);
        let grants = grants.map_err(|source| SetupError::Reads {
            collector: collector.clone(),
            source,
        })?;
        let mut rehearsal = Self {
            crew,
            name: collector.as_str().into(),
            linked,
            minute: Arc::new(LogMinute::new(&plan.setup.limits)),
            grants,
            witness: Arc::new(Witness::new(record.is_some())),
            target: None,
            instance: None,
            instances: 0,
            called: Called::default(),
            plan,
        };
        let instance = rehearsal.instantiate(rehearsal.deadline());
        rehearsal.instance = Some(instance.map_err(|none| SetupError::Configure {
            collector: rehearsal.plan.descriptor.name.clone(),
            explicit: true,
            source: none.failure,
        })?);
        rehearsal.target = record.map(Target::prepare).transpose()?;
        Ok(rehearsal)
    }

    /// Collects so many times, once at least and [`MOST_RUNS`] times at most.
    pub fn run(&mut self, repeat: u64) -> Report {
        let mut endings = Endings::default();
        let mut spent = Spent::default();
        let mut last = self.collect();
        for _ in 1..repeat.min(MOST_RUNS) {
            spent.add(&last);
            endings.add(&last.outcome.result);
            last = self.collect();
        }
        spent.add(&last);
        spent.instances = self.instances;
        endings.add(&last.outcome.result);
        let (page, refused) = self.show(last.outcome.families);
        Report {
            page,
            refused,
            skips: last.outcome.skips,
            endings,
            last: last.outcome.result,
            spent,
            seen: self.witness.seen(),
            called: self.called.interfaces(),
        }
    }

    /// Writes the recording, where one was asked for. Returns how many things there was no room
    /// for.
    ///
    /// # Errors
    /// What the file system says against it.
    pub fn write_recording(&self) -> Result<u64, RecordError> {
        let Some(target) = &self.target else {
            return Ok(0);
        };
        let seen = self.witness.seen();
        let written = self.witness.with_tree(|tree| {
            let Plan {
                module, descriptor, ..
            } = self.plan;
            let readme = readme::text(module, descriptor, &self.plan.setup, &seen, tree.left_out());
            target.write(tree, &readme)?;
            Ok(tree.left_out())
        });
        written.unwrap_or(Ok(0))
    }

    /// One run, in the standing instance or in a new one.
    fn collect(&mut self) -> Run {
        let began = Instant::now();
        let deadline = self.deadline();
        let instance = match self.instance.take() {
            Some(instance) => Ok(instance),
            None => self.instantiate(deadline),
        };
        let mut instance = match instance {
            Ok(instance) => instance,
            Err(none) => {
                return Run {
                    wall: began.elapsed(),
                    outcome: none.into(),
                };
            }
        };
        let outcome = instance.collect(self.allowance(deadline));
        self.called.add(instance.called());
        let wall = began.elapsed();
        let spoiled = outcome.result.as_ref().is_err_and(Failure::spoils_instance);
        let worn = match self.plan.setup.lifetime {
            Lifetime::Kept => false,
            Lifetime::Scrapes(most) => instance.collections() >= most,
        };
        self.instance = (!spoiled && !worn).then_some(instance);
        Run { wall, outcome }
    }

    fn instantiate(&mut self, deadline: Instant) -> Result<Instance, NoInstance> {
        self.instances += 1;
        let Setup {
            settings,
            limits,
            roots,
            ..
        } = &self.plan.setup;
        let witness: Arc<Witness> = Arc::clone(&self.witness);
        let files = Files::new(Arc::clone(roots), self.grants.clone(), limits).observed(witness);
        let (allowance, means) = (self.allowance(deadline), &self.crew.means);
        let accounts = Accounts {
            minute: Arc::clone(&self.minute),
            budget: self.crew.room.of_instance(&self.plan.module.source),
        };
        let (pre, name) = (&self.linked.0, &self.name);
        let mut instance = Instance::new(pre, name, limits, files, means, accounts, allowance)?;
        instance.configure(settings, allowance)?;
        Ok(instance)
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.plan.setup.limits.deadline
    }

    fn allowance(&self, deadline: Instant) -> Allowance<'a> {
        Allowance {
            fuel: self.plan.setup.limits.fuel,
            deadline,
            cpu: None,
            watchdog: &self.crew.watchdog,
        }
    }

    /// The page of a run, and what is not on it.
    fn show(&self, families: Vec<record::Family>) -> (Vec<u8>, Vec<String>) {
        let Setup {
            limits,
            prefix,
            policy,
            ..
        } = &self.plan.setup;
        let mut families = families;
        let mut problems = prefix::apply(&mut families, prefix.as_ref());
        problems.extend(reserved::apply(&mut families, &policy.names));
        let (families, broken) = validate(families, limits);
        problems.extend(broken);
        let merged = merge([Part {
            source: Arc::clone(&self.name),
            apart: true,
            families,
        }]);
        let mut refused: Vec<String> = problems.iter().map(ToString::to_string).collect();
        refused.extend(merged.conflicts.iter().map(ToString::to_string));
        let page = encode(&merged.families).unwrap_or_else(|error| {
            refused.push(format!("all families: {error}"));
            Vec::new()
        });
        (page, refused)
    }
}

/// One run.
struct Run {
    wall: Duration,
    outcome: Outcome<()>,
}

impl Spent {
    fn add(&mut self, run: &Run) {
        let usage = &run.outcome.usage;
        self.wall
            .add(u64::try_from(run.wall.as_nanos()).unwrap_or(u64::MAX));
        self.fuel.add(usage.fuel);
        self.memory.add(usage.memory_bytes);
        self.host_calls.add(usage.host_calls);
        self.files_opened.add(usage.files_opened);
        self.bytes_read.add(usage.bytes_read);
        self.denied.add(usage.denied);
        self.log_bytes_dropped.add(usage.log_bytes_dropped);
    }
}
