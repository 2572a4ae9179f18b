//! The native environment: files through `std::fs` below a root, values kept in a list.

pub(crate) mod btrfs;
pub(crate) mod ethtool;
mod net;
mod perf;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::{fs, mem};

use crate::clock::{Timex, Zone};
use crate::detailed;
use crate::dynamic::{Family, Sample, Samples};
use crate::errno;
use crate::files::{Entry, EntryKind, Reason, Stat};
use crate::log::Level;
use crate::metrics::{Buffer, Kind};
use crate::netlink::{self, Query};
use crate::perf::Reason as NotCounted;
use crate::statfs::{self, FileSystem};
use crate::system::Uname;
use crate::testing::{Peer, Skipped};

pub(crate) use net::{Connection, exchange_datagram};
pub(crate) use perf::Counters;

/// The system as seen by the thread's collector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct World {
    /// The directory that takes the place of `/`.
    pub(crate) root: PathBuf,
    /// The answer of [`uname`], if it differs from the host's.
    pub(crate) uname: Option<Uname>,
    /// The answers of [`crate::statfs::statfs`], by path.
    pub(crate) file_systems: BTreeMap<String, Result<FileSystem, statfs::Error>>,
    /// The answer of [`crate::clock::adjtimex`].
    pub(crate) timex: Result<Timex, u32>,
    /// The answer of [`crate::clock::time_zone`].
    pub(crate) zone: Zone,
    /// The answers of [`crate::ethtool`], by the name of the device.
    pub(crate) network_devices: BTreeMap<String, crate::ethtool::Device>,
    /// The answers of [`crate::btrfs::file_system`], by path.
    pub(crate) subvolumes: BTreeMap<String, Result<crate::btrfs::FileSystem, crate::btrfs::Error>>,
    /// The answers of [`crate::netlink::dump`].
    pub(crate) dumps: BTreeMap<Query, Result<Vec<u8>, netlink::Reason>>,
    /// Services, by address.
    pub(crate) peers: BTreeMap<String, Peer>,
    /// The counts of [`crate::perf::Counters`], by event and CPU.
    pub(crate) counters: BTreeMap<(String, u32), Result<u64, NotCounted>>,
    /// The count of all other events and CPUs.
    pub(crate) other_counters: Result<u64, NotCounted>,
    /// Faults of files and directories, by path.
    pub(crate) faults: BTreeMap<String, Fault>,
    /// Requested files and directories that exist.
    pub(crate) touched: BTreeSet<String>,
    /// Number of requests for files and directories.
    pub(crate) calls: usize,
    /// Messages logged so far.
    pub(crate) messages: Vec<(Level, String)>,
    /// Skipped values so far.
    pub(crate) skipped: Vec<Skipped>,
}

/// The fault of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It cannot be read.
    Unreadable(Reason),
    /// It has other content.
    Content(Vec<u8>),
}

impl Default for World {
    fn default() -> Self {
        Self {
            root: PathBuf::from("/"),
            uname: None,
            file_systems: BTreeMap::new(),
            timex: Ok(Timex::default()),
            zone: Zone {
                name: "UTC".to_owned(),
                offset_seconds: 0,
            },
            network_devices: BTreeMap::new(),
            subvolumes: BTreeMap::new(),
            dumps: BTreeMap::new(),
            peers: BTreeMap::new(),
            counters: BTreeMap::new(),
            other_counters: Err(NotCounted::Unsupported),
            faults: BTreeMap::new(),
            touched: BTreeSet::new(),
            calls: 0,
            messages: Vec::new(),
            skipped: Vec::new(),
        }
    }
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::default();
}

/// Makes `world` the thread's, and returns the previous one.
pub(crate) fn replace_world(world: World) -> World {
    WORLD.with(|current| mem::replace(&mut *current.borrow_mut(), world))
}

/// The real path of a file, for a request of the collector.
fn below_root(path: &str) -> PathBuf {
    let relative = path.trim_start_matches('/');
    WORLD.with(|world| {
        let mut world = world.borrow_mut();
        world.calls += 1;
        world.root.join(relative)
    })
}

