//! Size, free space and state of the mounted file systems.
//!
//! Reads `/proc/1/mountinfo`, or `/proc/self/mountinfo` where there is no such file
//! ([proc_pid_mountinfo(5)](https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html)), and asks
//! every file system that passes the filters by statfs(2). Emits the `node_filesystem_*` families. A
//! file system that does not answer in time is shown with the error `mountpoint timeout`, and is not
//! asked again until it has answered. A line that is not understood is left out. Devices and mount
//! points are shown without the kernel's escapes; node_exporter takes only those of spaces and tabs back,
//! and only in mount points.

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

/// What process 1 has mounted, which is the host's view from within a container that shares its
/// process numbers.
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
        // What it was mounted with is not told of it then, as node_exporter has it.
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
