//! What the operator decided about a collector.

use std::fmt;

use crate::transform::Transform;
use firepit_sandbox::failure::Failure;
use firepit_sandbox::session::SessionConfig;

/// What the operator decided about a collector.
#[derive(Debug)]
pub struct Setup {
    /// How it runs in the sandbox.
    pub session: SessionConfig,
    /// What happens to its families after they left the sandbox.
    pub transform: Transform,
    /// Called with the outcome of each scrape.
    pub(crate) on_outcome: Option<OnOutcome>,
}

impl Setup {
    /// A setup with the required parts.
    #[must_use]
    pub fn new(session: SessionConfig) -> Self {
        Self {
            session,
            transform: Transform::default(),
            on_outcome: None,
        }
    }

    /// Sets what happens to its families after they left the sandbox.
    #[must_use]
    pub fn transform(self, transform: Transform) -> Self {
        Self { transform, ..self }
    }

    /// Sets the callback for the outcome of each scrape.
    pub(crate) fn on_outcome(self, on_outcome: Option<OnOutcome>) -> Self {
        Self { on_outcome, ..self }
    }
}

type OutcomeCallback = dyn Fn(&Result<(), Failure>) + Send + Sync;

/// A callback for the outcome of a scrape.
pub(crate) struct OnOutcome(Box<OutcomeCallback>);

impl OnOutcome {
    pub(crate) fn new(call: impl Fn(&Result<(), Failure>) + Send + Sync + 'static) -> Self {
        Self(Box::new(call))
    }

    pub(crate) fn call(&self, outcome: &Result<(), Failure>) {
        (self.0)(outcome);
    }
}

impl fmt::Debug for OnOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnOutcome").finish_non_exhaustive()
    }
}
