//! A kernel that hangs or is slow: what a network file system does when its server is gone, or far
//! away, without one.
//!
//! A seccomp filter hands every `openat2` of one process to this module, which lets it go on, or
//! not yet. It needs no privileges.

use std::ffi::c_int;
use std::fs::File;
use std::mem::{offset_of, zeroed};
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{io, ptr, thread};

use libc::{
    BPF_ABS, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W, SECCOMP_FILTER_FLAG_NEW_LISTENER,
    SECCOMP_IOCTL_NOTIF_RECV, SECCOMP_IOCTL_NOTIF_SEND, SECCOMP_RET_ALLOW, SECCOMP_RET_USER_NOTIF,
    SECCOMP_SET_MODE_FILTER, SECCOMP_USER_NOTIF_FLAG_CONTINUE, SYS_openat2, SYS_seccomp,
    seccomp_data, seccomp_notif, seccomp_notif_resp, sock_filter, sock_fprog,
};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::retry_on_intr;

/// Holds the opening of files of one name, in one process.
#[derive(Debug, Clone)]
pub struct Hold(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    listener: OwnedFd,
    name: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    holding: bool,
    held: Vec<u64>,
    delay: Duration,
    delayed: usize,
}

impl Hold {
    /// Starts a process that opens files only when this module lets it: at first, always.
    pub(crate) fn over<T: Send>(name: &str, start: impl FnOnce() -> T + Send) -> (Self, T) {
        // The filter stays on the thread that sets it, and on what it starts.
        let of_thread = || (listen().expect("seccomp filters can be set"), start());
        let (listener, value) = thread::scope(|scope| scope.spawn(of_thread).join().unwrap());
        let hold = Self(Arc::new(Shared {
            listener,
            name: name.to_owned(),
            state: Mutex::default(),
        }));
        let of_thread = Arc::clone(&hold.0);
        thread::spawn(move || while of_thread.next().is_ok() {});
        (hold, value)
    }

    /// From now on whoever opens a file of the name waits.
    ///
    /// # Panics
    /// Where another thread did.
    pub fn begin(&self) {
        self.0.state.lock().unwrap().holding = true;
    }

    /// From now on opening a file of the name takes so long.
    ///
    /// # Panics
    /// Where another thread did.
    pub fn delay(&self, delay: Duration) {
        self.0.state.lock().unwrap().delay = delay;
    }

    /// How often opening one took longer for that.
    ///
    /// # Panics
    /// Where another thread did.
    #[must_use]
    pub fn delayed(&self) -> usize {
        self.0.state.lock().unwrap().delayed
    }

    /// How many wait.
    ///
    /// # Panics
    /// Where another thread did.
    #[must_use]
    pub fn held(&self) -> usize {
        self.0.state.lock().unwrap().held.len()
    }

    /// Lets all go on.
    ///
    /// # Panics
    /// Where another thread did.
    pub fn end(&self) {
        let mut state = self.0.state.lock().unwrap();
        state.holding = false;
        for id in state.held.drain(..) {
            self.0.go_on(id);
        }
    }
}

impl Shared {
    fn next(self: &Arc<Self>) -> io::Result<()> {
        self.wait()?;
        // SAFETY: integers all of them, for which zero is a value.
        let mut asked: seccomp_notif = unsafe { zeroed() };
        // SAFETY: the listener is one, and the structure is what this request fills.
        let done = unsafe {
            libc::ioctl(
                self.listener.as_raw_fd(),
                SECCOMP_IOCTL_NOTIF_RECV,
                &raw mut asked,
            )
        };
        if done != 0 {
            let error = io::Error::last_os_error();
            let passing = [io::ErrorKind::NotFound, io::ErrorKind::Interrupted];
            return if passing.contains(&error.kind()) {
                Ok(())
            } else {
                Err(error)
            };
        }
        let mut state = self.state.lock().unwrap();
        let is_of_name = || path(&asked).is_ok_and(|path| path.ends_with(&self.name));
        if state.holding && is_of_name() {
            state.held.push(asked.id);
        } else if !state.delay.is_zero() && is_of_name() {
            state.delayed += 1;
            let (delay, later) = (state.delay, Arc::clone(self));
            thread::spawn(move || {
                thread::sleep(delay);
                later.go_on(asked.id);
            });
        } else {
            self.go_on(asked.id);
        }
        Ok(())
    }

    /// Waits until somebody opens a file. It is an error that nobody is left who could.
    fn wait(&self) -> io::Result<()> {
        let mut listener = [PollFd::new(&self.listener, PollFlags::IN)];
        retry_on_intr(|| poll(&mut listener, None))?;
        match listener[0].revents().contains(PollFlags::IN) {
            true => Ok(()),
            false => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn go_on(&self, id: u64) {
        let answer = seccomp_notif_resp {
            id,
            val: 0,
            error: 0,
            flags: SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32,
        };
        // It fails where the process has ended meanwhile.
        // SAFETY: the listener is one, and the structure is what this request reads.
        unsafe {
            libc::ioctl(
                self.listener.as_raw_fd(),
                SECCOMP_IOCTL_NOTIF_SEND,
                &raw const answer,
            )
        };
    }
}

/// The path that an `openat2` names, read from the memory of the process.
fn path(asked: &seccomp_notif) -> io::Result<String> {
    let memory = File::open(format!("/proc/{}/mem", asked.pid))?;
    let mut bytes = [0; 256];
    let length = memory.read_at(&mut bytes, asked.data.args[1])?;
    let path = bytes[..length]
        .split(|byte| *byte == 0)
        .next()
        .unwrap_or_default();
    Ok(String::from_utf8_lossy(path).into_owned())
}

/// Sets the filter on this thread; the result tells of each call that it catches.
fn listen() -> io::Result<OwnedFd> {
    let instruction = |code: u32, jt: u8, jf: u8, k: u32| sock_filter {
        code: code as u16,
        jt,
        jf,
        k,
    };
    let number = offset_of!(seccomp_data, nr) as u32;
    let mut filter = [
        instruction(BPF_LD | BPF_W | BPF_ABS, 0, 0, number),
        instruction(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_openat2 as u32),
        instruction(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_USER_NOTIF),
        instruction(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW),
    ];
    let program = sock_fprog {
        len: filter.len() as u16,
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: it takes no pointers, and only gives up rights that this thread does not need.
    let given_up = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    if given_up != 0 {
        return Err(io::Error::last_os_error());
    }
    let flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    // SAFETY: the program and its instructions live until the call returns.
    let listener = unsafe {
        libc::syscall(
            SYS_seccomp,
            SECCOMP_SET_MODE_FILTER,
            flags,
            ptr::from_ref(&program),
        )
    };
    if listener < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call made it just now, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(listener as c_int) })
}
