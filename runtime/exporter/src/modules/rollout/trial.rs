//! Setup and trial of a collector on a thread that no scrape waits for.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use crate::modules::rejection::Rejection;
use crate::modules::rollout::admission::{Admitted, Decision, Terms};
use crate::modules::rollout::probation::Probation;
use firepit_sandbox::failure::Failure;
use firepit_sandbox::module::Described;

/// How long to wait for a collector beyond its deadlines: for a free worker, and for the host's own part.
const GRACE: Duration = Duration::from_secs(5);

impl Terms {
    /// Creates the collector with its first instance, and runs it once outside of scrapes if a trial is
    /// required.
    ///
    /// Runs on a separate thread. A collector that hangs inside the host, for example on a network file
    /// system whose server is gone, must not stop the updates of all others, and a slow one must not
    /// take time from scrapes.
    pub(crate) fn admit(
        self: &Arc<Self>,
        loaded: &Arc<Described>,
        decision: &Decision,
        probation: Option<Probation>,
        trial: bool,
    ) -> Result<Admitted, Rejection> {
        let (sender, answer) = mpsc::channel();
        let (terms, of_job, under) = (Arc::clone(self), Arc::clone(loaded), decision.clone());
        self.executor.trials.submit(move || {
            // The receiver is gone if this took too long.
            let _ = sender.send(terms.set_up(&of_job, &under, probation, trial));
        });
        // One deadline for `configure`, one for `collect`.
        let timeout = decision
            .limits
            .deadline
            .saturating_mul(2)
            .saturating_add(GRACE);
        let failure = match answer.recv_timeout(timeout) {
            Ok(admitted) => return admitted,
            Err(RecvTimeoutError::Timeout) => Failure::Deadline,
            Err(RecvTimeoutError::Disconnected) => Failure::Host("it panicked".to_owned()),
        };
        Err(Rejection::trial(&loaded.descriptor, failure))
    }
}
