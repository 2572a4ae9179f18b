//! Size, free space and state of the mounted file systems.
//!
//! Reads `/proc/1/mountinfo`, or `/proc/self/mountinfo` if that file does not exist
//! ([proc_pid_mountinfo(5)](https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html)), and
//! calls statfs(2) on every file system that passes the filters. Emits the `node_filesystem_*`
//! families. A file system that does not answer in time is shown with the error
//! `mountpoint timeout`, and is not queried again until it has answered. Malformed lines are
//! skipped. The kernel's escapes in devices and mount points are decoded; node_exporter decodes
//! only spaces and tabs, and only in mount points.

mod families;
mod mounts;
mod options;

use firepit_sdk::files::{self, Optional};
use firepit_sdk::parse::Text;
use firepit_sdk::statfs::{self, FileSystem, statfs};
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, errno, export, log};

use families::Shown;
use mounts::Mount;
use options::Options;

const INIT: &str = "/proc/1/mountinfo";
const OWN: &str = "/proc/self/mountinfo";

/// The collector.
#[derive(Debug)]
pub struct Filesystem {
    options: Options,
}

impl Collector for Filesystem {
    fn describe() -> Descriptor {
        let descriptor = Descriptor::new(
            "filesystem",
            "Shows size, free space and state of mounted file systems.",
        );
        options::declare(descriptor.reads([INIT, OWN]))
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            options: options::read(settings)?,
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let text = mountinfo()?;
        let rootfs = files::display_path("/rootfs");
        let mounts = mounts::mounts(&text, &rootfs, &self.options);
        let paths: Vec<&str> = mounts.iter().map(|mount| mount.path.as_str()).collect();
        let answers = statfs(&paths, self.options.workers, self.options.timeout);
        let shown: Vec<Shown<'_>> = (mounts.iter().zip(answers))
            .map(|(mount, answer)| shown(mount, answer))
            .collect();
        families::emit(metrics, &shown);
        Ok(())
    }
}

/// The mounts of process 1: the view of the host, also from a container that shares the host's PID
/// namespace.
fn mountinfo() -> Result<Text, Error> {
    if let Some(text) = files::read_text(INIT).optional()? {
        return Ok(text);
    }
    let own = files::display_path(OWN);
    let fields = [("file", own.as_str())];
    log::debug(
        "Reading root mounts failed, falling back to self mounts",
        &fields,
    );
    Ok(files::read_text(OWN)?)
}

fn shown<'a>(mount: &'a Mount<'a>, answer: Result<FileSystem, statfs::Error>) -> Shown<'a> {
    let (answer, read_only, error) = match answer {
        Ok(answer) => (Some(answer), mount.read_only, String::new()),
        // Without an answer the mount options are not shown, as in node_exporter.
        Err(statfs::Error::Stuck) => (None, false, "mountpoint timeout".to_owned()),
        Err(statfs::Error::Os(number)) => (None, mount.read_only, errno::text(number).into_owned()),
        Err(other) => (None, mount.read_only, other.to_string()),
    };
    if answer.is_none() {
        let fields = [("rootfs", mount.path.as_str()), ("err", error.as_str())];
        log::debug("Error on statfs() system call", &fields);
    }
    Shown {
        mount,
        read_only,
        error,
        answer,
    }
}

export!(Filesystem);

#[cfg(test)]
mod tests;
