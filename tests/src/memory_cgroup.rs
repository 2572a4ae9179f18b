//! A memory cgroup around a program, if one can be created.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A cgroup with a memory limit. It is removed on drop, if it is empty.
#[derive(Debug)]
pub struct MemoryCgroup(PathBuf);

impl MemoryCgroup {
    /// Creates a cgroup with this limit; `None` if this user or this machine cannot.
    #[must_use]
    pub fn new(bytes: u64) -> Option<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("firepit-tests-{}-{number}", process::id());
        let hierarchies = [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            ("/sys/fs/cgroup", "memory.max"),
        ];
        hierarchies.iter().find_map(|(hierarchy, limit)| {
            let directory = Path::new(hierarchy).join(&name);
            fs::create_dir(&directory).ok()?;
            let cgroup = Self(directory);
            // Without the file this is the wrong hierarchy. Writing must not create the file.
            let limit = cgroup.0.join(limit);
            (limit.exists() && fs::write(limit, bytes.to_string()).is_ok()).then_some(cgroup)
        })
    }

    /// The command prefix that starts a program in it.
    #[must_use]
    pub fn prefix(&self) -> [String; 4] {
        let procs = self.0.join("cgroup.procs");
        let script = format!("echo $$ > '{}' && exec \"$@\"", procs.display());
        ["sh".to_owned(), "-c".to_owned(), script, "sh".to_owned()]
    }
}

impl Drop for MemoryCgroup {
    fn drop(&mut self) {
        // Fails while a process runs in it; then it remains.
        let _ = fs::remove_dir(&self.0);
    }
}
