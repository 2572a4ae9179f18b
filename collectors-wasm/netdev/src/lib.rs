//! Traffic, errors and drops of the network interfaces, and their addresses.
//!
//! Reads the interfaces over netlink
//! ([rtnetlink(7)](https://man7.org/linux/man-pages/man7/rtnetlink.7.html), `RTM_GETLINK`; the
//! counters are [`struct rtnl_link_stats64`](https://docs.kernel.org/networking/statistics.html)),
//! with `--no-collector.netdev.netlink` from `/proc/net/dev`
//! ([proc_pid_net(5)](https://man7.org/linux/man-pages/man5/proc_pid_net.5.html)). Emits one
//! counter per key, `node_network_<key>_total`, and with the option `address-info` from
//! `RTM_GETADDR` `node_network_address_info`.
//!
//! A malformed message or line omits only its interface or address. If addresses are unavailable,
//! the counters are emitted without them. An unreadable `ifalias` is an empty label.

mod addresses;
mod families;
mod links;
mod options;
mod parse;

use std::borrow::Cow;
use std::collections::BTreeMap;

use firepit_sdk::netlink::{self, Names, Query};
use firepit_sdk::parse::{Text, attribute};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{
    Collector, Counter, Descriptor, Error, Gauge, Metrics, ResultExt, Settings, export, files,
};

use families::COUNTERS;
use options::Options;

const ADDRESS_INFO: Gauge<4> = Gauge::new(
    "node_network_address_info",
    "node network address by device",
    ["device", "address", "netmask", "scope"],
);

const NO_STATISTICS: &str = "couldn't get netstats";
const NO_INTERFACES: &str = "could not get network interfaces";

const TABLE: &str = "/proc/net/dev";
const DEVICES: &str = "/sys/class/net";

/// One interface with its counters, in the order of their source: see [`families`].
#[derive(Debug, PartialEq)]
struct Device<'a> {
    name: Cow<'a, str>,
    counters: [u64; COUNTERS],
    /// The number of counters that the source provides.
    told: usize,
}

impl Device<'_> {
    fn counters(&self) -> &[u64] {
        self.counters.get(..self.told).unwrap_or_default()
    }
}

/// The collector.
#[derive(Debug)]
pub struct NetDev {
    options: Options,
}

impl Collector for NetDev {
    fn describe() -> Descriptor {
        let descriptor = Descriptor::new(
            "netdev",
            "Shows traffic, errors and drops of network interfaces.",
        )
        .reads([TABLE, "/sys/class/net/*/ifalias"]);
        options::declare(descriptor)
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let options = options::read(settings)?;
        Ok(Self { options })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let names = if self.options.netlink {
            self.collect_links(metrics)?
        } else {
            let table = files::read_text(TABLE).context(NO_STATISTICS)?;
            self.emit(metrics, &self.devices(&table));
            None
        };
        if self.options.address_info {
            self.emit_addresses(metrics, names).or_skip();
        }
        Ok(())
    }
}

impl NetDev {
    /// Emits the values from netlink, and returns the names of the interfaces if needed.
    fn collect_links(&self, metrics: &mut Metrics) -> Result<Option<Names>, Error> {
        let dump = netlink::dump(Query::Links).context(NO_STATISTICS)?;
        self.emit(metrics, &links::devices(&dump, &self.options.devices));
        Ok(self.options.address_info.then(|| Names::of(&dump)))
    }

    /// The interfaces of `/proc/net/dev`.
    fn devices<'a>(&self, table: &'a Text) -> Vec<Device<'a>> {
        let mut devices: Vec<Device<'_>> = Vec::new();
        let mut places = BTreeMap::new();
        for device in parse::devices(table).filter_map(OrSkip::or_skip) {
            if !self.options.devices.passes(&device.name) {
                continue;
            }
            // The kernel may list an interface twice while others are added and removed: the last
            // line is the newest, and duplicate series would drop the family.
            let place = *places.entry(device.name.clone()).or_insert(devices.len());
            match devices.get_mut(place) {
                Some(older) => *older = device,
                None => devices.push(device),
            }
        }
        devices
    }

    fn emit(&self, metrics: &mut Metrics, devices: &[Device<'_>]) {
        if self.options.label_ifalias {
            return self.emit_with_aliases(metrics, devices);
        }
        for family in self.options.families {
            let header = Counter::new(family.name, family.help, ["device"]);
            let mut writer = metrics.counter(&header);
            for device in devices {
                writer.total([&device.name], family.value(device.counters()));
            }
        }
    }

    fn emit_with_aliases(&self, metrics: &mut Metrics, devices: &[Device<'_>]) {
        let aliases: Vec<String> = devices.iter().map(|device| ifalias(&device.name)).collect();
        for family in self.options.families {
            let header = Counter::new(family.name, family.help, ["device", "ifalias"]);
            let mut writer = metrics.counter(&header);
            for (device, alias) in devices.iter().zip(&aliases) {
                writer.total([&device.name, alias], family.value(device.counters()));
            }
        }
    }

    fn emit_addresses(&self, metrics: &mut Metrics, names: Option<Names>) -> Result<(), Error> {
        let names = match names {
            Some(names) => names,
            None => Names::ask().context(NO_INTERFACES)?,
        };
        let dump = netlink::dump(Query::Addresses).context(NO_INTERFACES)?;
        let mut writer = metrics.gauge(&ADDRESS_INFO);
        for address in addresses::addresses(&dump) {
            let name = names.get(address.interface).unwrap_or_default();
            // An interface added after the request for the interfaces has no name.
            if !name.is_empty() && self.options.devices.passes(name) {
                let ip = address.ip.to_string();
                let prefix_length = address.prefix_length.to_string();
                let scope = addresses::scope(address.ip);
                writer.set([name, &ip, &prefix_length, scope], 1);
            }
        }
        Ok(())
    }
}

/// The alias that the operator gave to an interface; empty if there is none.
fn ifalias(device: &str) -> String {
    let content = files::read(&format!("{DEVICES}/{device}/ifalias")).or_skip();
    attribute(&content.unwrap_or_default()).into_owned()
}

export!(NetDev);

#[cfg(test)]
mod tests;
