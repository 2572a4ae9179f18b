//! A dry run: one collector on its own, without a server, run any number of times in the usual sandbox
//! while its file accesses are logged.
//!
//! The files that it read can be written as a recording: a directory with `proc`, `sys`, `rootfs` and, if
//! the host has it, `udev`, that shows a collector what this host showed it
//! ([`firepit_sandbox::files::Roots::replay`]). Files have the content of the last read, links are links,
//! and files that were only listed or queried are empty, or have the size that they had. Directories that
//! options name are below `rootfs`. What the kernel refused or failed to read is missing. Conversations with
//! services are in `connections`, one text each; a replay repeats them and reaches no service. What a
//! collector learns by other means, such as the time or the host's name, is not recorded.

mod access_log;
mod connection_log;
mod conversation;
mod denied;
mod details;
mod options;
mod readme;
mod replay;
mod statistics;
mod tree;
mod used;
mod write;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::access_log::AccessLog;
pub use self::access_log::{Paths, Seen};
use self::connection_log::ConnectionLog;
pub use self::connection_log::{Connected, SeenConnections};
use self::conversation::Conversation;
pub use self::conversation::TextError;
pub use self::options::{OptionError, settings};
use self::replay::Replay;
pub use self::replay::ReplayError;
pub use self::statistics::{Outcomes, Statistics, Streak};
pub use self::used::{AddressUse, PatternUse};
pub use self::write::RecordError;
use self::write::Target;
use crate::collectors::Setup;
use crate::executor::Executor;
use crate::transform::{Transform, Transformed};
use firepit_exposition::encode::{Format, encode};
use firepit_exposition::merge::{Part, merge};
use firepit_exposition::record;
use firepit_sandbox::budget::Hold;
use firepit_sandbox::descriptor::Descriptor;
use firepit_sandbox::failure::Failure;
use firepit_sandbox::grants::Interface;
use firepit_sandbox::host::Skips;
use firepit_sandbox::module::{Loader, Module};
use firepit_sandbox::session::{Deadlines, Outcome, Session, SetupError};

#[cfg(test)]
mod tests;

/// Maximum number of runs.
pub const MAX_RUNS: u64 = 1_000_000;

/// What to run, and how.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// The module.
    pub module: &'a Module,
    /// Its descriptor.
    pub descriptor: &'a Descriptor,
    /// The directory, empty or missing, in which its reads and conversations are recorded.
    pub record: Option<&'a Path>,
    /// The recording whose conversations it has. Its files are those of the setup's roots.
    pub replay: Option<&'a Path>,
}

impl<'a> Plan<'a> {
    /// Runs a module on this host, and records nothing.
    #[must_use]
    pub fn new(module: &'a Module, descriptor: &'a Descriptor) -> Self {
        Self {
            module,
            descriptor,
            record: None,
            replay: None,
        }
    }
}

/// Why there is no dry run.
#[derive(Debug, thiserror::Error)]
pub enum DryRunError {
    /// The collector cannot be set up.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// Its files cannot be recorded.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Recorded conversations cannot be replayed.
    #[error(transparent)]
    Replay(#[from] ReplayError),
}

/// A collector that is ready to run.
#[derive(Debug)]
pub struct DryRun<'a> {
    plan: Plan<'a>,
    executor: &'a Executor,
    session: Session,
    transform: Transform,
    access_log: Arc<AccessLog>,
    connection_log: Arc<ConnectionLog>,
    target: Option<Target>,
    instances: u64,
}

/// The result of a dry run.
#[derive(Debug)]
pub struct Report {
    /// The metrics that a scrape would expose from the last run.
    pub page: Vec<u8>,
    /// The families that a scrape would drop from the last run, each with the reason.
    pub refused: Vec<String>,
    /// What families of the last run have that the text format does not show.
    pub details: Vec<String>,
    /// The values that the last run skipped.
    pub skips: Skips,
    /// How the runs ended.
    pub outcomes: Outcomes,
    /// How the last run ended.
    pub last: Result<(), Failure>,
    /// What the runs used.
    pub spent: ResourceUse,
    /// The files that it asked for.
    pub seen: Seen,
    /// The services that it connected to.
    pub connections: SeenConnections,
    /// Why addresses were denied, and what grants them to a run. In the order of
    /// [`SeenConnections::denied`].
    pub denied_connections: Vec<(String, String)>,
    /// The interfaces whose functions it called, including the setup of its first instance.
    pub called: BTreeSet<Interface>,
}

impl Report {
    /// The problem of a last run that succeeded: dropped families, or no families at all.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match (&self.last, self.refused.len()) {
            (Err(_), _) => None,
            (Ok(()), 0) if self.page.is_empty() => Some("it emitted nothing".to_owned()),
            (Ok(()), 0) => None,
            (Ok(()), 1) => Some("1 family is refused or dropped, see below".to_owned()),
            (Ok(()), more) => Some(format!("{more} families are refused or dropped, see below")),
        }
    }
}

/// What the runs used, one number for each run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResourceUse {
    /// Number of instances.
    pub instances: u64,
    /// Fuel.
    pub fuel: Statistics,
    /// Wall time in nanoseconds.
    pub wall: Statistics,
    /// Peak memory that the host held for it, in bytes.
    pub memory: Statistics,
    /// Calls of host functions.
    pub host_calls: Statistics,
    /// Files and directories opened.
    pub files_opened: Statistics,
    /// Bytes read from files.
    pub bytes_read: Statistics,
    /// Requests for paths that were not granted.
    pub denied: Statistics,
    /// Connections and datagram exchanges begun.
    pub connections: Statistics,
    /// Bytes sent and received by connections.
    pub connection_bytes: Statistics,
    /// Bytes of log messages beyond the limit.
    pub log_bytes_dropped: Statistics,
}

