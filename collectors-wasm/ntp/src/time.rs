//! Times and durations of NTP: fixed-point numbers of seconds.

use std::time::Duration;

const SECOND: u64 = 1_000_000_000;

/// 1970 by NTP, whose first era began in 1900.
const UNIX: u64 = 2_208_988_800;

/// The seconds of an era.
const ERA: u64 = 1 << 32;

/// The time of NTP, in units of 2^-32 seconds since the beginning of its era, of a time since 1970.
pub(crate) fn ntp(since_1970: Duration) -> u64 {
    let whole = since_1970.as_secs().wrapping_add(UNIX) << 32;
    let nanoseconds = u64::from(since_1970.subsec_nanos()) << 32;
    // Rounded to the nearest one. The sum may reach the next second.
    whole.wrapping_add((nanoseconds + SECOND / 2) / SECOND)
}

/// Nanoseconds of a duration in units of 2^-32 seconds, rounded to the nearest one.
pub(crate) fn nanoseconds(duration: u64) -> i64 {
    let fraction = (duration & 0xffff_ffff) * SECOND;
    let rounded = (fraction + (1 << 31)) >> 32;
    // At most 2^32 seconds.
    ((duration >> 32) * SECOND + rounded) as i64
}

/// Nanoseconds of a duration in units of 2^-16 seconds, rounded to the nearest one.
pub(crate) fn short_nanoseconds(duration: u32) -> i64 {
    nanoseconds(u64::from(duration) << 16)
}

/// Nanoseconds since 1970. A time that would be before 1970 is one of the next era.
pub(crate) fn unix(time: u64) -> i64 {
    let era = if time >> 32 < UNIX { ERA } else { 0 };
    nanoseconds(time) + ((era as i64) - (UNIX as i64)) * (SECOND as i64)
}

/// Seconds of nanoseconds, as Go divides them.
pub(crate) fn seconds(nanoseconds: i64) -> f64 {
    let second = SECOND as i64;
    (nanoseconds / second) as f64 + (nanoseconds % second) as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_since_1970() {
        assert_eq!(ntp(Duration::ZERO), UNIX << 32);
        assert_eq!(
            ntp(Duration::from_millis(1_500)),
            ((UNIX + 1) << 32) + (1 << 31)
        );
        // Rounded: 2^-32 s are 0.23 ns.
        assert_eq!(ntp(Duration::from_nanos(1)) & 0xffff_ffff, 4);
        assert_eq!(
            ntp(Duration::new(0, 999_999_999)) & 0xffff_ffff,
            0xffff_fffc
        );
        // The first second of the second era.
        assert_eq!(ntp(Duration::from_secs(ERA - UNIX)), 0);

        assert_eq!(unix(UNIX << 32), 0);
        assert_eq!(unix(0), 2_085_978_496_000_000_000);
        assert_eq!(unix((UNIX << 32) - 1), 4_294_967_296_000_000_000);
        assert_eq!(unix(u64::MAX), 2_085_978_496_000_000_000);
    }

    #[test]
    fn durations() {
        assert_eq!(nanoseconds(3 << 31), 1_500_000_000);
        assert_eq!(nanoseconds(2), 0);
        assert_eq!(nanoseconds(3), 1);
        assert_eq!(nanoseconds(u64::MAX), 4_294_967_296_000_000_000);
        assert_eq!(short_nanoseconds(1), 15_259);
        assert_eq!(short_nanoseconds(0x0001_8000), 1_500_000_000);
        assert_eq!(short_nanoseconds(u32::MAX), 65_535_999_984_741);
        assert_eq!(seconds(-1_500_000_000), -1.5);
        assert_eq!(seconds(65_535_999_984_741), 65_535.999984741);
    }
}
