//! Attributes of the network interfaces: state, link, speed, numbers.
//!
//! Reads the attributes named in the module `attributes` of every entry of `/sys/class/net`. Emits
//! `node_network_up`, `node_network_info`, `node_network_speed_bytes` and one family per number.
//! Every attribute may change at any time, so none is cached. With the option `netlink` most values
//! come from netlink: see the module `rtnl`.
//!
//! Many attributes have no value while a link is down, or with some drivers. An unreadable or
//! malformed number omits its series. An unreadable text is an empty label, as in node_exporter;
//! without `operstate`, `node_network_up` is omitted.

mod attributes;
mod links;
mod modes;
mod parse;
mod rtnl;

use firepit_sdk::files::{self, Directory, EntryKind, Reason};
use firepit_sdk::filter::Pattern;
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export, log};

use attributes::NUMBERS;
use parse::Interface;

const UP: Gauge<1> = Gauge::new(
    "node_network_up",
    "Value is 1 if operstate is 'up', 0 otherwise.",
    ["device"],
);
const INFO: Gauge<7> = Gauge::new(
    "node_network_info",
    "Non-numeric data from /sys/class/net/<iface>, value is always 1.",
    [
        "device",
        "address",
        "broadcast",
        "duplex",
        "operstate",
        "adminstate",
        "ifalias",
    ],
);
const SPEED: Gauge<1> = Gauge::new(
    "node_network_speed_bytes",
    "Network device property: speed_bytes",
    ["device"],
);

const DEVICES: &str = "/sys/class/net";

/// The collector.
#[derive(Debug)]
pub struct NetClass {
    ignored_devices: Pattern,
    ignore_invalid_speed: bool,
    netlink: bool,
    with_stats: bool,
    attributes: Vec<&'static str>,
}

impl Collector for NetClass {
    fn describe() -> Descriptor {
        Descriptor::new("netclass", "Shows attributes of network interfaces.")
            .reads(attributes::names().map(|name| format!("{DEVICES}/*/{name}")))
            .text(
                "ignored-devices",
                "^$",
                "Regexp of net devices to ignore for netclass collector.",
            )
            .flag(
                "ignore-invalid-speed",
                false,
                "Ignore devices where the speed is invalid. This will be the default behavior in 2.x.",
            )
            .flag(
                "netlink",
                false,
                "Use netlink to gather stats instead of /proc/net/dev.",
            )
            .flag(
                "with-stats",
                false,
                "Expose the statistics for each network device, replacing netdev collector.",
            )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let ignored = settings.text("ignored-devices");
        Ok(Self {
            ignored_devices: Pattern::new(ignored)
                .map_err(|error| format!("ignored-devices {ignored:?}: {error}"))?,
            netlink: settings.flag("netlink"),
            with_stats: settings.flag("with-stats"),
            ignore_invalid_speed: settings.flag("ignore-invalid-speed"),
            attributes: attributes::names().collect(),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        if self.netlink {
            return rtnl::collect(self, metrics);
        }
        let interfaces = self.interfaces()?;
        emit_texts(metrics, &interfaces);
        emit_numbers(metrics, interfaces.iter());
        self.emit_speed(metrics, &interfaces);
        Ok(())
    }
}

impl NetClass {
    fn interfaces(&self) -> Result<Vec<Interface>, Error> {
        let entries = files::list(DEVICES).map_err(no_data)?;
        Ok((entries.into_iter())
            .filter(|entry| entry.kind != EntryKind::File)
            .filter(|entry| !self.ignored_devices.matches(&entry.name))
            .filter_map(|entry| self.interface(entry.name))
            .collect())
    }

    /// An interface; `None` if it was removed.
    fn interface(&self, device: String) -> Option<Interface> {
        let directory = Directory::new(format!("{DEVICES}/{device}"));
        let contents = directory.read_all(&self.attributes).or_skip()?;
        Some(parse::interface(device, &directory, contents))
    }

    fn emit_speed(&self, metrics: &mut Metrics, interfaces: &[Interface]) {
        let mut writer = metrics.gauge(&SPEED);
        for interface in interfaces {
            let is_shown = |speed: &i64| *speed >= 0 || !self.ignore_invalid_speed;
            let speed = interface.speed.filter(is_shown);
            writer.set([&interface.device], speed.map(parse::bytes_per_second));
        }
    }
}

/// A missing or inaccessible directory of network interfaces is not an error.
fn no_data(error: files::Error) -> Error {
    match error.reason {
        Reason::NotFound | Reason::PermissionDenied => {
            log::debug(
                "Could not read netclass file",
                &[("err", &error.to_string())],
            );
            Error::NoData
        }
        _ => error.into(),
    }
}

fn emit_up<'a>(metrics: &mut Metrics, interfaces: impl Iterator<Item = &'a Interface>) {
    let mut up = metrics.gauge(&UP);
    for interface in interfaces.filter(|interface| !interface.operstate.is_empty()) {
        up.set([&interface.device], interface.operstate == "up");
    }
}

fn emit_texts(metrics: &mut Metrics, interfaces: &[Interface]) {
    emit_up(metrics, interfaces.iter());
    let mut info = metrics.gauge(&INFO);
    for interface in interfaces {
        let label_values = [
            &interface.device,
            &interface.address,
            &interface.broadcast,
            &interface.duplex,
            &interface.operstate,
            interface.adminstate(),
            &interface.ifalias,
        ];
        info.set(label_values, 1);
    }
}

fn emit_numbers<'a>(metrics: &mut Metrics, interfaces: impl Iterator<Item = &'a Interface>) {
    let mut table = metrics.table(NUMBERS.map(|(_, family)| family));
    for interface in interfaces {
        table.row([&interface.device], interface.numbers);
    }
}

export!(NetClass);

#[cfg(test)]
mod tests;
