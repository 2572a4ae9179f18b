//! What NFS mounts did: bytes, events, transports and operations.
//!
//! Reads `/proc/self/mountstats`
//! ([proc_pid_mountstats(5)](https://man7.org/linux/man-pages/man5/proc_pid_mountstats.5.html)), and
//! for the servers' addresses `/proc/self/mountinfo`: the mounts that the host's own process sees.
//! Where `self` leads to is for the host to find out. Emits the families of the module `families`. Lines and
//! numbers that are not understood are left out, and so is what a block does not tell, which node_exporter shows
//! as 0. All is left out of a mount whose connection is not understood: its protocol is a label of all. A mount
//! that is not found in `mountinfo` has an empty address.

mod families;
mod parse;

use std::collections::BTreeSet;
use std::fmt::Display;

use firepit_sdk::files::{self, Directory};
use firepit_sdk::parse::{Text, unescape_octal};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Collector, Counter, Descriptor, Error, Metrics, Settings, export, mountinfo};

use families::{AGE, BYTES, EVENTS, IDLE, MOUNT_POINT, OPERATIONS, SLOTS, TIMES, TRANSPORTS};
use parse::{Mount, Statistics, Transport};

const PROCESS: &str = "/proc/self";
const FILES: [&str; 2] = ["mountstats", "mountinfo"];

/// The collector.
#[derive(Debug)]
pub struct MountStats;

impl Collector for MountStats {
    fn describe() -> Descriptor {
        Descriptor::new("mountstats", "Shows what NFS mounts did.")
            .disabled_by_default()
            .reads(FILES.map(|file| format!("{PROCESS}/{file}")))
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let contents = Directory::new(PROCESS).read(FILES);
        let [statistics, mounts] = contents.map_err(|error| failed(FILES[0], error))?;
        let statistics = text(FILES[0], statistics)?;
        let mounts = text(FILES[1], mounts)?;
        emit(metrics, &parse::mounts(&statistics), &servers(&mounts));
        Ok(())
    }
}

fn failed(file: &str, error: impl Display) -> Error {
    Error::failed(format!("failed to parse {file}: {error}"))
}

fn text(file: &str, content: Result<Vec<u8>, files::Error>) -> Result<Text, Error> {
    let content = content.map_err(|error| failed(file, error))?;
    Ok(Directory::new(PROCESS).text(file, content))
}

/// A mount point, and the address of its server, which is empty where it has none.
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

/// The address of a mount's server. Both files list the mounts in the same order, so that one mount over
/// another is told apart; but where a line was left out, the others are found by their mount points.
fn address<'a>(servers: &[Server<'a>], mount: &Mount<'_>) -> &'a str {
    let is_own = |server: &&Server<'_>| server.mount_point == mount.mount_point;
    let at_place = servers.get(mount.place).filter(is_own);
    let server = at_place.or_else(|| servers.iter().find(is_own));
    server.map_or("", |server| server.address)
}

/// The statistics of a mount, once per protocol that it uses.
struct Shown<'a> {
    mount: &'a Mount<'a>,
    /// Export, address and protocol: what other mounts of the same have in common.
    identity: [&'a str; 3],
}

fn emit(metrics: &mut Metrics, mounts: &[Mount<'_>], servers: &[Server<'_>]) {
    let mut shown = Vec::new();
    let points: Vec<_> = (mounts.iter())
        .map(|mount| unescape_octal(mount.mount_point))
        .collect();
    // With a mount point, and without one for what several mount points share.
    let mut seen = BTreeSet::new();
    let mut info = metrics.gauge(&MOUNT_POINT);
    for (mount, mount_point) in mounts.iter().zip(&points) {
        let device: &str = &mount.device;
        let address = address(servers, mount);
        for Transport { protocol, .. } in &mount.statistics.transports {
            let point = [device, address, mount_point, protocol];
            if seen.insert(point) {
                info.set(point, 1.0);
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
    emit_mount(metrics, shown, &AGE, &|own| own.age);
    for (index, family) in BYTES.iter().enumerate() {
        let value = |own: &Statistics<'_>| number(&own.bytes, index).map(|value| value as f64);
        emit_mount(metrics, shown, family, &value);
    }
    for (index, family) in &EVENTS {
        let value = |own: &Statistics<'_>| number(&own.events, *index).map(|value| value as f64);
        emit_mount(metrics, shown, family, &value);
    }
}

/// Once in the module, for all families of mounts.
#[inline(never)]
fn emit_mount(
    metrics: &mut Metrics,
    shown: &[Shown<'_>],
    family: &Counter<'static, 3>,
    value: &dyn Fn(&Statistics<'_>) -> Option<f64>,
) {
    let mut writer = metrics.counter(family);
    for own in shown {
        if let Some(value) = value(&own.mount.statistics) {
            writer.total(own.identity, value);
        }
    }
}

fn emit_transports(metrics: &mut Metrics, shown: &[Shown<'_>]) {
    let labels: Vec<String> = {
        let most = shown
            .iter()
            .map(|own| own.mount.statistics.transports.len());
        (0..most.max().unwrap_or(0))
            .map(|index| index.to_string())
            .collect()
    };
    let each = |index: usize, put: &mut dyn FnMut([&str; 4], u64)| {
        for own in shown {
            let [export, address, protocol] = own.identity;
            let transports = own.mount.statistics.transports.iter();
            for (transport, label) in transports.zip(&labels) {
                if let Some(value) = number(&transport.numbers, index) {
                    put([export, address, protocol, label], value);
                }
            }
        }
    };
    for (index, family) in &TRANSPORTS {
        let mut writer = metrics.counter(family);
        each(*index, &mut |labels, value| {
            writer.total(labels, value as f64)
        });
    }
    let mut idle = metrics.gauge(&IDLE);
    each(4, &mut |labels, value| idle.set(labels, wrapped(value)));
    let mut slots = metrics.gauge(&SLOTS);
    each(10, &mut |labels, value| slots.set(labels, value as f64));
}

fn emit_operations(metrics: &mut Metrics, shown: &[Shown<'_>]) {
    for (index, family) in OPERATIONS.iter().enumerate() {
        let is_time = TIMES.contains(&index);
        let mut writer = metrics.counter(family);
        for own in shown {
            let [export, address, protocol] = own.identity;
            for operation in &own.mount.statistics.operations {
                let Some(value) = number(&operation.numbers, index) else {
                    continue;
                };
                let value = match is_time {
                    true => wrapped(value) / 1000.0,
                    false => value as f64,
                };
                writer.total([export, address, operation.name, protocol], value);
            }
        }
    }
}

fn number(numbers: &[Option<u64>], index: usize) -> Option<u64> {
    numbers.get(index).copied().flatten()
}

/// A time without the bits that no double holds: differences of clocks that went backwards are near
/// 2⁶⁴, and would hide all growth to come.
fn wrapped(time: u64) -> f64 {
    const MANTISSA: u64 = 1 << 53;
    (time % MANTISSA) as f64
}

export!(MountStats);

#[cfg(test)]
mod tests;
