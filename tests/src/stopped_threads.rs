//! Stops single threads of a process, as a defect that makes them wait forever would.

use std::io;
use std::ptr;

use libc::{PTRACE_DETACH, PTRACE_INTERRUPT, PTRACE_SEIZE, pid_t};

/// Stopped threads. They go on when this is dropped, by the thread that stopped them.
#[derive(Debug)]
pub struct StoppedThreads(Vec<pid_t>);

impl StoppedThreads {
    /// Stops these threads; `None` if this process may not.
    ///
    /// # Panics
    /// A thread cannot be waited for.
    #[must_use]
    pub fn stop(threads: &[u32]) -> Option<Self> {
        let mut stopped = Self(Vec::new());
        for &thread in threads {
            let thread = pid_t::try_from(thread).unwrap();
            if request(PTRACE_SEIZE, thread).is_err() {
                return None;
            }
            stopped.0.push(thread);
            request(PTRACE_INTERRUPT, thread).unwrap();
            // SAFETY: a null pointer means that the status is not wanted.
            let waited = unsafe { libc::waitpid(thread, ptr::null_mut(), libc::__WALL) };
            assert_eq!(waited, thread);
        }
        Some(stopped)
    }
}

impl Drop for StoppedThreads {
    fn drop(&mut self) {
        for &thread in &self.0 {
            // Fails if the thread is gone.
            let _ = request(PTRACE_DETACH, thread);
        }
    }
}

fn request(request: libc::c_uint, thread: pid_t) -> io::Result<()> {
    let nothing = ptr::null_mut::<libc::c_void>();
    // SAFETY: these requests take no addresses.
    match unsafe { libc::ptrace(request, thread, nothing, nothing) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}
