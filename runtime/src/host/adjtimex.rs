//! `adjtimex`: how the kernel disciplines its clock.

use super::State;
use crate::contract::firepit::collector::adjtimex as wit;
use crate::{adjtimex, fuel};

impl wit::Host for State {
    fn get(&mut self) -> wasmtime::Result<Result<wit::Timex, u32>> {
        self.charge(fuel::CALL);
        Ok(adjtimex::get().map(|(state, timex)| wit::Timex {
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
