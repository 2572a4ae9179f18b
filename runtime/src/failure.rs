//! Why a collector's call did not end well, as a type: the metric's label, the log line and the
//! decision to recycle the instance come from it alone.

use wasmtime::Trap;
use wasmtime::component::ResourceTableError;

/// How one call into a collector failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The collector says that this host has nothing of the kind.
    #[error("collector returned no data")]
    NoData,
    /// The collector says that something is wrong.
    #[error("{0}")]
    Collector(String),
    /// The fuel ran out: too many instructions, or too much work asked of the host.
    #[error("it used up its fuel")]
    OutOfFuel,
    /// The wall time ran out.
    #[error("it did not end before its deadline")]
    Deadline,
    /// It asked for more memory, or larger tables, than it may have.
    #[error("it asked for more {0} than it may have")]
    Memory(&'static str),
    /// It needed memory that all modules together have used up.
    #[error("it needed more memory than all modules together may have")]
    TotalMemory,
    /// Its recursion went too deep.
    #[error("its stack overflowed")]
    Stack,
    /// It emitted more than it may.
    #[error("it emitted more {0} than it may")]
    Output(&'static str),
    /// It read more than it may.
    #[error("it read more {0} than it may")]
    Reads(&'static str),
    /// It called a function of an interface that it is not granted.
    #[error("it called {0}, which it is not granted")]
    Denied(String),
    /// It broke the contract in another way, such as emitting outside of `collect`.
    #[error("it broke the contract: {0}")]
    Contract(String),
    /// It crashed.
    #[error("it crashed: {0}")]
    Trap(String),
    /// It is still in a call that it began for an earlier scrape.
    #[error("it is still busy with an earlier scrape")]
    Busy,
    /// It failed several times in a row and is left out for a while.
    #[error("it is in quarantine after failures in a row")]
    Quarantined,
    /// It used up the CPU time that it has in a minute.
    #[error("it used up the CPU time that it has in a minute")]
    CpuBudget {
        /// Whether that ended a call, as against one that did not begin.
        cut: bool,
    },
    /// The fault is the host's.
    #[error("the host failed: {0}")]
    Host(String),
}

impl Failure {
    /// Every reason there is, for metrics that begin at zero.
    pub const REASONS: [&str; 15] = [
        "no-data",
        "error",
        "out-of-fuel",
        "deadline",
        "memory",
        "stack",
        "output-limit",
        "read-limit",
        "denied",
        "contract",
        "trap",
        "busy",
        "quarantined",
        "cpu-budget",
        "host",
    ];

    /// The flag that raises the limit which was met, where there is one.
    #[must_use]
    pub fn limit(&self) -> Option<&'static str> {
        match self {
            Self::OutOfFuel => Some("--sandbox.fuel"),
            Self::Deadline => Some("--sandbox.deadline"),
            Self::CpuBudget { .. } => Some("--sandbox.cpu-per-minute"),
            Self::Memory("memory") => Some("--sandbox.memory"),
            Self::TotalMemory => Some("--sandbox.total-memory"),
            Self::Output("text") => Some("--sandbox.output-bytes"),
            Self::Output("series") => Some("--sandbox.series"),
            Self::Reads("files") => Some("--sandbox.files"),
            Self::Reads("bytes") => Some("--sandbox.bytes-read"),
            _ => None,
        }
    }

    /// The failure as the label `reason`.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NoData => "no-data",
            Self::Collector(_) => "error",
            Self::OutOfFuel => "out-of-fuel",
            Self::Deadline => "deadline",
            Self::Memory(_) | Self::TotalMemory => "memory",
            Self::Stack => "stack",
            Self::Output(_) => "output-limit",
            Self::Reads(_) => "read-limit",
            Self::Denied(_) => "denied",
            Self::Contract(_) => "contract",
            Self::Trap(_) => "trap",
            Self::Busy => "busy",
            Self::Quarantined => "quarantined",
            Self::CpuBudget { .. } => "cpu-budget",
            Self::Host(_) => "host",
        }
    }

    /// Whether the instance must not be used again: its memory may be half-changed.
    #[must_use]
    pub fn spoils_instance(&self) -> bool {
        !matches!(
            self,
            Self::NoData
                | Self::Collector(_)
                | Self::Busy
                | Self::Quarantined
                | Self::CpuBudget { cut: false }
        )
    }
}

impl Failure {
    /// The failure that an error is, where the guest wrote this to stderr last. The instruction that
    /// compilers put where a program gives up says nothing; all else that ends a guest does.
    pub(crate) fn after(error: wasmtime::Error, last_words: Option<String>) -> Self {
        let gave_up = matches!(error.downcast_ref(), Some(Trap::UnreachableCodeReached));
        match (Self::from(error), last_words) {
            (Self::Trap(_), Some(words)) if gave_up => Self::Trap(words),
            (Self::Trap(reason), Some(words)) => Self::Trap(format!("{reason}: {words}")),
            (failure, _) => failure,
        }
    }
}

/// An end of the call that the host decided on. Travels through wasmtime as an error and comes out
/// as the [`Failure`] that it is.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct Stop(#[from] pub(crate) Failure);

impl From<wasmtime::Error> for Failure {
    fn from(error: wasmtime::Error) -> Self {
        if let Some(Stop(failure)) = error.downcast_ref() {
            return failure.clone();
        }
        if let Some(exit) = error.downcast_ref::<wasmtime_wasi::I32Exit>() {
            return Self::Trap(format!("it ended itself with exit code {}", exit.0));
        }
        if let Some(ResourceTableError::Full) = error.downcast_ref() {
            return Self::Memory("handles");
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => Self::OutOfFuel,
            Some(Trap::Interrupt) => Self::Deadline,
            Some(Trap::StackOverflow) => Self::Stack,
            Some(Trap::AllocationTooLarge) => Self::Memory("memory"),
            Some(trap) => Self::Trap(trap.to_string()),
            // What is left is the guest's too: values that do not lift, handles that do not exist.
            None => Self::Contract(format!("{:#}", error.root_cause())),
        }
    }
}
