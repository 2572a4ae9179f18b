//! Statistics of NFS mounts: bytes, events, transports and operations.
//!
//! Reads `/proc/self/mountstats`
//! ([proc_pid_mountstats(5)](https://man7.org/linux/man-pages/man5/proc_pid_mountstats.5.html)),
//! and for the servers' addresses `/proc/self/mountinfo`: the mounts in firepit's own namespace.
//! The host resolves `self`. Emits the families of the module `families`. Malformed lines and
//! numbers are skipped, and missing values are omitted, where node_exporter shows 0. A mount with a
//! malformed connection is omitted, because the protocol is a label of all its series. A mount
//! missing from `mountinfo` has an empty address.

mod families;
mod parse;

use std::collections::BTreeSet;

use firepit_sdk::files::{self, Directory};
use firepit_sdk::parse::{Text, unescape_octal};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Descriptor, Error, Metrics, ResultExt, export, mountinfo};

use families::{AGE, BYTES, EVENTS, IDLE_AND_SLOTS, MOUNT_POINT, OPERATIONS, TRANSPORTS};
use parse::{Mount, Transport};

const PROCESS: &str = "/proc/self";
const FILES: [&str; 2] = ["mountstats", "mountinfo"];

export!(
    MountStats,
    collect,
    Descriptor::new("mountstats", "Shows statistics of NFS mounts.")
        .disabled_by_default()
        .reads(FILES.map(|file| format!("{PROCESS}/{file}")))
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let contents = Directory::new(PROCESS).read(FILES);
    let [statistics, mounts] = contents.context("failed to parse mountstats")?;
    let statistics = text(FILES[0], statistics)?;
    let mounts = text(FILES[1], mounts)?;
    emit(metrics, &parse::mounts(&statistics), &servers(&mounts));
    Ok(())
}

fn text(file: &str, content: Result<Vec<u8>, files::Error>) -> Result<Text, Error> {
    let content = content.context(format_args!("failed to parse {file}"))?;
    Ok(Directory::new(PROCESS).text(file, content))
}

/// A mount point, and the address of its server; empty if there is none.
struct Server<'a> {
    mount_point: &'a str,
    address: &'a str,
}

fn servers(text: &Text) -> Vec<Server<'_>> {
    let mounts = mountinfo::mounts(text).filter_map(OrSkip::or_skip);
    mounts.map(server).collect()
}

fn server(mount: mountinfo::Mount<'_>) -> Server<'_> {
    let addresses = mount.super_options().filter(|(key, _)| *key == "addr");
    Server {
        mount_point: mount.mount_point,
        address: addresses.last().map_or("", |(_, address)| address),
    }
}

/// The address of a mount's server. Both files list the mounts in the same order, which
/// distinguishes mounts over each other; if a line was skipped, the others are found by their mount
/// points.
fn address<'a>(servers: &[Server<'a>], mount: &Mount<'_>) -> &'a str {
    let is_own = |server: &&Server<'_>| server.mount_point == mount.mount_point;
    let at_place = servers.get(mount.place).filter(is_own);
    let server = at_place.or_else(|| servers.iter().find(is_own));
    server.map_or("", |server| server.address)
}

/// The statistics of a mount, once per protocol that it uses.
struct Shown<'a> {
    mount: &'a Mount<'a>,
    /// Export, address and protocol: the key shared by mounts of the same export.
    identity: [&'a str; 3],
}

fn emit(metrics: &mut Metrics, mounts: &[Mount<'_>], servers: &[Server<'_>]) {
    let mut shown = Vec::new();
    let points: Vec<_> = (mounts.iter())
        .map(|mount| unescape_octal(mount.mount_point))
        .collect();
    // With a mount point, and without one for values that several mount points share.
    let mut seen = BTreeSet::new();
    let mut info = metrics.gauge(&MOUNT_POINT);
    for (mount, mount_point) in mounts.iter().zip(&points) {
        let device: &str = &mount.device;
        let address = address(servers, mount);
        for Transport { protocol, .. } in &mount.statistics.transports {
            let point = [device, address, mount_point, protocol];
            if seen.insert(point) {
                info.set(point, 1);
            }
            // The kernel shares one connection, and its numbers, among mounts of the same server.
            if !seen.insert([device, address, "", protocol]) {
                break;
            }
            let identity = [device, address, protocol];
            shown.push(Shown { mount, identity });
        }
    }
    emit_mounts(metrics, &shown);
    emit_transports(metrics, &shown);
    emit_operations(metrics, &shown);
}

fn emit_mounts(metrics: &mut Metrics, shown: &[Shown<'_>]) {
    let mut age = metrics.counter(&AGE);
    for own in shown {
        age.total(own.identity, own.mount.statistics.age);
    }
    let mut bytes = metrics.table(BYTES);
    for own in shown {
        let numbers = &own.mount.statistics.bytes;
        bytes.row(
            own.identity,
            std::array::from_fn(|place| number(numbers, place)),
        );
    }
    let mut events = metrics.table(EVENTS.map(|(_, family)| family));
    for own in shown {
        let numbers = &own.mount.statistics.events;
        events.row(
            own.identity,
            EVENTS.map(|(place, _)| number(numbers, place)),
        );
    }
}

fn emit_transports(metrics: &mut Metrics, shown: &[Shown<'_>]) {
    let mut counters = metrics.table(TRANSPORTS.map(|(_, family)| family));
    each_transport(shown, |labels, numbers| {
        counters.row(labels, TRANSPORTS.map(|(place, _)| number(numbers, place)));
    });
    let mut gauges = metrics.table(IDLE_AND_SLOTS.map(|(_, family)| family));
    each_transport(shown, |labels, numbers| {
        let [idle, slots] = IDLE_AND_SLOTS.map(|(place, _)| number(numbers, place));
        gauges.row(labels, [idle.map(wrapped), slots.map(|slots| slots as f64)]);
    });
}

/// The labels and numbers of the transports of all mounts.
fn each_transport(shown: &[Shown<'_>], mut take: impl FnMut([&str; 4], &[Option<u64>])) {
    for own in shown {
        let [export, address, protocol] = own.identity;
        for (index, transport) in own.mount.statistics.transports.iter().enumerate() {
            let labels = [export, address, protocol, &index.to_string()];
            take(labels, &transport.numbers);
        }
    }
}

fn emit_operations(metrics: &mut Metrics, shown: &[Shown<'_>]) {
    let mut table = metrics.table(OPERATIONS);
    for own in shown {
        let [export, address, protocol] = own.identity;
        for operation in &own.mount.statistics.operations {
            let number = |place| number(&operation.numbers, place);
            let count = |place| number(place).map(|count| count as f64);
            let seconds = |place| number(place).map(|time| wrapped(time) / 1000.0);
            let values = [
                count(0),
                count(1),
                count(2),
                count(3),
                count(4),
                seconds(5),
                seconds(6),
                seconds(7),
            ];
            table.row([export, address, operation.name, protocol], values);
        }
    }
}

fn number(numbers: &[Option<u64>], index: usize) -> Option<u64> {
    numbers.get(index).copied().flatten()
}

/// A time without the bits that a double cannot hold: differences of clocks that went backwards are
/// near 2⁶⁴, and would hide all later increments.
fn wrapped(time: u64) -> f64 {
    const MANTISSA: u64 = 1 << 53;
    (time % MANTISSA) as f64
}

#[cfg(test)]
mod tests;
