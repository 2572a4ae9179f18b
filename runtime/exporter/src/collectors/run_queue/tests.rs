//! Which requests run, wait, or are rejected.

use std::sync::Arc;

use super::*;
use crate::collectors::CollectorResult;
use crate::collectors::request::Recipient;
use firepit_sandbox::limits::BackOff;

const SECOND: Duration = Duration::from_secs(1);

fn request(deadline: Instant) -> Request {
    Request {
        deadline,
        recipient: Arc::new(IgnoresResults),
        index: 0,
    }
}

/// A scrape that does not wait for results.
#[derive(Debug)]
struct IgnoresResults;

impl Recipient for IgnoresResults {
    fn put(&self, _index: usize, _collected: CollectorResult) -> bool {
        false
    }

    fn finish(&self) {}
}

/// A queue that suspends for ten seconds after one failure, with a second of CPU time a minute.
fn queue(now: Instant) -> RunQueue {
    let limits = Limits {
        cpu_per_minute: SECOND,
        back_off: BackOff {
            after: 1,
            pause: SECOND * 10,
            longest: SECOND * 60,
        },
        ..Limits::default()
    };
    RunQueue::new(&limits, now)
}

/// The reason why a new request is rejected.
fn rejection_of(queue: &mut RunQueue, now: Instant) -> Option<Failure> {
    match queue.enqueue(request(now + SECOND), now) {
        Next::Reject(_, failure) => Some(failure),
        Next::Run(_) | Next::Wait => None,
    }
}

#[test]
fn requests_run_one_at_a_time_in_order() {
    let now = Instant::now();
    let at = |seconds| now + Duration::from_secs(seconds);
    let mut queue = queue(now);
    assert!(matches!(queue.enqueue(request(at(9)), now), Next::Run(_)));
    assert!(matches!(queue.enqueue(request(at(8)), now), Next::Wait));
    queue.begin(now, at(9));
    assert!(matches!(queue.enqueue(request(at(7)), now), Next::Wait));
    let next = |queue: &mut RunQueue| queue.end(now).next.map(|request| request.deadline);
    assert_eq!(next(&mut queue), Some(at(8)));
    queue.begin(now, at(8));
    assert_eq!(next(&mut queue), Some(at(7)));
    queue.begin(now, at(7));
    assert_eq!(next(&mut queue), None);
    assert!(matches!(queue.enqueue(request(at(9)), now), Next::Run(_)));
}

#[test]
fn requests_are_rejected_behind_a_hung_run() {
    let now = Instant::now();
    let deadline = now + SECOND;
    let mut queue = queue(now);
    queue.enqueue(request(deadline), now);
    queue.begin(now, deadline);
    assert!(matches!(
        queue.enqueue(request(deadline), deadline),
        Next::Wait
    ));
    let late = deadline + GRACE * 2;
    assert_eq!(rejection_of(&mut queue, late), Some(Failure::Busy));
    assert!(queue.end(late).next.is_none(), "whoever waited has gone");
    assert!(matches!(queue.enqueue(request(late), late), Next::Run(_)));
}

#[test]
fn quarantine_rejects_new_and_waiting_requests() {
    let now = Instant::now();
    let mut queue = queue(now);
    for _ in 0..3 {
        queue.enqueue(request(now + SECOND), now);
    }
    queue.begin(now, now + SECOND);
    let news = queue.judge(Verdict::Bad(Failure::Stack), now);
    let expected = News {
        change: Some(Change::Begins(SECOND * 10)),
        quarantined: Some(true),
    };
    assert_eq!(news, expected);
    let after = queue.end(now);
    let (waited, failure) = after.rejected.unwrap();
    assert_eq!((waited.len(), failure), (2, Failure::Quarantined));
    assert!(after.next.is_none());
    assert_eq!(
        rejection_of(&mut queue, now + SECOND * 9),
        Some(Failure::Quarantined)
    );

    // One probe; further requests wait for its result.
    let later = now + SECOND * 10;
    assert_eq!(rejection_of(&mut queue, later), None);
    queue.begin(later, later + SECOND);
    assert!(matches!(
        queue.enqueue(request(later + SECOND), later),
        Next::Wait
    ));
    let news = queue.judge(Verdict::Bad(Failure::Stack), later);
    assert_eq!(news, News::default(), "a longer pause is no news");
    assert!(queue.end(later).rejected.is_some());
    assert!(rejection_of(&mut queue, later + SECOND * 19).is_some());

    let at_last = later + SECOND * 20;
    assert_eq!(rejection_of(&mut queue, at_last), None);
    let news = queue.judge(Verdict::Good(SECOND), at_last);
    let expected = News {
        change: Some(Change::Ends),
        quarantined: Some(false),
    };
    assert_eq!(news, expected);
    assert_eq!(queue.last_good_duration(), SECOND);
}

#[test]
fn excused_result_changes_nothing() {
    let now = Instant::now();
    let mut queue = queue(now);
    for _ in 0..10 {
        queue.judge(Verdict::Excused, now);
    }
    assert_eq!(rejection_of(&mut queue, now), None);
}

#[test]
fn exhausted_cpu_budget_rejects_requests_until_it_refills() {
    let now = Instant::now();
    let mut queue = queue(now);
    queue.enqueue(request(now + SECOND), now);
    queue.enqueue(request(now + SECOND), now);
    assert_eq!(queue.begin(now, now + SECOND), Some(SECOND));
    queue.spend(SECOND, now);
    let failure = Failure::CpuBudget { interrupted: false };
    let (waited, told_them) = queue.end(now).rejected.unwrap();
    assert_eq!((waited.len(), told_them), (1, failure.clone()));
    assert_eq!(rejection_of(&mut queue, now + SECOND * 59), Some(failure));
    assert_eq!(rejection_of(&mut queue, now + SECOND * 61), None);
}
