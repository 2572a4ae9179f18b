//! How far the server's clock is from this host's, and how far from the truth.

use std::time::Duration;

use crate::packet::Reply;
use crate::time::{nanoseconds, ntp};

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

/// The leap indicators that announce a second more and a second less.
const ANNOUNCED: [u8; 2] = [1, 2];

/// What follows from the times of a request and its reply, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Measured {
    /// Time on the network, both ways.
    pub(crate) round_trip: i64,
    /// How far the server's clock is ahead.
    pub(crate) offset: i64,
    /// By how much a message arrived before it was sent; 0 if none did.
    pub(crate) causality_error: i64,
}

impl Measured {
    /// From the times of a reply, and of its exchange by this host's clock.
    pub(crate) fn new(reply: &Reply, sent: Duration, received: Duration) -> Self {
        // The clock may be set back meanwhile.
        let (origin, destination) = (ntp(sent), ntp(received.max(sent)));
        // Differences of times are signed, and right even if an era ended between the two.
        let between = |early: u64, late: u64| late.wrapping_sub(early) as i64;
        let there = between(origin, reply.receive);
        let back = between(destination, reply.transmit);
        let round_trip = between(origin, destination)
            .wrapping_sub(between(reply.receive, reply.transmit))
            .max(0);
        let offset = there.wrapping_add(back.wrapping_sub(there) / 2);
        let magnitude = nanoseconds(offset.unsigned_abs());
        let error = there.wrapping_neg().max(back).max(0);
        Self {
            round_trip: nanoseconds(round_trip.unsigned_abs()),
            offset: if offset < 0 { -magnitude } else { magnitude },
            causality_error: nanoseconds(error.unsigned_abs()),
        }
    }

    /// The distance to the reference clock: the largest possible error.
    pub(crate) fn distance(&self, reply: &Reply) -> i64 {
        (self.round_trip + reply.root_delay) / 2 + reply.root_dispersion
    }
}

/// The midnight of an announced leap second, in nanoseconds since 1970. Servers stop announcing it right after.
#[derive(Debug, Default)]
pub(crate) struct LeapMidnight(Option<i64>);

impl LeapMidnight {
    /// What to tolerate in addition, in nanoseconds: a second within a day of the midnight, since some servers smear
    /// the leap second over that time.
    pub(crate) fn tolerance(&mut self, reply: &Reply) -> i64 {
        let time = reply.time();
        if ANNOUNCED.contains(&reply.leap) {
            self.0 = Some(time - time % DAY + DAY);
        }
        let is_near = |midnight: i64| midnight - DAY < time && time < midnight + DAY;
        if self.0.is_some_and(is_near) {
            SECOND
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 1_800_000_000;

    /// A reply by a clock that is ahead by a number of milliseconds; the request takes one, the server one, and
    /// the reply two.
    fn measured(ahead: i64) -> Measured {
        let at = |milliseconds: u64| Duration::from_millis(START * 1000 + milliseconds);
        let by_server = |milliseconds: u64| ntp(at(milliseconds.wrapping_add_signed(ahead)));
        let reply = Reply {
            receive: by_server(1001),
            transmit: by_server(1002),
            ..Reply::default()
        };
        Measured::new(&reply, at(1000), at(1004))
    }

    #[test]
    fn offset_and_round_trip() {
        let near = |left: i64, right: i64| (left - right).abs() <= 1;
        for (ahead, offset, error) in [
            (0, -500_000, 0),
            (1, 500_000, 0),
            (2, 1_500_000, 0),
            (5, 4_500_000, 3_000_000),
            (-1, -1_500_000, 0),
            (-900, -900_500_000, 899_000_000),
        ] {
            let measured = measured(ahead);
            assert!(
                near(measured.round_trip, 3_000_000),
                "{ahead}: {measured:?}"
            );
            assert!(near(measured.offset, offset), "{ahead}: {measured:?}");
            assert!(
                near(measured.causality_error, error),
                "{ahead}: {measured:?}"
            );
        }
    }

    /// A server with a made-up clock, and a clock that is set back.
    #[test]
    fn absurd_times() {
        let at = Duration::from_secs(START);
        for (receive, transmit) in [
            (0, u64::MAX),
            (u64::MAX, u64::MAX),
            (0, 1),
            (1 << 63, 1 << 63),
        ] {
            let reply = Reply {
                receive,
                transmit,
                ..Reply::default()
            };
            let measured = Measured::new(&reply, at, at - Duration::from_secs(1));
            assert!(
                measured.round_trip >= 0 && measured.causality_error >= 0,
                "{measured:?}"
            );
            assert!(measured.distance(&reply) >= 0);
        }
        let reply = Reply {
            receive: ntp(at),
            transmit: ntp(at),
            ..Reply::default()
        };
        let measured = Measured::new(&reply, at, at - Duration::from_secs(1));
        assert_eq!((measured.round_trip, measured.offset), (0, 0));
    }

    #[test]
    fn distance_is_half_the_delay_and_the_dispersion() {
        let measured = Measured {
            round_trip: 4,
            offset: 0,
            causality_error: 0,
        };
        let reply = Reply {
            root_delay: 6,
            root_dispersion: 7,
            ..Reply::default()
        };
        assert_eq!(measured.distance(&reply), 12);
    }

    #[test]
    fn leap_second_is_remembered_for_a_day() {
        let day = 86_400;
        let midnight = START / day * day;
        let mut leap_midnight = LeapMidnight::default();
        let mut tolerance = |leap, seconds: i64| {
            let time = Duration::from_secs(midnight.wrapping_add_signed(seconds));
            let reply = Reply {
                leap,
                transmit: ntp(time),
                ..Reply::default()
            };
            leap_midnight.tolerance(&reply)
        };
        assert_eq!(tolerance(0, -3600), 0);
        assert_eq!(tolerance(3, -3600), 0);
        assert_eq!(tolerance(1, -3600), SECOND);
        assert_eq!(tolerance(0, 1), SECOND);
        assert_eq!(tolerance(0, 86_399), SECOND);
        assert_eq!(tolerance(0, 86_400), 0);
        assert_eq!(tolerance(0, -86_399), SECOND);
        assert_eq!(tolerance(0, -86_400), 0);
        // As the announcement is of the next midnight.
        assert_eq!(tolerance(2, 0), 0);
        assert_eq!(tolerance(2, 1), SECOND);
        assert_eq!(tolerance(0, 86_400 + 86_399), SECOND);
    }
}
