//! The file `supervise/status` of a service.
//!
//! runsv writes 20 bytes
//! ([runsv.c](https://github.com/void-linux/runit/blob/master/src/runsv.c), `update_status`):
//!
//! | bytes | content |
//! |---|---|
//! | 0-7 | seconds of the last change: [TAI64](https://cr.yp.to/libtai/tai64.html), big-endian |
//! | 8-11 | nanoseconds |
//! | 12-15 | number of the process, little-endian |
//! | 16 | whether the service is paused |
//! | 17 | the wanted state: `u` for up, `d` for down |
//! | 18 | whether it was told to terminate |
//! | 19 | the state: 0 is down, 1 is up, 2 is its script `finish` |

/// Length of the file.
const LENGTH: usize = 20;
const WANTED: usize = 17;
const STATE: usize = 19;

/// 1970-01-01 UTC in TAI64: 2^62 for 1970-01-01 TAI, and 10 seconds between the two.
const EPOCH: i64 = (1 << 62) + 10;

/// The state of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) state: u8,
    pub(crate) wants_up: bool,
    /// Seconds since 1970-01-01 UTC.
    pub(crate) changed: i64,
}

impl Status {
    /// Bytes that are missing are 0; `None` if all are. Further bytes are ignored.
    pub(crate) fn parse(content: &[u8]) -> Option<Self> {
        if content.is_empty() {
            return None;
        }
        let mut bytes = [0; LENGTH];
        for (byte, content) in bytes.iter_mut().zip(content) {
            *byte = *content;
        }
        let (seconds, rest) = bytes.split_first_chunk()?;
        let at = |index: usize| rest.get(index - size_of::<i64>()).copied();
        Some(Self {
            state: at(STATE)?,
            wants_up: at(WANTED)? == b'u',
            changed: i64::from_be_bytes(*seconds).wrapping_sub(EPOCH),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_states_have_their_places() {
        let mut content = *b"\x40\0\0\0\x65\0\0\0\0\0\0\0\x10\0\0\0\0u\0\x01";
        let up = Status {
            state: 1,
            wants_up: true,
            changed: 1_694_498_806,
        };
        assert_eq!(Status::parse(&content), Some(up));
        content[WANTED] = b'd';
        content[STATE] = 2;
        let finish = Status {
            state: 2,
            wants_up: false,
            ..up
        };
        assert_eq!(Status::parse(&content), Some(finish));
        let longer = [&content[..], &[b'x'; 4096]].concat();
        assert_eq!(Status::parse(&longer), Some(finish));
    }

    /// What node_exporter shows of the same files.
    #[test]
    fn short_and_garbled_content_is_read_like_node_exporter_does() {
        assert_eq!(Status::parse(b""), None);
        let short = Status::parse(b"abc").unwrap();
        assert_eq!((short.state, short.wants_up), (0, false));
        assert_eq!(short.changed as f64, 2.405594002620416e18);
        let garbled = Status::parse(&[b'u'; 20]).unwrap();
        assert_eq!((garbled.state, garbled.wants_up), (117, true));
        assert_eq!(garbled.changed as f64, 3.852114203627583e18);
        let full = Status::parse(&[0xff; 20]).unwrap();
        assert_eq!((full.state, full.wants_up), (255, false));
        assert_eq!(full.changed, -1 - EPOCH);
        let zeros = Status::parse(&[0]).unwrap();
        assert_eq!(zeros.changed, -EPOCH);
        // The smallest and the largest number do not overflow.
        let smallest = [&[0x80][..], &[0; 19]].concat();
        assert!(Status::parse(&smallest).is_some());
    }
}