impl<'a> DryRun<'a> {
    /// Creates and configures the first instance. If the run is recorded or replayed, its random numbers
    /// are the same in every run.
    ///
    /// # Errors
    /// If patterns or addresses cannot be granted, the collector rejects its options, or a directory of
    /// the plan cannot be used.
    pub fn new(
        plan: Plan<'a>,
        setup: Setup,
        loader: &Loader,
        executor: &'a Executor,
    ) -> Result<Self, DryRunError> {
        let Plan {
            module, descriptor, ..
        } = plan;
        let budget = executor.memory.of_module(&module.source);
        let access_log = Arc::new(AccessLog::new(plan.record.is_some()));
        let connection_log = Arc::new(ConnectionLog::new(plan.record.is_some()));
        let observer: Arc<AccessLog> = Arc::clone(&access_log);
        let of_connections: Arc<ConnectionLog> = Arc::clone(&connection_log);
        let mut session = Session::new(module, descriptor, setup.session, budget, loader)?
            .observed(observer)
            .connections_observed(of_connections);
        if plan.record.is_some() || plan.replay.is_some() {
            session = session.with_constant_random();
        }
        if let Some(recording) = plan.replay {
            session = session.with_peers(Arc::new(Replay::read(recording)?));
        }
        let dry_run = Self {
            plan,
            executor,
            session,
            transform: setup.transform,
            access_log,
            connection_log,
            target: None,
            instances: 1,
        };
        let begun = dry_run
            .session
            .begin(dry_run.deadlines(), &executor.environment);
        begun.map_err(SetupError::as_explicit)?;
        let target = plan.record.map(Target::prepare).transpose()?;
        Ok(Self { target, ..dry_run })
    }

    /// Collects this many times, at least once and at most [`MAX_RUNS`] times.
    pub fn run(&mut self, repeat: u64) -> Report {
        let mut outcomes = Outcomes::default();
        let mut spent = ResourceUse::default();
        let mut last = self.collect();
        for _ in 1..repeat.min(MAX_RUNS) {
            spent.add(&last);
            outcomes.add(&last.outcome.result);
            last = self.collect();
        }
        spent.add(&last);
        spent.instances = self.instances;
        outcomes.add(&last.outcome.result);
        let Shown {
            page,
            refused,
            details,
        } = self.show(last.outcome.families, &mut last.outcome.held);
        let connections = self.connection_log.seen();
        Report {
            page,
            refused,
            details,
            skips: last.outcome.skips,
            outcomes,
            last: last.outcome.result,
            spent,
            seen: self.access_log.seen(),
            denied_connections: self.denied_connections(&connections),
            connections,
            called: self.session.called().interfaces(),
        }
    }

    /// Writes the recording, if one was requested. Returns how many entries were left out because there
    /// were too many.
    ///
    /// # Errors
    /// If the file system reports an error.
    pub fn write_recording(&self) -> Result<u64, RecordError> {
        let Some(target) = &self.target else {
            return Ok(0);
        };
        let seen = self.access_log.seen();
        let conversations = |conversations: &[Conversation], left_out| {
            (
                conversations.iter().map(conversation::text).collect(),
                left_out,
            )
        };
        let (conversations, cut): (Vec<String>, u64) =
            self.connection_log.with_conversations(conversations);
        let written = self.access_log.with_tree(|tree| {
            let Plan {
                module, descriptor, ..
            } = self.plan;
            let settings = &self.session.config().settings;
            let left_out = tree.left_out().saturating_add(cut);
            let readme = readme::text(module, descriptor, settings, &seen, left_out);
            target.write(tree, &conversations, &readme)?;
            Ok(left_out)
        });
        written.unwrap_or(Ok(0))
    }

    /// Runs once, in the standing instance or in a new one.
    fn collect(&mut self) -> Run {
        let began = Instant::now();
        let outcome = self
            .session
            .collect(self.deadlines(), &self.executor.environment);
        self.instances += u64::from(outcome.is_new_instance);
        Run {
            wall: began.elapsed(),
            outcome,
        }
    }

    fn deadlines(&self) -> Deadlines {
        Deadlines::at(Instant::now() + self.session.config().limits.deadline)
    }

    /// The response of a run, and what is missing from it. Names are as the collector wrote them, in
    /// quotes where they need them.
    fn show(&self, families: Vec<record::Family>, held: &mut Hold) -> Shown {
        let config = self.session.config();
        let transformed = self.transform.apply(families, config, held, || true);
        let Transformed {
            families,
            problems,
            failure,
        } = transformed.unwrap_or_default();
        let merged = merge([Part {
            source: Arc::clone(self.session.name()),
            exclusive: true,
            families,
        }]);
        let mut refused: Vec<String> = problems.iter().map(ToString::to_string).collect();
        refused.extend(merged.conflicts.iter().map(ToString::to_string));
        refused.extend(failure.map(|failure| format!("further families: {failure}")));
        let page = encode(&merged.families, Format::Text004).unwrap_or_else(|error| {
            refused.push(format!("all families: {error}"));
            Vec::new()
        });
        Shown {
            page,
            refused,
            details: merged.families.iter().filter_map(details::of).collect(),
        }
    }
}

/// The response of a run, and what is missing from it.
struct Shown {
    page: Vec<u8>,
    refused: Vec<String>,
    details: Vec<String>,
}

/// One run.
struct Run {
    wall: Duration,
    outcome: Outcome,
}

impl ResourceUse {
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
        self.connections.add(usage.connections);
        self.connection_bytes.add(usage.connection_bytes);
        self.log_bytes_dropped.add(usage.log_bytes_dropped);
    }
}
