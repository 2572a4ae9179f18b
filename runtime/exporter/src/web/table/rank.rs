//! The eviction order of connections. Pure.

use std::cmp::Reverse;
use std::time::Instant;

use super::{Connection, HttpLimits, Reason, State};

/// How soon a connection is evicted: the least rank goes first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Its first head, or checking its login, takes longer than that of most honest clients. The oldest goes
    /// first.
    SlowHead(Instant),
    /// No request is being answered. Of the address with the most connections, those that have had a
    /// response go before those that may be about to send a request, and among these the oldest first:
    /// a client whose idle connection is closed connects again.
    Unused(Reverse<usize>, Unused, Instant),
    /// Its client does not read its response. The one that has had it for the longest time goes first.
    SlowReader(Instant),
}

/// What an unused connection waits for.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unused {
    /// Its next request.
    Idle,
    /// Its first request.
    Head,
}

impl Rank {
    pub(super) fn reason(&self) -> Reason {
        match self {
            Self::SlowHead(_) | Self::Unused(_, Unused::Head, _) => Reason::Head,
            Self::Unused(_, Unused::Idle, _) => Reason::Idle,
            Self::SlowReader(_) => Reason::SlowReader,
        }
    }
}

/// The rank of a connection whose address has `of_address` connections. `None` if it must not be evicted.
pub(super) fn rank(
    connection: &Connection,
    of_address: usize,
    limits: &HttpLimits,
    now: Instant,
) -> Option<Rank> {
    let since = connection.since;
    let age = now.saturating_duration_since(since);
    let unused = |what| Some(Rank::Unused(Reverse(of_address), what, since));
    match connection.state {
        State::Head | State::Login if age >= limits.head_grace => Some(Rank::SlowHead(since)),
        State::Head | State::Login => unused(Unused::Head),
        State::Idle => unused(Unused::Idle),
        State::Writing if age >= limits.reader_grace => Some(Rank::SlowReader(since)),
        State::Answering | State::Writing => None,
    }
}
