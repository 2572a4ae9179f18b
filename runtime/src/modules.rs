//! Which collectors run: from the binary's own, the files there are, and what the operator says, to
//! a registry, and again at each change.
//!
//! ```text
//! candidates -> look { stamp, settle, load } -> pass { admit, trial } -> catalog -> registry
//!      ^                                                                    |
//!      +---- reload { watch, debounce, probation } <------------------------+
//! ```

mod candidates;
mod debounce;
#[cfg(test)]
mod scratch;
mod settle;
mod stamp;
mod watch;

mod loaded;
mod loading;
pub(crate) mod look;
mod rejection;
pub(crate) mod slot;

mod admit;
mod pass;
mod probation;
mod trial;

pub(crate) mod catalog;
mod reload;
mod report;
mod status;

pub(crate) use admit::Terms;
pub use admit::{Decision, check_entry, decide, policy, verdict};
pub use candidates::DirectoryProblem;
pub use catalog::{Catalog, ReloadError};
pub use loaded::Loaded;
pub(crate) use probation::Probation;
pub use rejection::Rejection;
pub use reload::Reloader;
pub use status::{Trouble, whole};
