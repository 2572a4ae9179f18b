//! The blocks of `mountstats`: a line per mount, and after that of an NFS mount its statistics.

use firepit_sdk::parse::{Columns, Error, Line, Text, excerpt, float};

/// Numbers of a line `bytes:` and of a line `events:`.
const BYTES: usize = 8;
const EVENTS: usize = 27;
/// Numbers of an operation that are shown.
pub(crate) const OPERATION: usize = 8;

/// An NFS mount.
#[derive(Debug, PartialEq)]
pub(crate) struct Mount<'a> {
    /// How many mounts stand before it.
    pub(crate) place: usize,
    /// Server and path.
    pub(crate) device: &'a str,
    pub(crate) mount_point: &'a str,
    pub(crate) statistics: Statistics<'a>,
}

/// The statistics of an NFS mount; what it lacks is 0.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Statistics<'a> {
    /// Seconds.
    pub(crate) age: f64,
    pub(crate) bytes: Vec<u64>,
    pub(crate) events: Vec<u64>,
    pub(crate) transports: Vec<Transport<'a>>,
    pub(crate) operations: Vec<Operation<'a>>,
}

/// A connection to the server.
#[derive(Debug, PartialEq)]
pub(crate) struct Transport<'a> {
    pub(crate) protocol: &'a str,
    /// Port, binds, connects, jiffies of connecting, seconds of idleness, sends, receives, unknown
    /// transactions, active requests, backlog, most slots, sending queue, pending queue. Those that
    /// the protocol or the version does not have are 0.
    pub(crate) numbers: Vec<u64>,
}

/// What was done of one kind.
#[derive(Debug, PartialEq)]
pub(crate) struct Operation<'a> {
    pub(crate) name: &'a str,
    /// Requests, transmissions, time-outs, bytes sent and received, and milliseconds of queueing,
    /// of response, of all; newer kernels have more.
    pub(crate) numbers: Vec<u64>,
}

/// The NFS mounts of a file. Of mounts of other kinds there are no statistics.
pub(crate) fn mounts(text: &Text) -> Result<Vec<Mount<'_>>, Error> {
    let mut mounts = Vec::new();
    let mut lines = text.lines();
    let mut place = 0;
    while let Some(line) = lines.next() {
        let words: Vec<&str> = line.columns().take(9).collect();
        let (device, mount_point, version) = match words.as_slice() {
            [
                "device",
                device,
                "mounted",
                "on",
                point,
                "with",
                "fstype",
                _,
            ] => (*device, *point, None),
            [
                "device",
                device,
                "mounted",
                "on",
                point,
                "with",
                "fstype",
                kind,
                version,
            ] => {
                if !matches!(*kind, "nfs" | "nfs4") {
                    let kind = excerpt(kind);
                    return Err(line.error(format!("cannot parse the statistics of {kind:?}")));
                }
                (*device, *point, Some(*version))
            }
            ["device", ..] => return Err(line.error("invalid device line")),
            _ => continue,
        };
        if let Some(version) = version {
            let version = version.strip_prefix("statvers=").unwrap_or(version);
            mounts.push(Mount {
                place,
                device,
                mount_point,
                statistics: statistics(&mut lines, version)?,
            });
        }
        place += 1;
    }
    Ok(mounts)
}

/// The lines up to the next empty one.
fn statistics<'a>(
    lines: &mut impl Iterator<Item = Line<'a>>,
    version: &str,
) -> Result<Statistics<'a>, Error> {
    let mut statistics = Statistics::default();
    while let Some(line) = lines.next() {
        let mut columns = line.columns();
        match columns.next() {
            None => break,
            Some("per-op") => {
                statistics.operations = operations(lines)?;
                break;
            }
            Some("age:") => statistics.age = age(&line, columns.text("age")?)?,
            Some("bytes:") => statistics.bytes = exactly(&line, "bytes", columns, BYTES)?,
            Some("events:") => statistics.events = exactly(&line, "events", columns, EVENTS)?,
            Some("xprt:") => {
                let transport = transport(&line, columns, version)?;
                statistics.transports.push(transport);
            }
            Some(_) => {}
        }
    }
    Ok(statistics)
}

fn age(line: &Line<'_>, text: &str) -> Result<f64, Error> {
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+');
    let seconds = text.bytes().all(plain).then(|| float(text)).flatten();
    seconds.ok_or_else(|| {
        let found = excerpt(text);
        line.error(format!("age: expected seconds, found {found:?}"))
    })
}

fn exactly(
    line: &Line<'_>,
    what: &str,
    mut columns: Columns<'_>,
    count: usize,
) -> Result<Vec<u64>, Error> {
    let numbers = columns.unsigned_all(what)?;
    match numbers.len() == count {
        true => Ok(numbers),
        false => {
            let found = numbers.len();
            Err(line.error(format!("{what}: expected {count} numbers, found {found}")))
        }
    }
}

/// Numbers of a transport in version 1.0, and those that came with 1.1: slots and queues.
const FIRST: usize = 10;
const QUEUES: usize = 3;
/// Connects, connecting and idleness, which UDP does not have, and the place of the first of them.
const CONNECTION: usize = 3;
const CONNECTS: usize = 2;

fn transport<'a>(
    line: &Line<'a>,
    mut columns: Columns<'a>,
    version: &str,
) -> Result<Transport<'a>, Error> {
    let protocol = columns.text("protocol")?;
    let mut numbers = match (version, protocol) {
        ("1.0", "tcp") => exactly(line, "xprt", columns, FIRST)?,
        ("1.0", "udp") => exactly(line, "xprt", columns, FIRST - CONNECTION)?,
        ("1.1", "tcp") => exactly(line, "xprt", columns, FIRST + QUEUES)?,
        ("1.1", "udp") => exactly(line, "xprt", columns, FIRST + QUEUES - CONNECTION)?,
        ("1.1", "rdma") => rdma(line, columns)?,
        _ => {
            let (protocol, version) = (excerpt(protocol), excerpt(version));
            let message = format!("xprt: unknown protocol {protocol:?} of version {version:?}");
            return Err(line.error(message));
        }
    };
    if protocol == "udp" {
        let after = numbers.split_off(CONNECTS);
        numbers.extend([0; CONNECTION]);
        numbers.extend(after);
    }
    numbers.resize(FIRST + QUEUES, 0);
    Ok(Transport { protocol, numbers })
}

/// What RDMA has like others, without its own numbers, of which each kernel has some more.
fn rdma(line: &Line<'_>, mut columns: Columns<'_>) -> Result<Vec<u64>, Error> {
    const LEAST: usize = 20;
    let mut numbers = columns.unsigned_all("xprt")?;
    let found = numbers.len();
    if found < LEAST {
        return Err(line.error(format!(
            "xprt: expected at least {LEAST} numbers, found {found}"
        )));
    }
    numbers.truncate(FIRST);
    Ok(numbers)
}

/// The operations up to the next empty line.
fn operations<'a>(lines: &mut impl Iterator<Item = Line<'a>>) -> Result<Vec<Operation<'a>>, Error> {
    let mut operations = Vec::new();
    for line in lines {
        let mut columns = line.columns();
        let Some(name) = columns.next() else { break };
        let name = name.strip_suffix(':').unwrap_or(name);
        let numbers = columns.unsigned_all(name)?;
        let found = numbers.len();
        if found < OPERATION {
            return Err(line.error(format!(
                "{name}: expected at least {OPERATION} numbers, found {found}"
            )));
        }
        operations.push(Operation { name, numbers });
    }
    Ok(operations)
}

#[cfg(test)]
mod tests;
