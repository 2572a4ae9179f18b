//! The kernel's clock discipline, and the local time zone.
//!
//! The time itself comes from [`std::time::SystemTime`].

use crate::backend;

/// The fields of the kernel's `struct timex`, in its units: see
/// [adjtimex(2)](https://man7.org/linux/man-pages/man2/adjtimex.2.html).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timex {
    /// Return value of the call; 5 for a clock that is not synchronised.
    pub state: i32,
    /// Bits `STA_*`.
    pub status: i32,
    /// Offset between the clock and its reference: nanoseconds with `STA_NANO`, else microseconds.
    pub offset: i64,
    /// Frequency offset, in units of 2^-16 parts per million.
    pub freq: i64,
    /// Largest error, in microseconds.
    pub maxerror: i64,
    /// Estimated error, in microseconds.
    pub esterror: i64,
    /// Time constant of the phase-locked loop.
    pub constant: i64,
    /// Microseconds between clock ticks.
    pub tick: i64,
    /// Frequency of the pulse per second, in units of 2^-16 parts per million.
    pub ppsfreq: i64,
    /// Jitter of the pulse per second, in the unit of `offset`.
    pub jitter: i64,
    /// Duration of the interval, as a power of two of seconds.
    pub shift: i32,
    /// Stability of the pulse per second, in units of 2^-16 parts per million.
    pub stabil: i64,
    /// Count of jitter limits exceeded.
    pub jitcnt: i64,
    /// Count of calibration intervals.
    pub calcnt: i64,
    /// Count of calibration errors.
    pub errcnt: i64,
    /// Count of stability limits exceeded.
    pub stbcnt: i64,
    /// Offset of International Atomic Time from UTC, in seconds.
    pub tai: i32,
}

/// The state of the kernel's clock.
///
/// # Errors
/// The Linux errno of the call.
pub fn adjtimex() -> Result<Timex, u32> {
    backend::adjtimex()
}

/// The local time zone at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// Abbreviation, such as `UTC` or `CEST`.
    pub name: String,
    /// Offset of local time from UTC, in seconds.
    pub offset_seconds: i32,
}

/// The local time zone of the host at a moment, in seconds since 1970-01-01 UTC.
#[must_use]
pub fn time_zone(seconds: i64) -> Zone {
    backend::time_zone(seconds)
}
