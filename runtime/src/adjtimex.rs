//! The state of the kernel's clock, as adjtimex(2) tells it. It is asked and never adjusted.

use std::mem;

/// What the call returned, and what it filled in.
///
/// # Errors
/// The errno: `EPERM` where a filter of system calls is in the way.
pub(crate) fn get() -> Result<(i32, libc::timex), u32> {
    // SAFETY: integers all of them, for which zero is a value. `modes` is one of them: without a
    // bit in it nothing is set.
    let mut timex: libc::timex = unsafe { mem::zeroed() };
    // SAFETY: the kernel fills the structure that the pointer leads to, and keeps nothing of it.
    let state = unsafe { libc::adjtimex(&raw mut timex) };
    match state {
        0.. => Ok((state, timex)),
        _ => {
            let errno = std::io::Error::last_os_error().raw_os_error();
            Err(errno.unwrap_or_default().unsigned_abs())
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    #[test]
    fn the_clock_is_asked_and_not_adjusted() {
        let (state, timex) = get().unwrap();
        assert!((0..=5).contains(&state), "{state}");
        assert_eq!(timex.modes, 0);
        // 100 ticks a second, give or take the tenth that the kernel allows.
        assert!((9_000..=11_000).contains(&timex.tick), "{}", timex.tick);
    }
}
