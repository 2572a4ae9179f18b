//! Kernels and container runtimes that lack system calls: a seccomp filter answers in their place.

use std::thread;

use libc::{
    BPF_JEQ, BPF_JGE, BPF_JMP, BPF_K, BPF_RET, ENOSYS, EPERM, SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO,
    SYS_openat2,
};

use crate::seccomp::{self, instruction};

/// The first number that was given to a system call after Linux 4.18: pidfd_send_signal of Linux
/// 5.1. From there on the numbers are the same on every architecture.
const FIRST_AFTER_4_18: u32 = 424;

/// What a process does without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldKernel {
    /// All system calls that are newer than Linux 4.18: the kernel does not know them.
    Linux4_18,
    /// `openat2`, which the seccomp filter of an old container runtime denies.
    OldRuntime,
}

impl OldKernel {
    /// Starts a process that does without.
    ///
    /// # Panics
    /// The kernel has no seccomp filters.
    pub fn over<T: Send>(self, start: impl FnOnce() -> T + Send) -> T {
        // The filter applies to the thread that sets it, and to its child processes.
        let of_thread = || {
            self.set().expect("seccomp filters can be set");
            start()
        };
        thread::scope(|scope| scope.spawn(of_thread).join().unwrap())
    }

    fn set(self) -> std::io::Result<()> {
        let (is_concerned, errno) = match self {
            Self::Linux4_18 => (
                instruction(BPF_JMP | BPF_JGE | BPF_K, 0, 1, FIRST_AFTER_4_18),
                ENOSYS,
            ),
            Self::OldRuntime => (
                instruction(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_openat2 as u32),
                EPERM,
            ),
        };
        let mut filter = [
            seccomp::load_number(),
            is_concerned,
            instruction(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | errno as u32),
            instruction(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW),
        ];
        seccomp::set_filter(&mut filter, 0).map(|_| ())
    }
}
