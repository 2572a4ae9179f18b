//! `adjtimex`: the state of the kernel's clock discipline, as reported by adjtimex(2). It is read,
//! never adjusted.

use std::mem;

use super::State;
use crate::contract::firepit::collector::adjtimex as wit;
use crate::fuel;

impl wit::Host for State {
    fn get(&mut self) -> wasmtime::Result<Result<wit::Timex, u32>> {
        self.charge(fuel::CALL);
        Ok(read_clock().map(|(state, timex)| wit::Timex {
            state,
            status: timex.status,
            offset: timex.offset,
            freq: timex.freq,
            maxerror: timex.maxerror,
            esterror: timex.esterror,
            constant: timex.constant,
            tick: timex.tick,
            ppsfreq: timex.ppsfreq,
            jitter: timex.jitter,
            shift: timex.shift,
            stabil: timex.stabil,
            jitcnt: timex.jitcnt,
            calcnt: timex.calcnt,
            errcnt: timex.errcnt,
            stbcnt: timex.stbcnt,
            tai: timex.tai,
        }))
    }
}

/// The return value of the call, and the structure that it filled in.
///
/// # Errors
/// The errno: `EPERM` if a system call filter denies the call.
fn read_clock() -> Result<(i32, libc::timex), u32> {
    // SAFETY: all fields are integers, for which zero is a valid value. `modes` is one of them:
    // with no bit set, nothing is adjusted.
    let mut timex: libc::timex = unsafe { mem::zeroed() };
    // SAFETY: the kernel fills the structure and keeps no pointer to it.
    let state = unsafe { libc::adjtimex(&raw mut timex) };
    if state >= 0 {
        return Ok((state, timex));
    }
    let errno = std::io::Error::last_os_error().raw_os_error();
    Err(errno.unwrap_or_default().unsigned_abs())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    #[test]
    fn clock_is_read_and_not_adjusted() {
        let (state, timex) = read_clock().unwrap();
        assert!((0..=5).contains(&state), "{state}");
        assert_eq!(timex.modes, 0);
        // 100 ticks per second, with the tolerance of a tenth that the kernel allows.
        assert!((9_000..=11_000).contains(&timex.tick), "{}", timex.tick);
    }
}
