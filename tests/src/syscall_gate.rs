//! Simulates a kernel that hangs or is slow, as with a network file system whose server is gone or
//! far away.
//!
//! A seccomp filter hands every `openat2` of one process to this module, which resumes the call at
//! once, later, or on request. It needs no privileges.

use std::fs::File;
use std::mem::zeroed;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{io, thread};

use libc::{
    BPF_JEQ, BPF_JMP, BPF_K, BPF_RET, SECCOMP_FILTER_FLAG_NEW_LISTENER, SECCOMP_IOCTL_NOTIF_RECV,
    SECCOMP_IOCTL_NOTIF_SEND, SECCOMP_RET_ALLOW, SECCOMP_RET_USER_NOTIF,
    SECCOMP_USER_NOTIF_FLAG_CONTINUE, SYS_openat2, seccomp_notif, seccomp_notif_resp,
};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::retry_on_intr;

use crate::seccomp::{self, instruction};

/// Blocks or delays opening files of one name, in one process.
#[derive(Debug, Clone)]
pub struct SyscallGate(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    listener: OwnedFd,
    name: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    is_blocking: bool,
    blocked: Vec<u64>,
    delay: Duration,
    delayed: usize,
}

impl SyscallGate {
    /// Starts a process whose `openat2` calls pass through this gate. The gate is open at first.
    pub(crate) fn over<T: Send>(name: &str, start: impl FnOnce() -> T + Send) -> (Self, T) {
        // The filter applies to the thread that sets it, and to its child processes.
        let of_thread = || (listen().expect("seccomp filters can be set"), start());
        let (listener, value) = thread::scope(|scope| scope.spawn(of_thread).join().unwrap());
        let gate = Self(Arc::new(Shared {
            listener,
            name: name.to_owned(),
            state: Mutex::default(),
        }));
        let of_thread = Arc::clone(&gate.0);
        thread::spawn(move || while of_thread.next().is_ok() {});
        (gate, value)
    }

    /// From now on, opening a file of this name blocks.
    ///
    /// # Panics
    /// Another thread panicked.
    pub fn block(&self) {
        self.0.state.lock().unwrap().is_blocking = true;
    }

    /// From now on, opening a file of this name takes this long.
    ///
    /// # Panics
    /// Another thread panicked.
    pub fn delay(&self, delay: Duration) {
        self.0.state.lock().unwrap().delay = delay;
    }

    /// Number of delayed calls.
    ///
    /// # Panics
    /// Another thread panicked.
    #[must_use]
    pub fn delayed(&self) -> usize {
        self.0.state.lock().unwrap().delayed
    }

    /// Number of blocked calls.
    ///
    /// # Panics
    /// Another thread panicked.
    #[must_use]
    pub fn blocked(&self) -> usize {
        self.0.state.lock().unwrap().blocked.len()
    }

    /// Resumes all blocked calls.
    ///
    /// # Panics
    /// Another thread panicked.
    pub fn release(&self) {
        let mut state = self.0.state.lock().unwrap();
        state.is_blocking = false;
        for id in state.blocked.drain(..) {
            self.0.resume(id);
        }
    }
}

impl Shared {
    fn next(self: &Arc<Self>) -> io::Result<()> {
        self.wait()?;
        // SAFETY: all fields are integers, for which zero is a valid value.
        let mut notification: seccomp_notif = unsafe { zeroed() };
        // SAFETY: the descriptor is a seccomp listener, and the request fills this structure.
        let done = unsafe {
            libc::ioctl(
                self.listener.as_raw_fd(),
                SECCOMP_IOCTL_NOTIF_RECV,
                &raw mut notification,
            )
        };
        if done != 0 {
            let error = io::Error::last_os_error();
            let transient = [io::ErrorKind::NotFound, io::ErrorKind::Interrupted];
            return if transient.contains(&error.kind()) {
                Ok(())
            } else {
                Err(error)
            };
        }
        let mut state = self.state.lock().unwrap();
        let is_of_name = || path(&notification).is_ok_and(|path| path.ends_with(&self.name));
        if state.is_blocking && is_of_name() {
            state.blocked.push(notification.id);
        } else if !state.delay.is_zero() && is_of_name() {
            state.delayed += 1;
            let (delay, later) = (state.delay, Arc::clone(self));
            thread::spawn(move || {
                thread::sleep(delay);
                later.resume(notification.id);
            });
        } else {
            self.resume(notification.id);
        }
        Ok(())
    }

    /// Waits for a notification. Fails once no process under the filter remains.
    fn wait(&self) -> io::Result<()> {
        let mut listener = [PollFd::new(&self.listener, PollFlags::IN)];
        retry_on_intr(|| poll(&mut listener, None))?;
        if listener[0].revents().contains(PollFlags::IN) {
            Ok(())
        } else {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }

    fn resume(&self, id: u64) {
        let answer = seccomp_notif_resp {
            id,
            val: 0,
            error: 0,
            flags: SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32,
        };
        // Fails if the process has ended.
        // SAFETY: the descriptor is a seccomp listener, and the request only reads this structure.
        unsafe {
            libc::ioctl(
                self.listener.as_raw_fd(),
                SECCOMP_IOCTL_NOTIF_SEND,
                &raw const answer,
            )
        };
    }
}

/// The path argument of an `openat2`, read from the memory of the process.
fn path(notification: &seccomp_notif) -> io::Result<String> {
    let memory = File::open(format!("/proc/{}/mem", notification.pid))?;
    let mut bytes = [0; 256];
    let length = memory.read_at(&mut bytes, notification.data.args[1])?;
    let path = bytes[..length]
        .split(|byte| *byte == 0)
        .next()
        .unwrap_or_default();
    Ok(String::from_utf8_lossy(path).into_owned())
}

/// Sets the filter on this thread; returns the descriptor that receives a notification per call.
fn listen() -> io::Result<OwnedFd> {
    let mut filter = [
        seccomp::load_number(),
        instruction(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_openat2 as u32),
        instruction(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_USER_NOTIF),
        instruction(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW),
    ];
    let listener = seccomp::set_filter(&mut filter, SECCOMP_FILTER_FLAG_NEW_LISTENER)?;
    // SAFETY: the call has just created this descriptor, and no other code owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(listener) })
}
