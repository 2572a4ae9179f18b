//! Collection over netlink, which requires less work of the interfaces than sysfs.
//!
//! Malformed messages and attributes are skipped. Without an answer from `ethtool`, speeds and
//! duplexes are omitted.

use std::collections::BTreeMap;

use firepit_sdk::files::Directory;
use firepit_sdk::netlink::{self, Query, Reason};
use firepit_sdk::skip::{self, OrSkip};
use firepit_sdk::{Error, Gauge, Metrics, ResultExt, log};

use crate::attributes::place;
use crate::links::{self, Link};
use crate::modes;
use crate::parse::Interface;
use crate::{DEVICES, NetClass, SPEED, emit_numbers, emit_up, parse};

const INFO: Gauge<6> = Gauge::new(
    "node_network_info",
    "Non-numeric data of <iface>, value is always 1.",
    [
        "device",
        "address",
        "broadcast",
        "duplex",
        "operstate",
        "ifalias",
    ],
);
const ALTNAMES: Gauge<2> = Gauge::new(
    "node_network_altnames_info",
    "Non-numeric data of <iface> altname, value is always 1.",
    ["altname", "device"],
);

/// Values missing in netlink: attributes in sysfs, and their indices.
const SYSFS: [(&str, usize); 3] = [
    ("addr_assign_type", place::ADDR_ASSIGN_TYPE),
    ("dev_id", place::DEV_ID),
    ("name_assign_type", place::NAME_ASSIGN_TYPE),
];

macro_rules! statistics {
    ($($name:literal),*) => {
        [$(Gauge::new(
            concat!("node_network_", $name, "_total"),
            concat!("Network device property: ", $name, "_total"),
            ["device"],
        )),*]
    };
}

/// The counters of `struct rtnl_link_stats64`, in its order. Gauges, as in node_exporter.
const STATISTICS: [Gauge<1>; 24] = statistics![
    "receive_packets",
    "transmit_packets",
    "receive_bytes",
    "transmit_bytes",
    "receive_errors",
    "transmit_errors",
    "receive_dropped",
    "transmit_dropped",
    "multicast",
    "collisions",
    "receive_length_errors",
    "receive_over_errors",
    "receive_crc_errors",
    "receive_frame_errors",
    "receive_fifo_errors",
    "receive_missed_errors",
    "transmit_aborted_errors",
    "transmit_carrier_errors",
    "transmit_fifo_errors",
    "transmit_heartbeat_errors",
    "transmit_window_errors",
    "receive_compressed",
    "transmit_compressed",
    "receive_nohandler"
];

/// Emits the values from netlink.
pub(crate) fn collect(collector: &NetClass, metrics: &mut Metrics) -> Result<(), Error> {
    let duplexes = emit_speeds(collector, metrics);
    let dump = netlink::dump(Query::Links).context("could not get net class info")?;
    let wanted = |name: &str| !collector.ignored_devices.matches(name);
    let mut links = links::links(&dump, wanted);
    for link in &mut links {
        complete(&mut link.interface);
        let interface = &mut link.interface;
        if let Some(duplex) = duplexes.get(&interface.device) {
            (*duplex).clone_into(&mut interface.duplex);
        }
    }
    emit_texts(metrics, &links);
    emit_numbers(metrics, links.iter().map(|link| &link.interface));
    if collector.with_stats {
        emit_statistics(metrics, &links);
    }
    Ok(())
}

/// Emits the speeds, and returns the duplex by interface.
fn emit_speeds(collector: &NetClass, metrics: &mut Metrics) -> BTreeMap<String, &'static str> {
    let dump = match netlink::dump(Query::LinkModes) {
        Ok(dump) => dump,
        Err(Reason::Unsupported) => {
            let message =
                "ETHTOOL netlink interface unavailable, duplex and linkspeed are not scraped.";
            log::info(message, &[]);
            return BTreeMap::new();
        }
        Err(error) => {
            skip::report(Error::context("could not get link modes")(error));
            return BTreeMap::new();
        }
    };
    let mut modes = modes::modes(&dump);
    modes.retain(|modes| !collector.ignored_devices.matches(&modes.device));
    let mut writer = metrics.gauge(&SPEED);
    for modes in &modes {
        let speed = modes
            .speed
            .map(|speed| parse::bytes_per_second(speed.into()));
        writer.set([&modes.device], speed);
    }
    (modes.into_iter().map(|modes| (modes.device, modes.duplex))).collect()
}

/// Adds the values missing in netlink. An interface that is not in sysfs lacks them.
fn complete(interface: &mut Interface) {
    let directory = Directory::new(format!("{DEVICES}/{}", interface.device));
    let contents = directory.read(SYSFS.map(|(attribute, _)| attribute));
    let contents = contents.or_skip().into_iter().flatten();
    for (content, (name, place)) in contents.zip(SYSFS) {
        interface.set(place, parse::number(&directory, name, content));
    }
}

fn emit_texts(metrics: &mut Metrics, links: &[Link<'_>]) {
    emit_up(metrics, links.iter().map(|link| &link.interface));
    let mut info = metrics.gauge(&INFO);
    for Link { interface, .. } in links {
        if interface.operstate.is_empty() {
            continue;
        }
        let label_values = [
            &*interface.device,
            &interface.address,
            &interface.broadcast,
            &interface.duplex,
            &interface.operstate,
            &interface.ifalias,
        ];
        info.set(label_values, 1);
    }
    let mut altnames = metrics.gauge(&ALTNAMES);
    for link in links {
        for name in &link.altnames {
            altnames.set([name, &link.interface.device], 1);
        }
    }
}

fn emit_statistics(metrics: &mut Metrics, links: &[Link<'_>]) {
    let mut table = metrics.table(STATISTICS);
    for link in links {
        // Old kernels lack the last counter.
        let value = |index| link.statistics?.u64_at(8 * index).ok();
        table.row([&link.interface.device], std::array::from_fn(value));
    }
}
