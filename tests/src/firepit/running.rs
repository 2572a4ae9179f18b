//! A running firepit.

use std::fs;
use std::net::SocketAddr;
use std::process::{Child, ExitStatus};

use rustix::process::{Pid, Signal, kill_process};

use super::SECRET;
use crate::directory::Directory;
use crate::http::{Answer, Request};
use crate::logs::Logs;
use crate::page::Page;
use crate::syscall_gate::SyscallGate;
use crate::wait::until;

/// A running firepit. It is killed on drop.
#[derive(Debug)]
pub struct Running {
    pub(super) child: Child,
    pub(super) address: SocketAddr,
    pub(super) gate: Option<SyscallGate>,
    /// Its stderr so far.
    pub logs: Logs,
    pub(super) _kept: [Vec<Directory>; 2],
}

impl Running {
    /// Its address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The gate of its slow file.
    ///
    /// # Panics
    /// It has no slow file.
    #[must_use]
    pub fn gate(&self) -> &SyscallGate {
        self.gate.as_ref().expect("there is a slow file")
    }

    /// Its process ID.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a request.
    ///
    /// # Panics
    /// It does not answer.
    #[must_use]
    pub fn ask(&self, request: &Request) -> Answer {
        request
            .send(self.address)
            .unwrap_or_else(|error| panic!("{error}: {:#?}", self.logs.raw()))
    }

    /// Its page.
    ///
    /// # Panics
    /// There is no page, or the page is invalid.
    #[must_use]
    pub fn scrape(&self) -> Page {
        self.page(&Request::get("/metrics"))
    }

    /// The page of a request.
    ///
    /// # Panics
    /// See [`Self::scrape`].
    #[must_use]
    pub fn page(&self, request: &Request) -> Page {
        let answer = self.ask(request);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(
            !answer.text().contains(SECRET.1),
            "the page leaks the environment"
        );
        Page::parse(answer.text()).unwrap()
    }

    /// Number of memory images that it has open.
    ///
    /// # Panics
    /// They cannot be counted.
    #[must_use]
    pub fn memory_images(&self) -> usize {
        let open = fs::read_dir(format!("/proc/{}/fd", self.pid())).unwrap();
        open.filter_map(|entry| fs::read_link(entry.unwrap().path()).ok())
            .filter(|target| target.to_string_lossy().starts_with("/memfd:"))
            .count()
    }

    /// Number of open files.
    ///
    /// # Panics
    /// They cannot be counted.
    #[must_use]
    pub fn open_files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.pid()))
            .unwrap()
            .count()
    }

    /// Resident memory in KiB.
    ///
    /// # Panics
    /// It cannot be read.
    #[must_use]
    pub fn resident_kib(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// Number of threads.
    ///
    /// # Panics
    /// They cannot be counted.
    #[must_use]
    pub fn threads(&self) -> u64 {
        self.status("Threads:")
    }

    /// IDs of its threads whose name begins with this.
    ///
    /// # Panics
    /// They cannot be listed.
    #[must_use]
    pub fn threads_called(&self, begin: &str) -> Vec<u32> {
        let threads = fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap();
        let threads = threads.map(|thread| thread.unwrap().path());
        let called = threads.filter(|thread| {
            fs::read_to_string(thread.join("comm")).is_ok_and(|name| name.starts_with(begin))
        });
        called
            .map(|thread| {
                thread
                    .file_name()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .parse()
                    .unwrap()
            })
            .collect()
    }

    /// Names of its threads.
    ///
    /// # Panics
    /// They cannot be listed.
    #[must_use]
    pub fn thread_names(&self) -> Vec<String> {
        let threads = fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap();
        // A thread may end meanwhile.
        let names = threads
            .filter_map(|thread| fs::read_to_string(thread.unwrap().path().join("comm")).ok());
        names.map(|name| name.trim_end().to_owned()).collect()
    }

    fn status(&self, key: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let value = status
            .lines()
            .find_map(|line| line.strip_prefix(key))
            .unwrap();
        value.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// The process is gone.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).unwrap();
    }

    /// Waits until it exits.
    ///
    /// # Panics
    /// It does not exit.
    #[must_use]
    pub fn wait(&mut self) -> ExitStatus {
        let status = until("the end of firepit", || self.child.try_wait().unwrap());
        self.logs.finish();
        status
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail if it has already exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
