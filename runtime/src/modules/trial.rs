//! Setting up and trying out a collector where nobody is kept waiting by it.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use super::admit::{Admitted, Decision, Terms};
use super::loaded::Loaded;
use super::probation::Probation;
use super::rejection::Rejection;
use crate::failure::Failure;

/// How long beyond its deadlines a collector is waited for: until a worker is free, and while the
/// host does its own part.
const GRACE: Duration = Duration::from_secs(5);

impl Terms {
    /// Makes the collector with its first instance, and lets it run once, unseen, if there is to be
    /// a trial.
    ///
    /// It happens on a thread for that: a collector that hangs inside the host, as on a network
    /// file system whose server is gone, must not end the keeping up to date of all others, and
    /// one that takes long takes nothing from the scrapes.
    pub(super) fn admit(
        self: &Arc<Self>,
        loaded: &Arc<Loaded>,
        decision: &Decision,
        probation: Option<Probation>,
        trial: bool,
    ) -> Result<Admitted, Rejection> {
        let (sender, answer) = mpsc::channel();
        let (terms, of_job, under) = (Arc::clone(self), Arc::clone(loaded), decision.clone());
        self.crew.trials.submit(move || {
            // Nobody waits any more for one that took too long.
            let _ = sender.send(terms.set_up(&of_job, &under, probation, trial));
        });
        // One for `configure`, one for `collect`.
        let patience = decision
            .limits
            .deadline
            .saturating_mul(2)
            .saturating_add(GRACE);
        let failure = match answer.recv_timeout(patience) {
            Ok(admitted) => return admitted,
            Err(RecvTimeoutError::Timeout) => Failure::Deadline,
            Err(RecvTimeoutError::Disconnected) => Failure::Host("it panicked".to_owned()),
        };
        Err(Rejection::trial(&loaded.descriptor, failure))
    }
}
