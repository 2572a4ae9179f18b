//! Whose turn it is: a collector runs once at a time, and others wait.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Request;
use crate::instance::Instance;

/// How long after its deadline a run may still take before it counts as stuck.
const GRACE: Duration = Duration::from_millis(100);

/// The standing instance, the run in progress, and who waits.
#[derive(Debug, Default)]
pub(super) struct Turn {
    instance: Option<Instance>,
    /// Whether no instance is kept.
    resting: bool,
    run: Run,
    waiting: VecDeque<Request>,
}

#[derive(Debug, Default, Clone, Copy)]
enum Run {
    #[default]
    None,
    /// Waits for a worker.
    Submitted,
    /// Has to be over by then.
    Until(Instant),
}

/// What is to be done with a request that arrived.
#[derive(Debug)]
pub(super) enum Next {
    Run(Request),
    Wait,
    /// The run in progress hangs.
    TurnAway(Request),
}

impl Turn {
    pub(super) fn arrive(&mut self, request: Request, now: Instant) -> Next {
        match self.run {
            Run::None => {
                self.run = Run::Submitted;
                Next::Run(request)
            }
            Run::Until(deadline) if now > deadline + GRACE => Next::TurnAway(request),
            Run::Submitted | Run::Until(_) => {
                self.waiting.push_back(request);
                Next::Wait
            }
        }
    }

    /// A run begins: takes the instance, if there is one.
    pub(super) fn begin(&mut self, deadline: Instant) -> Option<Instance> {
        self.run = Run::Until(deadline);
        self.instance.take()
    }

    /// Keeps an instance for the next run.
    pub(super) fn keep(&mut self, instance: Instance) {
        self.instance = (!self.resting).then_some(instance);
    }

    /// Keeps no instance from now on, and gives out the one that there is.
    pub(super) fn rest(&mut self) -> Option<Instance> {
        self.resting = true;
        self.instance.take()
    }

    /// Keeps instances again.
    pub(super) fn wake(&mut self) {
        self.resting = false;
    }

    /// A run is over. Returns the next request that somebody still waits for.
    pub(super) fn end(&mut self, now: Instant) -> Option<Request> {
        self.waiting.retain(|request| request.deadline > now);
        let next = self.waiting.pop_front();
        self.run = match next {
            Some(_) => Run::Submitted,
            None => Run::None,
        };
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrape::gather::Gather;
    use crate::web::Page;

    fn request(deadline: Instant) -> Request {
        let (gather, _) = Gather::new(1, |_| Page::default());
        Request {
            deadline,
            gather: gather.into(),
            index: 0,
        }
    }

    #[test]
    fn one_runs_and_the_others_wait_in_order() {
        let now = Instant::now();
        let at = |seconds| now + Duration::from_secs(seconds);
        let mut turn = Turn::default();
        assert!(matches!(turn.arrive(request(at(9)), now), Next::Run(_)));
        assert!(matches!(turn.arrive(request(at(8)), now), Next::Wait));
        turn.begin(at(9));
        assert!(matches!(turn.arrive(request(at(7)), now), Next::Wait));
        assert_eq!(turn.end(now).map(|request| request.deadline), Some(at(8)));
        turn.begin(at(8));
        assert_eq!(turn.end(now).map(|request| request.deadline), Some(at(7)));
        turn.begin(at(7));
        assert!(turn.end(now).is_none());
        assert!(matches!(turn.arrive(request(at(9)), now), Next::Run(_)));
    }

    #[test]
    fn behind_a_run_that_hangs_nobody_waits() {
        let now = Instant::now();
        let deadline = now + Duration::from_secs(1);
        let mut turn = Turn::default();
        turn.arrive(request(deadline), now);
        turn.begin(deadline);
        assert!(matches!(
            turn.arrive(request(deadline), deadline),
            Next::Wait
        ));
        let late = deadline + GRACE * 2;
        assert!(matches!(
            turn.arrive(request(late), late),
            Next::TurnAway(_)
        ));
        assert!(turn.end(late).is_none(), "whoever waited has gone");
        assert!(matches!(turn.arrive(request(late), late), Next::Run(_)));
    }
}
