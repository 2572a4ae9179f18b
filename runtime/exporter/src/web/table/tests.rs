//! Evictions, with artificial times.

use std::net::IpAddr;

use super::*;

/// `127.0.0.HOST`.
fn of_host(host: u8) -> Peer {
    IpAddr::from([127, 0, 0, host]).into()
}

struct Made {
    table: Arc<Table>,
    counters: HttpCounters,
    start: Instant,
}

fn made(change: impl FnOnce(&mut HttpLimits), pages: usize) -> Made {
    let counters = HttpCounters::new();
    let mut limits = HttpLimits::default();
    change(&mut limits);
    Made {
        table: Arc::new(Table::new(limits, pages, counters.clone())),
        counters,
        start: Instant::now(),
    }
}

impl Made {
    /// Milliseconds after the start.
    fn at(&self, milliseconds: u64) -> Instant {
        self.start + Duration::from_millis(milliseconds)
    }

    /// A connection of `127.0.0.HOST`, `milliseconds` after the start.
    fn admit(&self, host: u8, milliseconds: u64) -> Seat {
        let peer = of_host(host);
        self.table.admit(peer, self.at(milliseconds)).unwrap()
    }

    fn is(&self, seat: &Seat, state: State, since: u64) {
        let mut inner = self.table.lock();
        let connection = inner.connections.get_mut(&seat.id()).unwrap();
        (connection.state, connection.since) = (state, self.at(since));
    }

    fn is_there(&self, seat: &Seat) -> bool {
        self.table.lock().connections.contains_key(&seat.id())
    }

    fn evicted(&self, reason: &str) -> bool {
        let text = crate::web::tests::written(&self.counters);
        let one = format!("firepit_http_connections_evicted_total{{reason=\"{reason}\"}} 1");
        text.lines().any(|line| line == one)
    }
}

/// Four connections of four addresses; a fifth comes after two seconds. Returns which of the four is
/// evicted for it.
fn gone(states: [(State, u64); 4]) -> Vec<usize> {
    let made = made(|limits| limits.connections = 4, 0);
    let seats: Vec<Seat> = (1..5).map(|host| made.admit(host, 0)).collect();
    for (seat, (state, since)) in seats.iter().zip(states) {
        made.is(seat, state, since);
    }
    assert!(made.table.has_room(made.at(2000)));
    let _fifth = made.admit(5, 2000);
    let gone = seats.iter().enumerate();
    gone.filter(|(_, seat)| !made.is_there(seat))
        .map(|(index, _)| index)
        .collect()
}

/// A flood of wrong passwords must not hold all places.
#[test]
fn connection_with_a_pending_login_is_evicted_like_one_without_a_request() {
    use State::{Answering, Idle, Login};

    assert_eq!(
        gone([(Answering, 0), (Login, 0), (Idle, 0), (Answering, 0)]),
        [1]
    );
    let of_many = [(Login, 500), (Login, 100), (Login, 300), (Answering, 0)];
    assert_eq!(gone(of_many), [1]);
}

#[test]
fn least_valuable_connection_is_evicted() {
    use State::{Answering, Head, Idle, Writing};

    // A slow head, before one that has been idle for longer.
    let slow = [(Idle, 0), (Head, 900), (Head, 1000), (Answering, 0)];
    assert_eq!(gone(slow), [1]);
    // The longest idle one, before a young head.
    let idle = [(Idle, 1990), (Idle, 1980), (Head, 1500), (Writing, 0)];
    assert_eq!(gone(idle), [1]);
    // A young head before a slow reader.
    let young = [(Writing, 0), (Head, 1500), (Head, 1400), (Answering, 0)];
    assert_eq!(gone(young), [2]);
    // The slowest reader.
    let readers = [
        (Writing, 1000),
        (Writing, 900),
        (Answering, 0),
        (Writing, 1600),
    ];
    assert_eq!(gone(readers), [1]);
}

#[test]
fn address_with_the_most_connections_loses_one_first() {
    let made = made(|limits| limits.connections = 5, 0);
    let seats: Vec<Seat> = [1, 2, 2, 2, 1].map(|host| made.admit(host, 0)).into();
    for (since, seat) in seats.iter().enumerate() {
        made.is(seat, State::Idle, since as u64);
    }
    let _sixth = made.admit(3, 100);
    let there: Vec<bool> = seats.iter().map(|seat| made.is_there(seat)).collect();
    assert_eq!(there, [true, false, true, true, true]);
    assert!(made.evicted("idle"));
}

#[test]
fn connection_being_answered_is_never_evicted() {
    let made = made(|limits| limits.connections = 2, 0);
    let seats = [made.admit(1, 0), made.admit(2, 0)];
    made.is(&seats[0], State::Answering, 0);
    made.is(&seats[1], State::Writing, 1800);
    assert!(!made.table.has_room(made.at(2000)));
    assert!(!made.table.make_room(made.at(2000)));
    // The time of its client is over.
    assert!(made.table.has_room(made.at(2300)));
    drop(seats);
    assert!(made.table.has_room(made.at(2000)));
}

