//! Resource use of compiler processes, reported by the kernel when they are reaped.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{io, mem};

/// Total resource use of all compiler processes so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CompilerUsage {
    /// Processes that ended, with any result.
    pub runs: u64,
    /// CPU time of all of them.
    pub cpu: Duration,
    /// Peak resident size of the largest one, in bytes.
    pub peak_bytes: u64,
    /// Peak resident size of the last one, in bytes.
    pub last_peak_bytes: u64,
}

/// The totals, updated by several threads.
#[derive(Debug, Default)]
pub(super) struct UsageCounters {
    runs: AtomicU64,
    cpu_micros: AtomicU64,
    peak_bytes: AtomicU64,
    last_peak_bytes: AtomicU64,
}

impl UsageCounters {
    /// Adds one process.
    fn add(&self, usage: &libc::rusage) {
        let micros = |time: libc::timeval| {
            let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
            let micros = u64::try_from(time.tv_usec).unwrap_or(0);
            seconds.saturating_mul(1_000_000).saturating_add(micros)
        };
        let cpu = micros(usage.ru_utime).saturating_add(micros(usage.ru_stime));
        // The kernel reports KiB.
        let peak = u64::try_from(usage.ru_maxrss)
            .unwrap_or(0)
            .saturating_mul(1024);
        self.runs.fetch_add(1, Ordering::Relaxed);
        self.cpu_micros.fetch_add(cpu, Ordering::Relaxed);
        self.peak_bytes.fetch_max(peak, Ordering::Relaxed);
        self.last_peak_bytes.store(peak, Ordering::Relaxed);
    }

    /// The totals.
    pub(super) fn total(&self) -> CompilerUsage {
        CompilerUsage {
            runs: self.runs.load(Ordering::Relaxed),
            cpu: Duration::from_micros(self.cpu_micros.load(Ordering::Relaxed)),
            peak_bytes: self.peak_bytes.load(Ordering::Relaxed),
            last_peak_bytes: self.last_peak_bytes.load(Ordering::Relaxed),
        }
    }
}

/// Reaps a child and adds its resource use. Must be called once: afterwards the process ID may be
/// reused.
///
/// # Errors
/// If it was reaped before.
pub(super) fn wait(child: &Child, counters: &UsageCounters) -> io::Result<ExitStatus> {
    let pid = libc::pid_t::try_from(child.id()).map_err(io::Error::other)?;
    let mut status = 0;
    // SAFETY: all fields are integers, for which zero is a valid value.
    let mut usage: libc::rusage = unsafe { mem::zeroed() };
    loop {
        // SAFETY: the kernel fills both values and keeps no pointer to them.
        let ended = unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut usage) };
        if ended == pid {
            counters.add(&usage);
            return Ok(ExitStatus::from_raw(status));
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}
