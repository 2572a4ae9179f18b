//! Many clients for some seconds: every answer is whole, and afterwards nothing is left of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use firepit_tests::{Firepit, Page, Request, Running};

use crate::baseline::{assert_complete, procfs};

const CLIENTS: usize = 32;
const TIME: Duration = Duration::from_secs(3);

/// Lets all clients ask for some time; returns how often they did.
fn crowd(running: &Running) -> usize {
    let answers = AtomicUsize::new(0);
    let end = Instant::now() + TIME;
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while Instant::now() < end {
                    let answer = Request::get("/metrics").send(running.address()).unwrap();
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    assert_complete(&Page::parse(answer.text()).unwrap());
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    answers.into_inner()
}

/// With a guest among the collectors that crashes again and again.
#[test]
fn answers_are_complete_and_resources_are_released() {
    let procfs = procfs();
    let running = Firepit::with_guest("trap_sometimes")
        .procfs(procfs.path())
        .start();
    // Those that stay, whether or not a module runs.
    let names = running.thread_names().into_iter();
    let of_modules = |name: &String| name.starts_with("module-") || name.starts_with("trial-");
    let resting = names.filter(|name| !of_modules(name)).count();
    assert!(crowd(&running) > CLIENTS);
    let (memory, files) = (running.resident_kib(), running.open_files());
    for _ in 0..2 {
        assert!(crowd(&running) > CLIENTS);
    }
    // What a crowd needs at once may differ a little from one to the next.
    let after = running.resident_kib();
    assert!(
        after <= memory + memory / 4 + 4096,
        "{memory} KiB, then {after} KiB"
    );
    firepit_tests::until("the connections to close", || {
        (running.open_files() <= files).then_some(())
    });
    // Threads that started for the crowd end some time after the last scrape, every one of them.
    firepit_tests::until("the threads to end", || {
        let names = running.thread_names();
        assert!(names.len() >= resting, "{names:?}");
        (names.len() == resting).then_some(())
    });
}
