//! Tests of the limits, without a connection.

use std::net::{IpAddr, Ipv4Addr};

use super::*;
use crate::web::HttpCounters;
use crate::web::table::Table;

fn streams(limits: &HttpLimits) -> Arc<Streams> {
    let table = Arc::new(Table::new(limits.clone(), 0, HttpCounters::new()));
    let peer = IpAddr::from(Ipv4Addr::LOCALHOST).into();
    let now = Instant::now();
    let seat = table.admit(peer, now).unwrap();
    let first_head = now + limits.head_timeout;
    Arc::new(Streams::new(Arc::new(seat), limits, first_head))
}

#[test]
fn first_request_has_a_deadline() {
    let limits = HttpLimits::default();
    let streams = streams(&limits);
    let due = streams.deadline().unwrap();
    assert_eq!(due, streams.first_head);
    assert!(!streams.end_if_overdue(due - Duration::from_millis(1)));
    assert!(streams.end_if_overdue(due));
}

#[test]
fn answered_requests_have_no_deadline_and_idle_connections_have_one() {
    let limits = HttpLimits::default();
    let streams = streams(&limits);
    let running = streams.begin().unwrap();
    assert_eq!(streams.deadline(), None);
    drop(running);
    let due = streams.deadline().unwrap();
    assert!(due > Instant::now() + limits.idle_timeout / 2);
    assert!(streams.end_if_overdue(due));
}

#[test]
fn new_requests_do_not_extend_the_deadline_of_a_response() {
    let limits = HttpLimits::default();
    let streams = streams(&limits);
    let _running = streams.begin().unwrap();
    let first = streams.write(Bytes::from_static(b"x"));
    let due = streams.deadline().unwrap();
    let second = streams.write(Bytes::from_static(b"x"));
    assert_eq!(streams.deadline(), Some(due));
    assert!(due <= Instant::now() + limits.write_timeout);
    assert!(streams.end_if_overdue(due));
    // A copy keeps it open, as parts of a frame do.
    let copy = first.clone();
    drop(first);
    assert_eq!(streams.deadline(), Some(due));
    drop(copy);
    assert!(streams.deadline().unwrap() >= due);
    drop(second);
    assert_eq!(streams.deadline(), None);
}

#[test]
fn a_client_that_withdraws_requests_is_disconnected() {
    let limits = HttpLimits::default();
    let now = Instant::now;
    let many = streams(&limits);
    let mut running = Vec::new();
    for _ in 0..MAX_RUNNING {
        running.push(many.begin().unwrap());
    }
    assert!(!many.end_if_overdue(now()));
    assert!(many.begin().is_none());
    assert!(many.end_if_overdue(now()));

    let again = streams(&limits);
    for _ in 0..MAX_WITHDRAWN {
        let running = again.begin().unwrap();
        drop((again.expect_answer(), running));
        again.expect_answer().answered();
        assert!(!again.end_if_overdue(now()));
    }
    drop(again.expect_answer());
    assert!(again.end_if_overdue(now()));
}
