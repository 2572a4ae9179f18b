//! One counter: perf_event_open(2) for all processes on a CPU.

use std::mem;
use std::os::fd::{FromRawFd as _, OwnedFd};

use rustix::io::{Errno, read};

/// What is counted: the kernel's type and number of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// `PERF_TYPE_*`.
    pub(super) class: u32,
    /// The event of that type.
    pub(super) config: u64,
}

/// The kernel's `struct perf_event_attr` as it was first (`PERF_ATTR_SIZE_VER0`). Every kernel takes
/// it, and takes 0 for the fields that were added later. With `sample_period` 0 nothing is sampled.
#[repr(C)]
#[derive(Debug, Default, PartialEq, Eq)]
struct Attributes {
    class: u32,
    size: u32,
    config: u64,
    sample_period: u64,
    sample_type: u64,
    read_format: u64,
    flags: u64,
    wakeup_events: u32,
    breakpoint_type: u32,
    config1: u64,
}

impl Attributes {
    fn of(kind: Kind) -> Self {
        Self {
            class: kind.class,
            size: ATTRIBUTES_SIZE,
            config: kind.config,
            read_format: WITH_TIMES,
            flags: EXCLUDE_HYPERVISOR,
            ..Self::default()
        }
    }
}

/// `PERF_ATTR_SIZE_VER0`.
const ATTRIBUTES_SIZE: u32 = 64;
const _: () = assert!(size_of::<Attributes>() == ATTRIBUTES_SIZE as usize);

/// `PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING`.
const WITH_TIMES: u64 = 1 | 2;

/// The bit `exclude_hv`: the hypervisor's own work is not counted. The compiler lays out the kernel's
/// bit field from the other end if the byte order is big-endian.
const EXCLUDE_HYPERVISOR: u64 = if cfg!(target_endian = "little") {
    1 << 6
} else {
    1 << (63 - 6)
};

/// All processes.
const ANY_PROCESS: libc::pid_t = -1;
/// The counter belongs to no group.
const NO_GROUP: libc::c_int = -1;
/// `PERF_FLAG_FD_CLOEXEC`: the compiler of modules does not inherit it.
const CLOSE_ON_EXEC: libc::c_ulong = 8;

/// An open counter. It counts from the start, since the bit `disabled` is not set.
#[derive(Debug)]
pub(super) struct Counter(OwnedFd);

impl Counter {
    /// Begins to count an event on a CPU.
    ///
    /// # Errors
    /// EACCES or EPERM without the right to, ENOENT or EOPNOTSUPP if the event is not counted here, ENODEV
    /// for a CPU that is offline, EINVAL for one that does not exist, EMFILE.
    pub(super) fn open(kind: Kind, cpu: u32) -> Result<Self, Errno> {
        // -1 would be any CPU.
        let cpu = libc::c_int::try_from(cpu).map_err(|_| Errno::INVAL)?;
        let attributes = Attributes::of(kind);
        // SAFETY: the kernel reads the structure, whose size it is told, and keeps no pointer to it. The
        // arguments have the types of perf_event_open(2).
        let fd = unsafe {
            libc::syscall(
                libc::SYS_perf_event_open,
                &raw const attributes,
                ANY_PROCESS,
                cpu,
                NO_GROUP,
                CLOSE_ON_EXEC,
            )
        };
        let Some(fd) = libc::c_int::try_from(fd).ok().filter(|fd| *fd >= 0) else {
            let error = std::io::Error::last_os_error();
            return Err(Errno::from_io_error(&error).unwrap_or(Errno::IO));
        };
        // SAFETY: the descriptor is new, and nothing else owns it.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// The number of events, and the nanoseconds in which the counter was enabled and running.
    ///
    /// # Errors
    /// EIO if the answer is short, as it is if the counter has an error.
    pub(super) fn read(&self) -> Result<[u64; 3], Errno> {
        const WORD: usize = size_of::<u64>();
        let mut bytes = [[0; WORD]; 3];
        let length = read(&self.0, bytes.as_flattened_mut())?;
        if length == mem::size_of_val(&bytes) {
            Ok(bytes.map(u64::from_ne_bytes))
        } else {
            Err(Errno::IO)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use std::thread;

    use super::*;

    const CONTEXT_SWITCHES: Kind = Kind {
        class: 1,
        config: 3,
    };

    /// Whether this process may count: CI may run as a user who may not.
    fn open(kind: Kind) -> Option<Counter> {
        match Counter::open(kind, 0) {
            Ok(counter) => Some(counter),
            Err(errno) => {
                assert!([Errno::ACCESS, Errno::PERM].contains(&errno), "{errno}");
                None
            }
        }
    }

    /// No samples, no addresses, no records of maps, names and switches: only a number.
    #[test]
    fn a_request_samples_nothing() {
        let attributes = Attributes::of(CONTEXT_SWITCHES);
        let expected = Attributes {
            class: 1,
            size: 64,
            config: 3,
            sample_period: 0,
            sample_type: 0,
            read_format: 3,
            flags: EXCLUDE_HYPERVISOR,
            wakeup_events: 0,
            breakpoint_type: 0,
            config1: 0,
        };
        assert_eq!(attributes, expected);
    }

    #[test]
    fn a_counter_counts_from_the_start() {
        let Some(counter) = open(CONTEXT_SWITCHES) else {
            return;
        };
        let mut last = counter.read().unwrap();
        for _ in 0..1_000 {
            thread::yield_now();
            let next = counter.read().unwrap();
            assert!(next.iter().zip(last).all(|(next, last)| *next >= last));
            assert!(next[2] <= next[1]);
            last = next;
        }
        assert_ne!(last[2], 0);
    }

    #[test]
    fn missing_events_and_cpus_are_errors() {
        if open(CONTEXT_SWITCHES).is_none() {
            return;
        }
        let unknown = Kind {
            class: 1,
            config: 1 << 40,
        };
        assert!(Counter::open(unknown, 0).is_err());
        for cpu in [1 << 20, i32::MAX as u32, u32::MAX] {
            let error = Counter::open(CONTEXT_SWITCHES, cpu).unwrap_err();
            assert_eq!(error, Errno::INVAL, "{cpu}");
        }
    }
}
