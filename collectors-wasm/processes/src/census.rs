//! Counting all processes and threads, with as few files as will do: a host may have tens of
//! thousands.

use firepit_sdk::files::{self, Reason};
use firepit_sdk::{Error, parse};

use crate::parse::{Stat, stat};

/// ESRCH: what reading a file of a process gives once the process is gone.
const NO_SUCH_PROCESS: Reason = Reason::Os(3);

/// What was counted.
#[derive(Debug, Default)]
pub(crate) struct Census {
    /// Processes.
    pub(crate) pids: u64,
    /// Threads, as the processes tell their number.
    pub(crate) threads: u64,
    /// Processes by state.
    pub(crate) states: States,
    /// Threads by state.
    pub(crate) thread_states: States,
    /// Whether a process had its list of threads: on a kernel all have, in a tree that was copied
    /// from one perhaps none.
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

    /// The states that occur, each with its number.
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
                census.count_process(&entry.name)?;
            }
        }
        Ok(census)
    }

    fn count_process(&mut self, pid: &str) -> Result<(), Error> {
        let Some(text) = self.read(["/proc/", pid, "/stat"])? else {
            return Ok(());
        };
        let process = self.parse(&text)?;
        self.pids += 1;
        self.threads = self.threads.saturating_add(process.threads);
        self.states.add(process.state);
        // A process with one thread is that thread: its list would tell nothing new.
        if self.tasks_seen && process.threads == 1 {
            self.thread_states.add(process.state);
            return Ok(());
        }
        self.count_threads(pid, &process)
    }

    fn count_threads(&mut self, pid: &str, process: &Stat<'_>) -> Result<(), Error> {
        let Some(entries) = unless_gone(files::list(&format!("/proc/{pid}/task")))? else {
            return Ok(());
        };
        for entry in entries {
            let tid = &entry.name;
            if tid == pid {
                self.tasks_seen = true;
                self.thread_states.add(process.state);
            } else if is_number(tid)
                && let Some(text) = self.read(["/proc/", pid, "/task/", tid, "/stat"])?
            {
                let thread = self.parse(&text)?;
                self.thread_states.add(thread.state);
            }
        }
        Ok(())
    }

    /// The text of a file, if its process or thread is still there.
    fn read<const N: usize>(&mut self, path: [&str; N]) -> Result<Option<String>, files::Error> {
        self.path.clear();
        self.path.extend(path);
        let content = unless_gone(files::read(&self.path))?;
        Ok(content.map(files::text))
    }

    /// Takes apart what was read last.
    fn parse<'t>(&self, text: &'t str) -> Result<Stat<'t>, parse::Error> {
        stat(text).map_err(|what| {
            let message = format!("{what}: not what a line about a process should have");
            parse::Error::new(self.path.as_str(), message)
        })
    }
}

fn is_number(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

fn unless_gone<T>(result: Result<T, files::Error>) -> Result<Option<T>, files::Error> {
    match result {
        Err(error) if matches!(error.reason, Reason::NotFound | NO_SUCH_PROCESS) => Ok(None),
        result => result.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_gone_is_passed_over() {
        let result = |reason| {
            let path = "/proc/1/stat".to_owned();
            unless_gone::<()>(Err(files::Error { path, reason }))
        };
        assert_eq!(result(Reason::NotFound), Ok(None));
        assert_eq!(result(NO_SUCH_PROCESS), Ok(None));
        for reason in [
            Reason::PermissionDenied,
            Reason::NotPermitted,
            Reason::Os(5),
        ] {
            assert!(result(reason).is_err(), "{reason:?}");
        }
        assert_eq!(unless_gone(Ok(())), Ok(Some(())));
    }
}
