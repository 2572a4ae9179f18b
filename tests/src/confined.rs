//! A memory cgroup around a program, where one can be made.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A cgroup with a limit on memory. It goes with the value, once nothing is in it.
#[derive(Debug)]
pub struct MemoryCgroup(PathBuf);

impl MemoryCgroup {
    /// One of so many bytes; none where this user or this machine cannot make one.
    #[must_use]
    pub fn new(bytes: u64) -> Option<Self> {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("firepit-tests-{}-{number}", process::id());
        let hierarchies = [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            ("/sys/fs/cgroup", "memory.max"),
        ];
        hierarchies.iter().find_map(|(hierarchy, limit)| {
            let directory = Path::new(hierarchy).join(&name);
            fs::create_dir(&directory).ok()?;
            let cgroup = Self(directory);
            // Without the file there is no such limit here: a file is not made of it.
            let limit = cgroup.0.join(limit);
            (limit.exists() && fs::write(limit, bytes.to_string()).is_ok()).then_some(cgroup)
        })
    }

    /// What starts a program in it.
    #[must_use]
    pub fn prefix(&self) -> [String; 4] {
        let procs = self.0.join("cgroup.procs");
        let script = format!("echo $$ > '{}' && exec \"$@\"", procs.display());
        ["sh".to_owned(), "-c".to_owned(), script, "sh".to_owned()]
    }
}

impl Drop for MemoryCgroup {
    fn drop(&mut self) {
        // Fails while something runs in it; then it is left.
        let _ = fs::remove_dir(&self.0);
    }
}
