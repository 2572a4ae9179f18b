//! Hung file systems, simulated with channels: no test waits for time to pass unless it says so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::fmt;
use std::hash::Hasher;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use super::round::{Round, Step};
use super::*;

/// A gate that queries pass when it is open.
#[derive(Default)]
struct Door {
    open: Mutex<bool>,
    changed: Condvar,
    inside: AtomicUsize,
}

impl Door {
    fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.changed.notify_all();
    }

    fn go_through(&self) {
        self.inside.fetch_add(1, Ordering::SeqCst);
        let open = self.open.lock().unwrap();
        drop(self.changed.wait_while(open, |open| !*open).unwrap());
        self.inside.fetch_sub(1, Ordering::SeqCst);
    }

    fn inside(&self) -> usize {
        self.inside.load(Ordering::SeqCst)
    }
}

/// A file system with a number, which is its answer.
#[derive(Clone)]
struct Disk {
    number: u64,
    door: Option<Arc<Door>>,
    asked: Arc<AtomicUsize>,
}

impl PartialEq for Disk {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Disk {}

impl Hash for Disk {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number)
    }
}

impl Ask for Disk {
    type Answer = u64;
    const THREAD: &'static str = "disk";

    fn ask(&self) -> u64 {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if let Some(door) = &self.door {
            door.go_through();
        }
        assert!(self.number != PANICS, "on purpose");
        self.number
    }
}

const PANICS: u64 = u64::MAX;

type Answer = Result<u64, NoAnswer>;

fn sized(number: u64) -> Answer {
    Ok(number)
}

#[derive(Default)]
struct Disks {
    asked: Arc<AtomicUsize>,
}

impl Disks {
    fn fine(&self, number: u64) -> Disk {
        let (door, asked) = (None, Arc::clone(&self.asked));
        Disk {
            number,
            door,
            asked,
        }
    }

    fn hung(&self, number: u64, door: &Arc<Door>) -> Disk {
        Disk {
            door: Some(Arc::clone(door)),
            ..self.fine(number)
        }
    }
}

fn pool() -> Pool<Disk> {
    Pool::with_idle(Duration::ZERO)
}

/// A schedule under which nothing times out within an hour.
fn patient(workers: u32) -> Schedule {
    let long = Duration::from_secs(7200);
    Schedule::new(workers, long, Instant::now(), long)
}

/// A schedule under which a hung file system times out, but a slow machine does not.
fn fair(workers: u32) -> Schedule {
    let (timeout, long) = (Duration::from_secs(2), Duration::from_secs(7200));
    Schedule::new(workers, timeout, Instant::now(), long)
}

/// A schedule under which a hung file system times out at once.
fn hasty(workers: u32) -> Schedule {
    let (soon, long) = (Duration::ZERO, Duration::from_secs(7200));
    Schedule::new(workers, soon, Instant::now(), long)
}

/// Waits for an event that must happen.
fn until(what: impl Fn() -> bool) {
    while !what() {
        thread::yield_now();
    }
}

const STUCK: Answer = Err(NoAnswer::Stuck);

#[test]
fn answers_follow_the_order_of_the_queries() {
    let (pool, disks) = (pool(), Disks::default());
    assert_eq!(pool.ask(Vec::new(), patient(4)), []);
    for workers in [0, 1, 4, u32::MAX] {
        let numbers = 0..5000;
        let questions = numbers.clone().map(|number| disks.fine(number)).collect();
        let expected: Vec<Answer> = numbers.map(sized).collect();
        assert!(pool.ask(questions, patient(workers)) == expected);
        assert!(pool.threads() <= MAX_THREADS);
    }
    assert_eq!(disks.asked.load(Ordering::SeqCst), 4 * 5000);
}

#[test]
fn duplicate_query_is_sent_once() {
    let (pool, disks) = (pool(), Disks::default());
    let questions = [1, 2, 1, 1, 2].map(|number| disks.fine(number)).into();
    let expected = [1, 2, 1, 1, 2].map(sized);
    assert_eq!(pool.ask(questions, patient(4)), expected);
    assert_eq!(disks.asked.load(Ordering::SeqCst), 2);
}

#[test]
fn hung_query_blocks_only_its_answer_and_one_thread() {
    let (pool, disks, door) = (pool(), Disks::default(), Arc::new(Door::default()));
    for workers in [1, 4] {
        for _ in 0..50 {
            let questions = vec![disks.fine(1), disks.hung(2, &door), disks.fine(3)];
            let answers = pool.ask(questions, fair(workers));
            assert_eq!(answers, [sized(1), STUCK, sized(3)]);
            assert_eq!((pool.stuck(), pool.wanted()), (1, 0));
            assert_eq!(door.inside(), 1, "nobody else goes in");
        }
    }
    until(|| pool.threads() == 1);
    // When the kernel returns, the file system answers again.
    door.open();
    until(|| pool.stuck() == 0);
    let answers = pool.ask(vec![disks.hung(2, &door)], patient(1));
    assert_eq!(answers, [sized(2)]);
    until(|| pool.threads() == 0);
}

