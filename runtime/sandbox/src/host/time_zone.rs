//! `time-zone`: the local time zone of firepit's process.

pub(crate) mod local;

use super::State;
use crate::contract::firepit::collector::time_zone as wit;
use crate::fuel;

impl wit::Host for State {
    fn at(&mut self, seconds: i64) -> wasmtime::Result<wit::Zone> {
        self.charge(fuel::CALL);
        let (name, offset_seconds) = self.resources.local_time.at(seconds);
        Ok(wit::Zone {
            name,
            offset_seconds,
        })
    }
}