fn reason(error: &io::Error) -> Reason {
    match error.kind() {
        ErrorKind::NotFound => Reason::NotFound,
        ErrorKind::PermissionDenied => Reason::PermissionDenied,
        ErrorKind::IsADirectory => Reason::NotAFile,
        ErrorKind::NotADirectory => Reason::NotADirectory,
        _ => (error.raw_os_error()).map_or(Reason::InvalidPath, |errno| {
            Reason::Os(errno.unsigned_abs())
        }),
    }
}

/// A test's replacement for the path: its content, or an error. `None` without a replacement.
fn fault(path: &str) -> Option<Result<Vec<u8>, Reason>> {
    WORLD.with(|world| match world.borrow().faults.get(path)? {
        Fault::Unreadable(reason) => Some(Err(*reason)),
        Fault::Content(content) => Some(Ok(content.clone())),
    })
}

fn unreadable(path: &str) -> Result<(), Reason> {
    fault(path).map_or(Ok(()), |fault| fault.map(drop))
}

fn touch(path: &str) {
    WORLD.with(|world| {
        let touched = &mut world.borrow_mut().touched;
        if !touched.contains(path) {
            touched.insert(path.to_owned());
        }
    });
}

pub(crate) fn read(path: &str) -> Result<Vec<u8>, Reason> {
    let content = fs::read(below_root(path)).map_err(|error| reason(&error))?;
    touch(path);
    fault(path).unwrap_or(Ok(content))
}

pub(crate) fn read_from(path: &str, offset: u64) -> Result<Vec<u8>, Reason> {
    let mut content = read(path)?;
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    content.drain(..start.min(content.len()));
    Ok(content)
}

pub(crate) fn read_many(
    directory: &str,
    names: &[&str],
) -> Result<Vec<Result<Vec<u8>, Reason>>, Reason> {
    let metadata = fs::metadata(below_root(directory)).map_err(|error| reason(&error))?;
    if !metadata.is_dir() {
        return Err(Reason::NotADirectory);
    }
    touch(directory);
    unreadable(directory)?;
    Ok((names.iter())
        .map(|name| read(&format!("{directory}/{name}")))
        .collect())
}

fn kind(file_type: fs::FileType) -> EntryKind {
    if file_type.is_file() {
        EntryKind::File
    } else if file_type.is_dir() {
        EntryKind::Directory
    } else if file_type.is_symlink() {
        EntryKind::Symlink
    } else {
        EntryKind::Other
    }
}

