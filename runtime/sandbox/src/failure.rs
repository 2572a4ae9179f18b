//! The ways in which a collector's call fails. The metric's label, the log line and the decision to
//! recycle the instance depend only on this type.

use wasmtime::Trap;
use wasmtime::component::ResourceTableError;

/// How one call into a collector failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The collector reports that the host lacks this feature.
    #[error("collector returned no data")]
    NoData,
    /// The collector reports an error.
    #[error("{0}")]
    Collector(String),
    /// The fuel ran out: too many instructions, or too much work by the host.
    #[error("used up its fuel")]
    OutOfFuel,
    /// The wall time ran out.
    #[error("did not finish before its deadline")]
    Deadline,
    /// The collector asked for more memory, or larger tables, than its limit.
    #[error("exceeded its limit of {0}")]
    Memory(&'static str),
    /// The collector needed memory beyond the limit of all modules together.
    #[error("exceeded the memory limit of all modules together")]
    TotalMemory,
    /// The recursion was too deep.
    #[error("stack overflow")]
    Stack,
    /// The collector emitted more than its limit.
    #[error("exceeded its output limit of {0}")]
    Output(&'static str),
    /// The collector read more than its limit.
    #[error("exceeded its read limit of {0}")]
    Reads(&'static str),
    /// The collector opened more connections, or sent and received more, than its limit.
    #[error("exceeded its connection limit of {0}")]
    Connections(&'static str),
    /// The collector called a function of an interface that is not granted.
    #[error("called {0}, which is not granted")]
    Denied(String),
    /// The collector broke the contract in another way, such as emitting outside of `collect`.
    #[error("broke the contract: {0}")]
    Contract(String),
    /// The collector crashed.
    #[error("crashed: {0}")]
    Trap(String),
    /// The collector is still in a call of an earlier scrape.
    #[error("still busy with an earlier scrape")]
    Busy,
    /// The collector failed several times in a row and is suspended for a while.
    #[error("in quarantine after repeated failures")]
    Quarantined,
    /// The collector used up its CPU time per minute.
    #[error("used up its CPU time for this minute")]
    CpuBudget {
        /// Whether the call was interrupted; otherwise it was not started.
        interrupted: bool,
    },
    /// The host failed.
    #[error("host error: {0}")]
    Host(String),
}

impl Failure {
    /// All reasons, for metrics that start at zero.
    pub const REASONS: [&str; 16] = [
        "no-data",
        "error",
        "out-of-fuel",
        "deadline",
        "memory",
        "stack",
        "output-limit",
        "read-limit",
        "connection-limit",
        "denied",
        "contract",
        "trap",
        "busy",
        "quarantined",
        "cpu-budget",
        "host",
    ];

    /// The limit that was exceeded, by its name in the configuration, if there is one.
    #[must_use]
    pub fn limit(&self) -> Option<&'static str> {
        match self {
            Self::OutOfFuel => Some("fuel"),
            Self::Deadline => Some("deadline"),
            Self::CpuBudget { .. } => Some("cpu-per-minute"),
            Self::Memory("memory") => Some("memory"),
            Self::TotalMemory => Some("total-memory"),
            Self::Output("text") => Some("output-bytes"),
            Self::Output("series") => Some("series"),
            Self::Reads("files") => Some("files"),
            Self::Reads("bytes") => Some("bytes-read"),
            Self::Connections("connections") => Some("connections"),
            Self::Connections("bytes") => Some("connection-bytes"),
            _ => None,
        }
    }

    /// The value of the label `reason`.
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
            Self::Connections(_) => "connection-limit",
            Self::Denied(_) => "denied",
            Self::Contract(_) => "contract",
            Self::Trap(_) => "trap",
            Self::Busy => "busy",
            Self::Quarantined => "quarantined",
            Self::CpuBudget { .. } => "cpu-budget",
            Self::Host(_) => "host",
        }
    }

    /// Whether the instance must not be used again, because its memory may be inconsistent.
    #[must_use]
    pub fn poisons_instance(&self) -> bool {
        !matches!(
            self,
            Self::NoData
                | Self::Collector(_)
                | Self::Busy
                | Self::Quarantined
                | Self::CpuBudget { interrupted: false }
        )
    }
}

impl Failure {
    /// Converts an error; `last_stderr_line` is the guest's last output. Compilers place an
    /// `unreachable` instruction where a program aborts, so that trap carries no information of its
    /// own; all other traps do.
    pub(crate) fn after(error: wasmtime::Error, last_stderr_line: Option<String>) -> Self {
        let aborted = matches!(error.downcast_ref(), Some(Trap::UnreachableCodeReached));
        match (Self::from(error), last_stderr_line) {
            (Self::Trap(_), Some(line)) if aborted => Self::Trap(line),
            (Self::Trap(reason), Some(line)) => Self::Trap(format!("{reason}: {line}")),
            (failure, _) => failure,
        }
    }
}

/// A call ended by the host. It passes through wasmtime as an error and is converted back to its
/// [`Failure`].
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct Stop(#[from] pub(crate) Failure);

impl From<wasmtime::Error> for Failure {
    fn from(error: wasmtime::Error) -> Self {
        if let Some(Stop(failure)) = error.downcast_ref() {
            return failure.clone();
        }
        if let Some(exit) = error.downcast_ref::<wasmtime_wasi::I32Exit>() {
            return Self::Trap(format!("exited with code {}", exit.0));
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
            // The remaining errors are the guest's too: values that do not lift, handles that do
            // not exist.
            None => Self::Contract(format!("{:#}", error.root_cause())),
        }
    }
}