/// Threads may begin a query long after the caller began to wait for it.
#[test]
fn late_query_has_its_own_bounded_timeout() {
    let disks = Disks::default();
    let round = Arc::new(Round::new(vec![disks.fine(0)], hasty(1)));
    let caller = {
        let round = Arc::clone(&round);
        thread::spawn(move || {
            let began = Instant::now();
            while !matches!(round.step(began, |_| ()), Step::Done) {}
        })
    };
    // The caller must notice whenever it is begun.
    thread::sleep(Duration::from_millis(50));
    assert!(round.begin().is_some());
    caller.join().unwrap();
    assert_eq!(round.answers(), [STUCK]);
    assert!(!round.end(0, sized(0)), "nobody waits for it");
}

#[test]
fn threads_do_not_pile_up() {
    let (pool, disks, door) = (pool(), Disks::default(), Arc::new(Door::default()));
    let hung = |numbers: std::ops::Range<u64>| -> Vec<Disk> {
        numbers.map(|number| disks.hung(number, &door)).collect()
    };
    let number = MAX_THREADS as u64;
    assert_eq!(
        pool.ask(hung(0..number), hasty(3)),
        vec![STUCK; MAX_THREADS]
    );
    assert_eq!((pool.threads(), pool.stuck()), (MAX_THREADS, MAX_THREADS));
    // All threads hang: the call returns at once, and nothing is queued.
    for _ in 0..100 {
        let mut questions = hung(0..100);
        questions.push(disks.fine(1000));
        assert_eq!(pool.ask(questions, patient(16)), vec![STUCK; 101]);
        assert_eq!((pool.threads(), pool.wanted()), (MAX_THREADS, 0));
    }
    door.open();
    until(|| pool.stuck() == 0);
    let answers = pool.ask(vec![disks.fine(1000)], patient(1));
    assert_eq!(answers, [sized(1000)]);
}

#[test]
fn a_call_ends_when_its_time_is_over() {
    let (pool, disks, door) = (pool(), Disks::default(), Arc::new(Door::default()));
    let number = 100;
    let questions = (0..number).map(|number| disks.hung(number, &door));
    // No time is left for the call.
    let schedule = Schedule::new(2, Duration::ZERO, Instant::now(), Duration::ZERO);
    let answers = pool.ask(questions.collect(), schedule);
    assert_eq!(answers, vec![STUCK; 100]);
    assert_eq!(pool.wanted(), 0);
    door.open();
    until(|| pool.threads() == 0);
    assert_eq!(pool.stuck(), 0);
}

#[test]
fn concurrent_calls_share_the_threads() {
    let (pool, disks) = (Arc::new(pool()), Arc::new(Disks::default()));
    let callers: Vec<_> = (0..32)
        .map(|caller: u64| {
            let (pool, disks) = (Arc::clone(&pool), Arc::clone(&disks));
            thread::spawn(move || {
                let numbers = caller * 1000..caller * 1000 + 100;
                let questions = numbers.clone().map(|number| disks.fine(number)).collect();
                let expected: Vec<Answer> = numbers.map(sized).collect();
                assert_eq!(pool.ask(questions, patient(16)), expected);
            })
        })
        .collect();
    for caller in callers {
        caller.join().unwrap();
    }
    assert!(pool.threads() <= MAX_THREADS);
    assert_eq!(pool.wanted(), 0);
}

#[test]
fn panic_fails_only_its_answer() {
    let (pool, disks) = (pool(), Disks::default());
    let questions = vec![disks.fine(1), disks.fine(PANICS), disks.fine(2)];
    let answers = pool.ask(questions, patient(1));
    assert_eq!(answers, [sized(1), Err(NoAnswer::Panicked), sized(2)]);
}

#[test]
fn threads_without_work_end_with_the_pool() {
    let (pool, disks) = (Pool::with_idle(Duration::MAX / 4), Disks::default());
    let _ = pool.ask(vec![disks.fine(1)], patient(1));
    until(|| Arc::strong_count(&disks.asked) == 1);
    assert_eq!(pool.threads(), 1);
    let shared = pool.watch();
    drop(pool);
    until(|| shared.strong_count() == 0);
}

#[test]
fn schedules_stay_below_the_deadline() {
    let (now, second) = (Instant::now(), Duration::from_secs(1));
    let schedule = Schedule::new(4, 5 * second, now, 5 * second);
    assert_eq!(schedule.workers, 4);
    assert_eq!(schedule.timeout, Duration::from_millis(2500));
    assert_eq!(schedule.until, now + Duration::from_millis(3750));
    let schedule = Schedule::new(0, second, now, 5 * second);
    assert_eq!((schedule.workers, schedule.timeout), (1, second));
    let schedule = Schedule::new(u32::MAX, Duration::ZERO, now, Duration::ZERO);
    assert_eq!((schedule.workers, schedule.until), (MAX_THREADS, now));
    assert_eq!(schedule.timeout, MIN_TIMEOUT);
}
