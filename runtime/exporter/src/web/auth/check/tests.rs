//! Tests with real bcrypt at the lowest cost.

use std::net::{IpAddr, Ipv4Addr};

use super::super::hash::Hash;
use super::*;

/// The lowest cost that bcrypt allows.
const COST: u32 = 4;

fn hash(password: &str, cost: u32) -> Hash {
    let hash = bcrypt::hash_with_salt(password, cost, [7; 16]).unwrap();
    Hash::parse(&hash.to_string()).unwrap()
}

fn users() -> Users {
    let user = |name: &str, password: &str| (name.to_owned(), Some(hash(password, COST)));
    Users::new([
        user("alice", "alice123"),
        user("long", &"x".repeat(72)),
        ("broken".to_owned(), None),
    ])
}

fn peer(last: u8) -> Peer {
    Peer::from(IpAddr::from(Ipv4Addr::new(192, 0, 2, last)))
}

fn credentials(name: &str, password: &str) -> Credentials {
    Credentials {
        name: name.into(),
        password: password.into(),
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

async fn check(logins: &Logins, users: &Users, name: &str, password: &str) -> Login {
    let credentials = credentials(name, password);
    logins.check(users, credentials, peer(1), || ()).await
}

#[test]
fn valid_and_invalid_logins_cold_and_cached() {
    let (logins, users) = (Logins::new([1; 32]), users());
    block_on(async {
        for _ in 0..2 {
            for (name, password, expected) in [
                ("alice", "alice123", Login::Right),
                ("alice", "alice124", Login::Wrong),
                ("alice", "", Login::Wrong),
                ("Alice", "alice123", Login::Wrong),
                ("nobody", "alice123", Login::Wrong),
                ("broken", "alice123", Login::Wrong),
                ("nobody", "", Login::Wrong),
                ("nobody", &*"x".repeat(100), Login::Wrong),
                // bcrypt reads 72 bytes, here as in Go.
                ("long", &*"x".repeat(72), Login::Right),
                ("long", &*"x".repeat(100), Login::Right),
                ("alice", "alice\x00123", Login::Wrong),
            ] {
                let found = check(&logins, &users, name, password).await;
                assert_eq!(found, expected, "{name} {password:?}");
            }
        }
    });
}

#[test]
fn concurrent_checks_of_one_login_are_shared() {
    let (logins, users) = (Logins::new([1; 32]), users());
    let job = |name: &str| {
        let credentials = credentials(name, "alice123");
        let key = logins
            .0
            .keys
            .of(&credentials.name, b"", &credentials.password);
        let job = Job {
            hash: users.hash(&credentials.name).cloned(),
            password: credentials.password,
            highest_cost: COST,
        };
        (key, job)
    };
    // Without a worker, so that all of them wait.
    logins.0.lock().workers = logins.0.most_workers;
    let answers: Vec<_> = (0..100)
        .map(|_| {
            let (key, job) = job("alice");
            match logins.begin(key, job, peer(1)) {
                Begun::Waits(answer) => answer,
                _ => panic!("it cannot be known yet"),
            }
        })
        .collect();
    let (key, job) = logins.0.lock().queue.pop().unwrap();
    assert!(logins.0.lock().queue.pop().is_none());
    logins.0.finish(key, job.run());
    block_on(async {
        for answer in answers {
            assert_eq!(answer.await, Ok(true));
        }
    });
    assert!(logins.0.lock().waiting.is_empty());
}

#[test]
fn flood_of_invalid_logins_is_rejected_and_cached_ones_pass() {
    let (logins, users) = (Logins::new([1; 32]), users());
    block_on(async {
        assert_eq!(
            check(&logins, &users, "alice", "alice123").await,
            Login::Right
        );
        // No worker takes anything from here on, once that of the first login has ended.
        while logins.0.lock().workers > 0 {
            std::thread::yield_now();
        }
        logins.0.lock().workers = usize::MAX / 2;
        let mut waiting = Vec::new();
        let mut rejected = 0;
        for number in 0..1_000 {
            let password = format!("wrong{number}");
            let login = logins.check(
                &users,
                credentials("alice", &password),
                peer(number.try_into().unwrap_or(255)),
                || (),
            );
            let mut login = Box::pin(login);
            match poll_once(&mut login).await {
                Some(Login::Busy) => rejected += 1,
                Some(other) => panic!("{other:?}"),
                None => waiting.push(login),
            }
        }
        assert_eq!((waiting.len(), rejected), (64, 936));
        assert_eq!(
            check(&logins, &users, "alice", "alice123").await,
            Login::Right
        );
    });
}

/// Polls once.
async fn poll_once<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Option<T> {
    use std::pin::Pin;
    use std::task::Poll;

    std::future::poll_fn(|context| {
        Poll::Ready(match Pin::new(&mut *future).poll(context) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        })
    })
    .await
}
