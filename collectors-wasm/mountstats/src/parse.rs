//! The blocks of `mountstats`: a line per mount, followed for an NFS mount by its statistics
//! (`nfs_show_stats` in the kernel's `fs/nfs/super.c`).

use std::borrow::Cow;

use firepit_sdk::parse::{Columns, Error, Line, Text, excerpt, float, unescape_octal};
use firepit_sdk::skip::{self, OrSkip};

/// Numbers of a line by index; `None` if not a number. Older kernels have fewer, newer kernels
/// more.
pub(crate) type Numbers = Vec<Option<u64>>;

/// An NFS mount.
#[derive(Debug, PartialEq)]
pub(crate) struct Mount<'a> {
    /// The number of mounts before it.
    pub(crate) place: usize,
    /// Server and path.
    pub(crate) device: Cow<'a, str>,
    /// With its escapes.
    pub(crate) mount_point: &'a str,
    pub(crate) statistics: Statistics<'a>,
}

/// The statistics of an NFS mount; `None` if missing.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Statistics<'a> {
    /// Seconds.
    pub(crate) age: Option<f64>,
    pub(crate) bytes: Numbers,
    pub(crate) events: Numbers,
    pub(crate) transports: Vec<Transport<'a>>,
    pub(crate) operations: Vec<Operation<'a>>,
}

/// A connection to the server.
#[derive(Debug, PartialEq)]
pub(crate) struct Transport<'a> {
    pub(crate) protocol: &'a str,
    /// Port, binds, connects, jiffies of connecting, seconds of idleness, sends, receives, unknown
    /// transactions, active requests, backlog, most slots, sending queue, pending queue. Values
    /// that the protocol or the version does not have are 0, as in node_exporter.
    pub(crate) numbers: Numbers,
}

/// The statistics of one kind of operation.
#[derive(Debug, PartialEq)]
pub(crate) struct Operation<'a> {
    pub(crate) name: &'a str,
    /// Requests, transmissions, time-outs, bytes sent and received, and milliseconds of queueing,
    /// of response and in total; newer kernels have more.
    pub(crate) numbers: Numbers,
}

/// The block that is being read.
struct Block<'a> {
    mount: Mount<'a>,
    /// The version of its statistics.
    version: &'a str,
    /// The rest of the block lists operations.
    has_operations: bool,
}

/// The NFS mounts of a file. Mounts of other kinds have no statistics, and malformed lines are
/// skipped.
pub(crate) fn mounts(text: &Text) -> Vec<Mount<'_>> {
    let mut mounts = Vec::new();
    let mut block: Option<Block<'_>> = None;
    let mut place = 0;
    for line in text.lines() {
        let mut columns = line.columns();
        let Some(first) = columns.next() else {
            continue;
        };
        if first == "device" || first == "no" && columns.next() == Some("device") {
            mounts.extend(block.take().map(|block| block.mount));
            block = self::block(&line, place).or_skip().flatten();
            place += 1;
        } else if block.as_ref().is_some_and(|block| block.is_over(first)) {
            // The line of the next mount is malformed, and these are its statistics.
            mounts.extend(block.take().map(|block| block.mount));
        } else if let Some(block) = &mut block {
            block.read(&line, first, columns);
        } else {
            strange(&line);
        }
    }
    mounts.extend(block.map(|block| block.mount));
    mounts
}

/// The beginning of a block; `None` if it is not an NFS mount.
fn block<'a>(line: &Line<'a>, place: usize) -> Result<Option<Block<'a>>, Error> {
    let mut columns = line.columns();
    let [first, device, mounted, on, mount_point, with, fs_type, kind] =
        [(); 8].map(|()| columns.next().unwrap_or_default());
    if first == "no" {
        return Ok(None);
    }
    if [mounted, on, with, fs_type] != ["mounted", "on", "with", "fstype"] || kind.is_empty() {
        return Err(line.error("invalid device line"));
    }
    let version = columns.next().filter(|_| matches!(kind, "nfs" | "nfs4"));
    Ok(version.map(|version| Block {
        mount: Mount {
            place,
            device: unescape_octal(device),
            mount_point,
            statistics: Statistics::default(),
        },
        version: version.strip_prefix("statvers=").unwrap_or(version),
        has_operations: false,
    }))
}

