//! What the operator decided about a collector.

use std::fmt;

use firepit_exposition::validate::NamePrefix;
use firepit_sandbox::failure::Failure;
use firepit_sandbox::session::SessionConfig;

/// What the operator decided about a collector.
#[derive(Debug)]
pub struct Setup {
    /// How it runs in the sandbox.
    pub session: SessionConfig,
    /// Required or added prefix of its metric names.
    pub prefix: Option<NamePrefix>,
    /// Called with the outcome of each scrape.
    pub(crate) on_outcome: Option<OnOutcome>,
}

impl Setup {
    /// A setup with the required parts.
    #[must_use]
    pub fn new(session: SessionConfig) -> Self {
        Self {
            session,
            prefix: None,
            on_outcome: None,
        }
    }

    /// Sets the required or added prefix of metric names.
    #[must_use]
    pub fn prefix(self, prefix: Option<NamePrefix>) -> Self {
        Self { prefix, ..self }
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
