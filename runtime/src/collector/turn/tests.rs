//! Who runs, who waits, and who is turned away.

use super::*;
use crate::limits::BackOff;
use crate::scrape::gather::Gather;
use crate::web::Page;

const SECOND: Duration = Duration::from_secs(1);

fn request(deadline: Instant) -> Request {
    let (gather, _) = Gather::new(vec![deadline], |_| Page::default());
    Request {
        deadline,
        gather: gather.into(),
        index: 0,
    }
}

/// One that is out after a failure, for ten seconds, and has a second of CPU time a minute.
fn turn(now: Instant) -> Turn {
    let limits = Limits {
        cpu_per_minute: SECOND,
        back_off: BackOff {
            after: 1,
            pause: SECOND * 10,
            longest: SECOND * 60,
        },
        ..Limits::default()
    };
    Turn::new(&limits, now)
}

/// What a request that arrives is told.
fn told(turn: &mut Turn, now: Instant) -> Option<Failure> {
    match turn.arrive(request(now + SECOND), now) {
        Next::TurnAway(_, failure) => Some(failure),
        Next::Run(_) | Next::Wait => None,
    }
}

#[test]
fn one_runs_and_the_others_wait_in_order() {
    let now = Instant::now();
    let at = |seconds| now + Duration::from_secs(seconds);
    let mut turn = turn(now);
    assert!(matches!(turn.arrive(request(at(9)), now), Next::Run(_)));
    assert!(matches!(turn.arrive(request(at(8)), now), Next::Wait));
    turn.begin(now, at(9));
    assert!(matches!(turn.arrive(request(at(7)), now), Next::Wait));
    let next = |turn: &mut Turn| turn.end(now).next.map(|request| request.deadline);
    assert_eq!(next(&mut turn), Some(at(8)));
    turn.begin(now, at(8));
    assert_eq!(next(&mut turn), Some(at(7)));
    turn.begin(now, at(7));
    assert_eq!(next(&mut turn), None);
    assert!(matches!(turn.arrive(request(at(9)), now), Next::Run(_)));
}

#[test]
fn behind_a_run_that_hangs_nobody_waits() {
    let now = Instant::now();
    let deadline = now + SECOND;
    let mut turn = turn(now);
    turn.arrive(request(deadline), now);
    turn.begin(now, deadline);
    assert!(matches!(
        turn.arrive(request(deadline), deadline),
        Next::Wait
    ));
    let late = deadline + GRACE * 2;
    assert_eq!(told(&mut turn, late), Some(Failure::Busy));
    assert!(turn.end(late).next.is_none(), "whoever waited has gone");
    assert!(matches!(turn.arrive(request(late), late), Next::Run(_)));
}

#[test]
fn in_quarantine_nobody_runs_and_nobody_waits() {
    let now = Instant::now();
    let mut turn = turn(now);
    for _ in 0..3 {
        turn.arrive(request(now + SECOND), now);
    }
    turn.begin(now, now + SECOND);
    let news = turn.judge(Verdict::Bad(Failure::Stack), now);
    let expected = News {
        change: Some(Change::Begins(SECOND * 10)),
        quarantined: Some(true),
    };
    assert_eq!(news, expected);
    let after = turn.end(now);
    let (waited, failure) = after.turned_away.unwrap();
    assert_eq!((waited.len(), failure), (2, Failure::Quarantined));
    assert!(after.next.is_none());
    assert_eq!(
        told(&mut turn, now + SECOND * 9),
        Some(Failure::Quarantined)
    );

    // One probe, and behind it others wait for how it ends.
    let later = now + SECOND * 10;
    assert_eq!(told(&mut turn, later), None);
    turn.begin(later, later + SECOND);
    assert!(matches!(
        turn.arrive(request(later + SECOND), later),
        Next::Wait
    ));
    let news = turn.judge(Verdict::Bad(Failure::Stack), later);
    assert_eq!(news, News::default(), "a longer pause is no news");
    assert!(turn.end(later).turned_away.is_some());
    assert!(told(&mut turn, later + SECOND * 19).is_some());

    let at_last = later + SECOND * 20;
    assert_eq!(told(&mut turn, at_last), None);
    let news = turn.judge(Verdict::Good(SECOND), at_last);
    let expected = News {
        change: Some(Change::Ends),
        quarantined: Some(false),
    };
    assert_eq!(news, expected);
    assert_eq!(turn.good(), SECOND);
}

#[test]
fn what_is_excused_changes_nothing() {
    let now = Instant::now();
    let mut turn = turn(now);
    for _ in 0..10 {
        turn.judge(Verdict::Excused, now);
    }
    assert_eq!(told(&mut turn, now), None);
}

#[test]
fn who_has_no_cpu_time_left_is_turned_away_until_there_is_some() {
    let now = Instant::now();
    let mut turn = turn(now);
    turn.arrive(request(now + SECOND), now);
    turn.arrive(request(now + SECOND), now);
    assert_eq!(turn.begin(now, now + SECOND).1, Some(SECOND));
    turn.spend(SECOND, now);
    let failure = Failure::CpuBudget { cut: false };
    let (waited, told_them) = turn.end(now).turned_away.unwrap();
    assert_eq!((waited.len(), told_them), (1, failure.clone()));
    assert_eq!(told(&mut turn, now + SECOND * 59), Some(failure));
    assert_eq!(told(&mut turn, now + SECOND * 61), None);
}