impl<'a> Block<'a> {
    /// Whether a line with this beginning belongs to another block.
    fn is_over(&self, first: &str) -> bool {
        let has_begun = self.has_operations || self.mount.statistics.age.is_some();
        has_begun && matches!(first, "opts:" | "age:")
    }

    fn read(&mut self, line: &Line<'a>, first: &'a str, mut columns: Columns<'a>) {
        let statistics = &mut self.mount.statistics;
        match first {
            _ if self.has_operations => match first.strip_suffix(':') {
                Some(name) => statistics.operations.push(Operation {
                    name,
                    numbers: numbers(line, name, columns),
                }),
                None => skip::report(line.error("expected an operation and its numbers")),
            },
            "per-op" => self.has_operations = true,
            "age:" => {
                statistics.age = columns
                    .text("age")
                    .and_then(|text| age(line, text))
                    .or_skip()
            }
            "bytes:" => statistics.bytes = numbers(line, "bytes", columns),
            "events:" => statistics.events = numbers(line, "events", columns),
            "xprt:" => {
                let transport = transport(line, columns, self.version);
                statistics.transports.extend(transport.or_skip());
            }
            _ => strange(line),
        }
    }
}

/// A line that is not used. Lines of statistics, which are numerous, are indented.
fn strange(line: &Line<'_>) {
    if !line.as_str().starts_with([' ', '\t']) {
        skip::report(line.error("expected a mount"));
    }
}

fn age(line: &Line<'_>, text: &str) -> Result<f64, Error> {
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+');
    let seconds = text.bytes().all(plain).then(|| float(text)).flatten();
    seconds.ok_or_else(|| {
        let found = excerpt(text);
        line.error(format!("age: expected seconds, found {found:?}"))
    })
}

fn numbers(line: &Line<'_>, what: &str, columns: Columns<'_>) -> Numbers {
    let number = |column| line.part(column).unsigned(what).or_skip();
    columns.take(MOST).map(number).collect()
}

/// The maximum of parsed numbers per line, more than are emitted of any line.
const MOST: usize = 32;

/// The numbers of a transport in version 1.0, and those added in 1.1: slots and queues.
const FIRST: usize = 10;
const QUEUES: usize = 3;
/// The number of values that UDP does not have (connects, connecting and idleness), and the index
/// of the first.
const CONNECTION: usize = 3;
const CONNECTS: usize = 2;

fn transport<'a>(
    line: &Line<'a>,
    mut columns: Columns<'a>,
    version: &str,
) -> Result<Transport<'a>, Error> {
    let protocol = columns.text("protocol")?;
    let mut numbers = match protocol {
        "tcp" | "udp" => numbers(line, "xprt", columns),
        // The common numbers, without those of RDMA, of which newer kernels have more.
        "rdma" => {
            let mut numbers = numbers(line, "xprt", columns);
            numbers.truncate(FIRST);
            numbers
        }
        other => {
            let other = excerpt(other);
            return Err(line.error(format!("xprt: unknown protocol {other:?}")));
        }
    };
    if protocol == "udp" && numbers.len() >= CONNECTS {
        let after = numbers.split_off(CONNECTS);
        numbers.extend([Some(0); CONNECTION]);
        numbers.extend(after);
    }
    if numbers.len() == FIRST && (version == "1.0" || protocol == "rdma") {
        numbers.extend([Some(0); QUEUES]);
    }
    Ok(Transport { protocol, numbers })
}

#[cfg(test)]
mod tests;