pub(crate) fn list(directory: &str) -> Result<Vec<Entry>, Reason> {
    let mut entries = Vec::new();
    let listing = fs::read_dir(below_root(directory)).map_err(|error| reason(&error))?;
    touch(directory);
    unreadable(directory)?;
    for entry in listing {
        let entry = entry.map_err(|error| reason(&error))?;
        if let Ok(name) = entry.file_name().into_string() {
            let kind = entry.file_type().map_or(EntryKind::Other, kind);
            entries.push(Entry { name, kind });
        }
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

pub(crate) fn read_link(path: &str) -> Result<String, Reason> {
    let target = fs::read_link(below_root(path)).map_err(|error| reason(&error))?;
    target
        .into_os_string()
        .into_string()
        .map_err(|_| Reason::InvalidPath)
}

pub(crate) fn real_path(path: &str) -> Result<String, Reason> {
    let root = fs::canonicalize(below_root("")).map_err(|error| reason(&error))?;
    let real = fs::canonicalize(below_root(path)).map_err(|error| reason(&error))?;
    let below = real.strip_prefix(root).map_err(|_| Reason::NotPermitted)?;
    let below = below.to_str().ok_or(Reason::InvalidPath)?;
    Ok(format!("/{below}"))
}

pub(crate) fn stat(path: &str) -> Result<Stat, Reason> {
    let metadata = fs::metadata(below_root(path)).map_err(|error| reason(&error))?;
    Ok(Stat {
        kind: kind(metadata.file_type()),
        size: metadata.len(),
        modified_seconds: metadata.mtime(),
        modified_nanoseconds: u32::try_from(metadata.mtime_nsec()).unwrap_or(0),
    })
}

pub(crate) fn display_path(path: &str) -> String {
    path.to_owned()
}

pub(crate) fn uname() -> Uname {
    if let Some(uname) = WORLD.with(|world| world.borrow().uname.clone()) {
        return uname;
    }
    // The same facts as uname(2), without a dependency.
    let fact = |name: &str| {
        let text = fs::read_to_string(format!("/proc/sys/kernel/{name}"));
        text.unwrap_or_default().trim_end().to_owned()
    };
    Uname {
        sysname: fact("ostype"),
        nodename: fact("hostname"),
        release: fact("osrelease"),
        version: fact("version"),
        machine: std::env::consts::ARCH.to_owned(),
        domainname: fact("domainname"),
    }
}

pub(crate) fn page_size() -> u32 {
    4096
}

pub(crate) fn clock_ticks() -> u32 {
    100
}

/// Only values that a test set: a system call would need a dependency.
pub(crate) fn statfs(
    paths: &[&str],
    _workers: u32,
    _timeout_milliseconds: u32,
) -> Vec<Result<FileSystem, statfs::Error>> {
    WORLD.with(|world| {
        let known = &world.borrow().file_systems;
        let answer = |path: &&str| known.get(*path).copied();
        let missing = Err(statfs::Error::Os(errno::ENOENT));
        paths
            .iter()
            .map(answer)
            .map(|answer| answer.unwrap_or(missing))
            .collect()
    })
}

pub(crate) fn adjtimex() -> Result<Timex, u32> {
    WORLD.with(|world| world.borrow().timex)
}

pub(crate) fn time_zone(_seconds: i64) -> Zone {
    WORLD.with(|world| world.borrow().zone.clone())
}

pub(crate) fn netlink(query: Query) -> Result<Vec<u8>, netlink::Reason> {
    let answer = WORLD.with(|world| world.borrow().dumps.get(&query).cloned());
    answer.unwrap_or(Err(netlink::Reason::Unsupported))
}

pub(crate) fn log(level: Level, message: &str, fields: &[(&str, &str)]) {
    let fields = (fields.iter()).map(|(key, value)| format!(" {key}={value}"));
    let text = message.to_owned() + &fields.collect::<String>();
    WORLD.with(|world| world.borrow_mut().messages.push((level, text)));
}

pub(crate) fn skipped(file: &str, line: u32, problem: &str) {
    let skipped = Skipped {
        file: file.to_owned(),
        line,
        problem: problem.to_owned(),
    };
    WORLD.with(|world| world.borrow_mut().skipped.push(skipped));
}

/// The destination of emitted families.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub(crate) families: Vec<Family>,
    pub(crate) detailed: Vec<detailed::Family>,
}

impl Sink {
    pub(crate) fn emit(&mut self, buffer: &Buffer) {
        self.families.reserve(buffer.len());
        for family in buffer.families(&buffer.pieces()) {
            let mut rows = Vec::new();
            family.each_row(|label_values, value| {
                rows.push(Sample {
                    label_values: label_values.iter().map(|&v| v.to_owned()).collect(),
                    value,
                });
            });
            if rows.is_empty() {
                continue;
            }
            self.families.push(Family {
                name: family.name.to_owned(),
                help: family.help.to_owned(),
                label_names: family.label_names.iter().map(|&n| n.to_owned()).collect(),
                samples: match family.kind {
                    Kind::Counter => Samples::Counter(rows),
                    Kind::Gauge => Samples::Gauge(rows),
                    Kind::Untyped => Samples::Untyped(rows),
                },
            });
        }
    }

    pub(crate) fn emit_distribution(&mut self, family: Family) {
        self.families.push(family);
    }

    pub(crate) fn emit_detailed(&mut self, family: detailed::Family) {
        self.detailed.push(family);
    }
}
