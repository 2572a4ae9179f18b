//! The records of wtmp: glibc's `struct utmp`, one after another, the newest at the end.
//!
//! glibc keeps the session and the time at 32 bits where a 32-bit program of the same processor may
//! use the file, and at 64 bits on other 64-bit processors
//! ([`__WORDSIZE_TIME64_COMPAT32`](https://sourceware.org/git/?p=glibc.git;a=blob;f=bits/utmp.h)):
//!
//! | field | bytes on x86-64 | bytes on aarch64 |
//! |---|---|---|
//! | type; 7 is a login | 0-1 | 0-1 |
//! | number of the process | 4-7 | 4-7 |
//! | terminal, its ID | 8-43 | 8-43 |
//! | user | 44-75 | 44-75 |
//! | host, exit status | 76-335 | 76-335 |
//! | session | 336-339 | 336-343 |
//! | seconds since 1970-01-01 UTC | 340-343 | 344-351 |
//! | microseconds, address, reserved | 344-383 | 352-399 |

/// `USER_PROCESS`: a login.
const USER_PROCESS: u16 = 7;
/// `ACCOUNTING`, the last type.
const LAST_TYPE: u16 = 9;
/// The first byte of the user's name, which is 0 if there is none.
const USER: usize = 44;

/// A type that no record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unknown(pub(crate) u16);

/// Where the time is in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// 32 bits.
    Narrow,
    /// 64 bits.
    Wide,
}

impl Layout {
    /// The layout on a machine, named as by uname(2).
    pub(crate) fn of_machine(machine: &str) -> Self {
        match machine {
            "aarch64" | "aarch64_be" | "loongarch64" => Self::Wide,
            _ => Self::Narrow,
        }
    }

    /// Bytes of a record.
    pub(crate) fn length(self) -> u64 {
        self.size() as u64
    }

    fn size(self) -> usize {
        match self {
            Self::Narrow => 384,
            Self::Wide => 400,
        }
    }

    /// The time of the last login, in seconds since 1970-01-01 UTC. `records` begins with a record;
    /// an incomplete one at the end does not count.
    ///
    /// # Errors
    /// A record has an unknown type: the file does not consist of such records.
    pub(crate) fn last_login(self, records: &[u8]) -> Result<Option<u64>, Unknown> {
        for record in records.chunks_exact(self.size()).rev() {
            match number(record, 0).map(u16::from_le_bytes) {
                Some(USER_PROCESS) if record.get(USER).is_some_and(|first| *first != 0) => {
                    return Ok(self.seconds(record));
                }
                Some(kind) if kind > LAST_TYPE => return Err(Unknown(kind)),
                _ => {}
            }
        }
        Ok(None)
    }

    /// The narrow number is without a sign, as in glibc since 2.40: it lasts until 2106.
    fn seconds(self, record: &[u8]) -> Option<u64> {
        match self {
            Self::Narrow => number(record, 340).map(|seconds| u32::from_le_bytes(seconds).into()),
            Self::Wide => number(record, 344).map(u64::from_le_bytes),
        }
    }
}

/// The bytes of a number.
fn number<const N: usize>(record: &[u8], at: usize) -> Option<[u8; N]> {
    record.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A record of this type and time.
    pub(crate) fn record(layout: Layout, kind: u16, user: &str, seconds: u64) -> Vec<u8> {
        let mut record = vec![0; layout.size()];
        let mut put = |at: usize, bytes: &[u8]| record[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &kind.to_le_bytes());
        put(USER, user.as_bytes());
        match layout {
            Layout::Narrow => put(340, &u32::try_from(seconds).unwrap().to_le_bytes()),
            Layout::Wide => put(344, &seconds.to_le_bytes()),
        }
        record
    }

    #[test]
    fn the_last_login_counts() {
        for layout in [Layout::Narrow, Layout::Wide] {
            let records = [
                record(layout, 7, "first", 1_000),
                record(layout, 7, "last", 2_000),
                record(layout, 8, "", 3_000),
                record(layout, 7, "", 4_000),
                record(layout, 2, "reboot", 5_000),
                record(layout, 6, "LOGIN", 6_000),
            ];
            assert_eq!(layout.last_login(&records.concat()), Ok(Some(2_000)));
        }
    }

    #[test]
    fn records_without_a_login_have_no_time() {
        let layout = Layout::Narrow;
        let login = record(layout, 7, "x", 1);
        let incomplete = &login[..383];
        for records in [&[][..], &[7][..], incomplete, &vec![0; 3840]] {
            assert_eq!(layout.last_login(records), Ok(None), "{}", records.len());
        }
        let incomplete = [&login[..], incomplete].concat();
        assert_eq!(layout.last_login(&incomplete), Ok(Some(1)));
    }

    #[test]
    fn an_unknown_type_is_an_error() {
        let layout = Layout::Narrow;
        assert_eq!(layout.last_login(&[0xff; 384]), Err(Unknown(0xffff)));
    }

    #[test]
    fn narrow_seconds_last_until_2106() {
        let layout = Layout::Narrow;
        let last = u64::from(u32::MAX);
        let records = record(layout, 7, "x", last);
        assert_eq!(layout.last_login(&records), Ok(Some(last)));
    }

    #[test]
    fn machines_have_their_layout() {
        for (machine, length) in [("x86_64", 384), ("aarch64", 400), ("riscv64", 384)] {
            assert_eq!(Layout::of_machine(machine).length(), length, "{machine}");
        }
    }
}
