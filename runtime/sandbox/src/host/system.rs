//! `system`: host facts by system call.

use super::State;
use crate::contract::firepit::collector::system as wit;
use crate::fuel;
use crate::grants::Interface;

impl wit::Host for State {
    fn get_uname(&mut self) -> wasmtime::Result<wit::Uname> {
        self.using(Interface::Uname).charge(fuel::CALL);
        let uname = rustix::system::uname();
        let text = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
        Ok(wit::Uname {
            sysname: text(uname.sysname()),
            nodename: text(uname.nodename()),
            release: text(uname.release()),
            version: text(uname.version()),
            machine: text(uname.machine()),
            domainname: text(uname.domainname()),
        })
    }

    fn page_size(&mut self) -> wasmtime::Result<u32> {
        self.using(Interface::PageSize).charge(fuel::CALL);
        Ok(u32::try_from(rustix::param::page_size()).unwrap_or(u32::MAX))
    }

    fn clock_ticks(&mut self) -> wasmtime::Result<u32> {
        self.using(Interface::ClockTicks).charge(fuel::CALL);
        Ok(u32::try_from(rustix::param::clock_ticks_per_second()).unwrap_or(u32::MAX))
    }
}
