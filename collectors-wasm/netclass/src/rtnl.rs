//! The way by netlink, which asks the interfaces for less than sysfs does.

use std::collections::BTreeMap;
use std::fmt::Display;

use firepit_sdk::files::Directory;
use firepit_sdk::netlink::{self, Query, Reason};
use firepit_sdk::{Error, Gauge, Metrics, log};

use crate::attributes::place;
use crate::links::{self, Link};
use crate::modes;
use crate::{DEVICES, NetClass, SPEED, emit_numbers, emit_up, parse, present};

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

/// What netlink does not tell: attributes in sysfs, and their places.
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

/// The counters of `struct rtnl_link_stats64`, in its order. Gauges, as node_exporter has them here.
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

/// Shows what netlink tells.
pub(crate) fn collect(collector: &NetClass, metrics: &mut Metrics) -> Result<(), Error> {
    let duplexes = emit_speeds(collector, metrics)?;
    let dump = netlink::dump(Query::Links).map_err(|error| failed("net class info", error))?;
    let wanted = |name: &str| !collector.ignored_devices.matches(name);
    let mut links = links::links(&dump, wanted).map_err(|error| failed("net class info", error))?;
    for link in &mut links {
        complete(link).map_err(|error| failed("sysfs device info", error))?;
        let interface = &mut link.interface;
        if let Some(duplex) = duplexes.get(&interface.device) {
            (*duplex).clone_into(&mut interface.duplex);
        }
        if interface.operstate.is_empty() {
            let error = format!("{}: operational state without a name", interface.device);
            return Err(failed("net class info", error));
        }
    }
    emit_texts(metrics, &links);
    emit_numbers(metrics, links.iter().map(|link| &link.interface));
    if collector.with_stats {
        emit_statistics(metrics, &links);
    }
    Ok(())
}

/// Shows the speeds, and returns the duplex by interface.
fn emit_speeds(
    collector: &NetClass,
    metrics: &mut Metrics,
) -> Result<BTreeMap<String, &'static str>, Error> {
    let dump = match netlink::dump(Query::LinkModes) {
        Ok(dump) => dump,
        Err(Reason::Unsupported) => {
            let message =
                "ETHTOOL netlink interface unavailable, duplex and linkspeed are not scraped.";
            log::info(message, &[]);
            return Ok(BTreeMap::new());
        }
        Err(error) => return Err(failed("link modes", error)),
    };
    let mut modes = modes::modes(&dump).map_err(|error| failed("link modes", error))?;
    modes.retain(|modes| !collector.ignored_devices.matches(&modes.device));
    let mut writer = metrics.gauge(&SPEED);
    for modes in &modes {
        let speed = parse::bytes_per_second(modes.speed.into());
        writer.set([&modes.device], speed as f64);
    }
    let duplexes = modes.into_iter().map(|modes| (modes.device, modes.duplex));
    Ok(duplexes.collect())
}

/// Adds what netlink does not tell. An interface that sysfs does not know lacks it.
fn complete(link: &mut Link<'_>) -> Result<(), Error> {
    let directory = Directory::new(format!("{DEVICES}/{}", link.interface.device));
    let Ok(contents) = directory.read(SYSFS.map(|(attribute, _)| attribute)) else {
        return Ok(());
    };
    for (content, (_, place)) in contents.into_iter().zip(SYSFS) {
        if let Some(content) = present(content)? {
            link.interface.set(place, parse::number(content));
        }
    }
    Ok(())
}

fn emit_texts(metrics: &mut Metrics, links: &[Link<'_>]) {
    emit_up(metrics, links.iter().map(|link| &link.interface));
    let mut info = metrics.gauge(&INFO);
    for Link { interface, .. } in links {
        let label_values = [
            &*interface.device,
            &interface.address,
            &interface.broadcast,
            &interface.duplex,
            &interface.operstate,
            &interface.ifalias,
        ];
        info.set(label_values, 1.0);
    }
    let mut altnames = metrics.gauge(&ALTNAMES);
    for link in links {
        for name in &link.altnames {
            altnames.set([name, &link.interface.device], 1.0);
        }
    }
}

fn emit_statistics(metrics: &mut Metrics, links: &[Link<'_>]) {
    for (index, family) in STATISTICS.iter().enumerate() {
        let mut writer = metrics.gauge(family);
        for link in links {
            if let Some(statistics) = link.statistics {
                // Old kernels lack the last one.
                let value = statistics.u64_at(8 * index).unwrap_or_default();
                writer.set([&link.interface.device], value as f64);
            }
        }
    }
}

fn failed(what: &str, error: impl Display) -> Error {
    Error::failed(format!("could not get {what}: {error}"))
}
