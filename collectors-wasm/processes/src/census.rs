//! Counts all processes and threads with as few reads as possible: a host may have tens of
//! thousands.

use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Error, files, parse};

use crate::parse::{Stat, stat};

/// The counts.
#[derive(Debug, Default)]
pub(crate) struct Census {
    /// Processes.
    pub(crate) pids: u64,
    /// Threads, as reported by the processes.
    pub(crate) threads: u64,
    /// Processes by state.
    pub(crate) states: States,
    /// Threads by state.
    pub(crate) thread_states: States,
    /// Whether any process had a list of threads: in a live `/proc` all processes have one, in a
    /// copied tree possibly none.
    tasks_seen: bool,
    path: String,
}

/// Numbers by state. There are about ten states.
#[derive(Debug, Default)]
pub(crate) struct States {
    counts: Vec<(String, u64)>,
}

impl States {
    fn add(&mut self, state: &str) {
        match self.counts.iter_mut().find(|(own, _)| own == state) {
            Some((_, count)) => *count += 1,
            None => self.counts.push((state.to_owned(), 1)),
        }
    }

    /// The states that occur, with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.counts.iter().map(|(state, count)| (&**state, *count))
    }
}

impl Census {
    /// Counts everything in `/proc`.
    pub(crate) fn take() -> Result<Self, Error> {
        let mut census = Self::default();
        for entry in files::list("/proc")? {
            if is_number(&entry.name) {
                census.count_process(&entry.name);
            }
        }
        Ok(census)
    }

    fn count_process(&mut self, pid: &str) {
        let text = self.read(["/proc/", pid, "/stat"]);
        let Some(process) = text.as_deref().and_then(|text| self.parse(text)) else {
            return;
        };
        self.pids += 1;
        self.threads = self.threads.saturating_add(process.threads);
        self.states.add(process.state);
        // A process with one thread equals that thread: its list adds nothing.
        if self.tasks_seen && process.threads == 1 {
            self.thread_states.add(process.state);
            return;
        }
        self.count_threads(pid, &process);
    }

    fn count_threads(&mut self, pid: &str, process: &Stat<'_>) {
        let entries = files::list(&format!("/proc/{pid}/task")).or_skip();
        for entry in entries.unwrap_or_default() {
            let tid = &entry.name;
            if tid == pid {
                self.tasks_seen = true;
                self.thread_states.add(process.state);
            } else if is_number(tid) {
                let text = self.read(["/proc/", pid, "/task/", tid, "/stat"]);
                if let Some(thread) = text.as_deref().and_then(|text| self.parse(text)) {
                    self.thread_states.add(thread.state);
                }
            }
        }
    }

    /// The text of a file, if its process or thread is still there.
    fn read<const N: usize>(&mut self, path: [&str; N]) -> Option<String> {
        self.path.clear();
        self.path.extend(path);
        files::read(&self.path).or_skip().map(files::text)
    }

    /// Parses the text that was read last.
    fn parse<'t>(&self, text: &'t str) -> Option<Stat<'t>> {
        let wrong = |what| {
            let message = format!("{what}: malformed line of a process");
            parse::Error::new(self.path.as_str(), message)
        };
        stat(text).map_err(wrong).or_skip()
    }
}

fn is_number(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}