#[test]
fn new_connection_of_an_address_replaces_its_own() {
    let made = made(|limits| limits.connections_per_address = 2, 0);
    let other = made.admit(2, 0);
    made.is(&other, State::Idle, 0);
    let seats = [made.admit(1, 10), made.admit(1, 20)];
    let third = made.admit(1, 30);
    assert!(made.is_there(&other) && !made.is_there(&seats[0]));
    for seat in [&seats[1], &third] {
        made.is(seat, State::Answering, 30);
    }
    assert!(made.table.admit(of_host(1), made.at(9000)).is_none());
    assert!(made.is_there(&other));
    let _fine = made.admit(3, 9000);
}

/// Takes a slot for a connection, and starts to write its response.
fn writes(made: &Made, seat: &Seat, since: u64) {
    assert_eq!(
        made.table.try_page(seat.id(), made.at(since)),
        Admission::Taken
    );
    made.is(seat, State::Writing, since);
}

#[test]
fn unread_response_is_evicted() {
    let made = made(|_| {}, 2);
    let seats = [1, 2, 3].map(|host| made.admit(host, 0));
    writes(&made, &seats[0], 0);
    writes(&made, &seats[1], 100);
    let together = TooMany::Together(2);
    let try_page = |at| made.table.try_page(seats[2].id(), made.at(at));
    assert_eq!(try_page(400), Admission::Later(made.at(500), together));
    assert_eq!(try_page(500), Admission::Taken);
    assert!(!made.is_there(&seats[0]) && made.is_there(&seats[1]));
    assert!(made.evicted("slow-reader"));
    // The evicted one does not free its slot twice.
    seats[0].release_page();
    let fourth = made.admit(4, 0);
    made.is(&seats[1], State::Answering, 500);
    let refused = made.table.try_page(fourth.id(), made.at(9000));
    assert_eq!(refused, Admission::Never(together));
    seats[1].release_page();
    let taken = made.table.try_page(fourth.id(), made.at(9000));
    assert_eq!(taken, Admission::Taken);
}

#[test]
fn slow_reader_takes_no_slot_from_others() {
    let made = made(|_| {}, 2);
    let seats = [1, 2, 3].map(|host| made.admit(host, 0));
    writes(&made, &seats[0], 0);
    writes(&made, &seats[1], 0);
    let free = |seat: &Seat, at| {
        let (now, give_up) = (made.at(at), made.at(9000));
        made.table.free_memory(seat.id(), now, give_up)
    };
    // One of the first two is evicted for the third.
    assert_eq!(free(&seats[2], 400), Some(made.at(500)));
    assert_eq!(free(&seats[2], 500), Some(made.at(9000)));
    let [left] = seats[..2]
        .iter()
        .filter(|seat| made.is_there(seat))
        .collect::<Vec<_>>()[..]
    else {
        panic!("one of two is left");
    };
    // The client comes back, and has to wait for its own responses.
    let host = if made.is_there(&seats[0]) { 2 } else { 1 };
    let back = made.admit(host, 600);
    assert_eq!(free(&back, 9000), None);
    assert!(made.is_there(left));
    // After a minute that is forgotten.
    assert_eq!(free(&back, 61_000), Some(made.at(9000)));
    assert!(!made.is_there(left));
}

#[test]
fn one_address_cannot_hold_all_response_slots() {
    let made = made(|_| {}, 4);
    let seats: Vec<Seat> = (0..4).map(|_| made.admit(1, 0)).collect();
    let other = made.admit(2, 0);
    for seat in &seats[..3] {
        writes(&made, seat, 0);
        made.is(seat, State::Answering, 0);
    }
    let try_page = |seat: &Seat| made.table.try_page(seat.id(), made.at(9000));
    let of_address = TooMany::OfAddress(3);
    assert_eq!(try_page(&seats[3]), Admission::Never(of_address));
    assert_eq!(try_page(&other), Admission::Taken);
    // One of its own readers is evicted.
    made.is(&other, State::Writing, 0);
    made.is(&seats[1], State::Writing, 100);
    assert_eq!(try_page(&seats[3]), Admission::Taken);
    assert!(made.is_there(&other) && !made.is_there(&seats[1]));
}

#[test]
fn closed_connections_leave_no_state() {
    let made = made(|_| {}, 1);
    for _ in 0..3 {
        let seat = made.admit(1, 0);
        writes(&made, &seat, 0);
    }
    let inner = made.table.lock();
    assert_eq!((inner.connections.len(), inner.pages), (0, 0));
}

/// Who has many addresses fills no memory with them.
#[test]
fn remembered_slow_readers_are_bounded() {
    let mut inner = Inner::default();
    let start = Instant::now();
    let peer = |number: u32| IpAddr::from(number.to_be_bytes()).into();
    for number in 0..3 * 1024 {
        inner.remember_slow(peer(number), start);
    }
    assert_eq!(inner.slow.len(), MAX_SLOW);
    // Those of a while ago make room.
    let later = start + SLOW;
    inner.remember_slow(peer(u32::MAX), later);
    assert!(inner.is_slow(peer(u32::MAX), later));
    assert_eq!(inner.slow.len(), 1);
}
