//! Decides which collectors run: builds the registry from the bundle, the files on disk and the operator's
//! configuration, and rebuilds it at each change.
//!
//! ```text
//! scan { candidates, stamp, stability, loading } -> rollout { admission, trial, reconcile } -> catalog -> registry
//!   ^                                                                        |
//!   +---- reload { watch, debounce } <---- probation <-----------------------+
//! ```

pub(crate) mod catalog;
mod rejection;
mod reload;
mod report;
pub(crate) mod rollout;
pub(crate) mod scan;
#[cfg(test)]
mod scratch;
pub(crate) mod slot;
mod status;
mod untrusted;

pub use catalog::{Catalog, ReloadError};
pub use rejection::Rejection;
pub use reload::{Progress, Reloader};
pub(crate) use rollout::Terms;
pub use rollout::{Decision, check_entry, decide, policy, verdict};
pub use scan::DirectoryProblem;
pub use status::{ModuleProblem, error_chain};
pub use untrusted::Untrusted;
