//! From a module to a running collector: the operator's decision, trial, probation and rollback.

mod admission;
mod probation;
mod reconcile;
mod trial;

pub(crate) use admission::{Admitted, Terms};
pub use admission::{Decision, check_entry, decide, policy, verdict};
pub(crate) use probation::Verdict;
pub(crate) use reconcile::{Mode, OnVerdict, Reconciler};
