//! Requests and replies of SNTP: the header of 48 bytes, see [RFC 5905, section
//! 7.3](https://www.rfc-editor.org/rfc/rfc5905#section-7.3).

use crate::time::{short_nanoseconds, unix};

/// Bytes of a header.
const HEADER: usize = 48;

const CLIENT: u8 = 3;
const SERVER: u8 = 4;

/// The precision that clients send: unspecific.
const PRECISION: u8 = 0x20;

const NANOSECONDS: i64 = 1_000_000_000;

/// The longest poll interval: about 36 hours.
const MAX_AGE: i64 = (1 << 17) * NANOSECONDS;

/// The largest useful dispersion.
const MAX_DISPERSION: i64 = 16 * NANOSECONDS;

/// What a server says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Reply {
    pub(crate) leap: u8,
    pub(crate) stratum: u8,
    /// In nanoseconds.
    pub(crate) root_delay: i64,
    /// In nanoseconds.
    pub(crate) root_dispersion: i64,
    /// When its clock was set last, by NTP.
    pub(crate) reference: u64,
    /// When the request arrived, by NTP.
    pub(crate) receive: u64,
    /// When the reply was sent, by NTP.
    pub(crate) transmit: u64,
}

/// Why a datagram is no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReplyError {
    #[error("the reply has {0} bytes instead of 48")]
    Short(usize),
    #[error("invalid mode in response")]
    Mode,
    #[error("invalid transmit time in response")]
    TransmitTime,
    #[error("server response didn't match request")]
    Mismatch,
    #[error("server clock ticked backwards")]
    Backwards,
}

/// A request with a cookie in place of the time of sending.
pub(crate) fn request(version: u8, cookie: u64) -> Vec<u8> {
    let mut bytes = vec![version << 3 | CLIENT, 0, 0, PRECISION];
    bytes.resize(HEADER - size_of::<u64>(), 0);
    bytes.extend(cookie.to_be_bytes());
    bytes
}

/// The reply to the request with a cookie. What follows the header is ignored.
pub(crate) fn parse(bytes: &[u8], cookie: u64) -> Result<Reply, ReplyError> {
    let header = bytes
        .first_chunk::<HEADER>()
        .ok_or(ReplyError::Short(bytes.len()))?;
    let [first, stratum, _poll, _precision, rest @ ..] = *header;
    let mut rest = rest.as_slice();
    let mut number = |bytes: usize| {
        let (number, after) = rest.split_at_checked(bytes).unwrap_or_default();
        rest = after;
        number
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    };
    let [root_delay, root_dispersion, _reference_id] = [(); 3].map(|()| number(4) as u32);
    let [reference, origin, receive, transmit] = [(); 4].map(|()| number(8));
    if first & 7 != SERVER {
        return Err(ReplyError::Mode);
    }
    if transmit == 0 {
        return Err(ReplyError::TransmitTime);
    }
    if origin != cookie {
        return Err(ReplyError::Mismatch);
    }
    if receive > transmit {
        return Err(ReplyError::Backwards);
    }
    Ok(Reply {
        leap: first >> 6,
        stratum,
        root_delay: short_nanoseconds(root_delay),
        root_dispersion: short_nanoseconds(root_dispersion),
        reference,
        receive,
        transmit,
    })
}

impl Reply {
    /// When it was sent, in nanoseconds since 1970.
    pub(crate) fn time(&self) -> i64 {
        unix(self.transmit)
    }

    /// Whether the server is usable: not a kiss of death, synchronized, and not long ago.
    pub(crate) fn is_valid(&self) -> bool {
        let age = self.time() - unix(self.reference);
        (1..16).contains(&self.stratum)
            && self.leap != 3
            && (0..=MAX_AGE).contains(&age)
            && self.root_delay / 2 + self.root_dispersion <= MAX_DISPERSION
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOKIE: u64 = 0x0123_4567_89ab_cdef;

    /// Leap 1, version 4, mode 4, stratum 2, delay 1.5 s, dispersion 0.5 s.
    fn packet() -> Vec<u8> {
        let mut bytes = vec![0x64, 2, 6, 0xec, 0, 1, 0x80, 0, 0, 0, 0x80, 0, 1, 2, 3, 4];
        for time in [5 << 32, COOKIE, 7 << 32, 8 << 32] {
            bytes.extend(time.to_be_bytes());
        }
        bytes
    }

    #[test]
    fn request_is_a_header_with_a_cookie() {
        for version in 2..=4 {
            let request = request(version, COOKIE);
            assert_eq!(request.len(), 48);
            assert_eq!(request[..4], [version << 3 | 3, 0, 0, 0x20]);
            assert!(request[4..40].iter().all(|byte| *byte == 0));
            assert_eq!(request[40..], COOKIE.to_be_bytes());
        }
    }

    #[test]
    fn reply_is_read_field_by_field() {
        let expected = Reply {
            leap: 1,
            stratum: 2,
            root_delay: 1_500_000_000,
            root_dispersion: 500_000_000,
            reference: 5 << 32,
            receive: 7 << 32,
            transmit: 8 << 32,
        };
        assert_eq!(parse(&packet(), COOKIE), Ok(expected));
        let with_extension = [packet(), vec![0xff; 8000]].concat();
        assert_eq!(parse(&with_extension, COOKIE), Ok(expected));
    }

    #[test]
    fn other_datagrams_are_refused() {
        let with = |place: usize, bytes: &[u8]| {
            let mut packet = packet();
            packet[place..place + bytes.len()].copy_from_slice(bytes);
            parse(&packet, COOKIE)
        };
        assert_eq!(parse(b"", COOKIE), Err(ReplyError::Short(0)));
        assert_eq!(parse(&packet()[..47], COOKIE), Err(ReplyError::Short(47)));
        for mode in [0, 1, 2, 3, 5, 6, 7] {
            assert_eq!(with(0, &[0x20 | mode]), Err(ReplyError::Mode));
        }
        assert_eq!(with(40, &[0; 8]), Err(ReplyError::TransmitTime));
        assert_eq!(with(31, &[0]), Err(ReplyError::Mismatch));
        assert_eq!(with(32, &[1]), Err(ReplyError::Backwards));
        assert_eq!(parse(&[0xff; 48], COOKIE), Err(ReplyError::Mode));
        assert_eq!(parse(&[0; 48], COOKIE), Err(ReplyError::Mode));
    }

    #[test]
    fn valid_servers() {
        let time = |second: u64| (3_900_000_000 + second) << 32;
        let good = Reply {
            stratum: 1,
            reference: time(0),
            transmit: time(1 << 17),
            root_delay: 30 * NANOSECONDS,
            root_dispersion: NANOSECONDS,
            ..Reply::default()
        };
        assert!(good.is_valid());
        assert!(
            Reply {
                stratum: 15,
                leap: 2,
                ..good
            }
            .is_valid()
        );
        assert!(
            Reply {
                transmit: time(0),
                ..good
            }
            .is_valid()
        );
        for bad in [
            Reply { stratum: 0, ..good },
            Reply {
                stratum: 16,
                ..good
            },
            Reply { leap: 3, ..good },
            Reply {
                transmit: time(1 << 17) + 8,
                ..good
            },
            Reply {
                reference: time(0) + 8,
                transmit: time(0),
                ..good
            },
            Reply {
                reference: 0,
                ..good
            },
            Reply {
                root_delay: good.root_delay + 2,
                ..good
            },
            Reply {
                root_dispersion: good.root_dispersion + 1,
                ..good
            },
        ] {
            assert!(!bad.is_valid(), "{bad:?}");
        }
    }
}
