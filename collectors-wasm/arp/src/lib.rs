//! The number of entries that the ARP table has per network interface.
//!
//! Reads the kernel's IPv4 neighbours over netlink
//! ([rtnetlink(7)](https://man7.org/linux/man-pages/man7/rtnetlink.7.html), `RTM_GETNEIGH`), except
//! those that need no ARP; with `--no-collector.arp.netlink` the table in `/proc/net/arp`
//! ([proc_pid_net(5)](https://man7.org/linux/man-pages/man5/proc_pid_net.5.html)). Emits
//! `node_arp_entries`. Malformed lines and messages, and neighbours of interfaces removed
//! meanwhile, are not counted.

mod neighbours;
mod parse;

use firepit_sdk::filter::{Expression, Filter, IncludeExclude};
use firepit_sdk::{
    Collector, Descriptor, Error, Gauge, Metrics, ResultExt, Settings, export, files,
};

const ENTRIES: Gauge<1> = Gauge::new("node_arp_entries", "ARP entries by device", ["device"]);

// Despite the help texts, node_exporter applies both expressions together.
const DEVICES: IncludeExclude = IncludeExclude::new(
    "arp",
    Expression::new(
        "device-include",
        "Regexp of arp devices to include (mutually exclusive to device-exclude).",
    ),
    Expression::new(
        "device-exclude",
        "Regexp of arp devices to exclude (mutually exclusive to device-include).",
    ),
);

const FAILURE: &str = "could not get ARP entries";
const TABLE: &str = "/proc/net/arp";

/// The collector.
#[derive(Debug)]
pub struct Arp {
    netlink: bool,
    devices: Filter,
}

impl Collector for Arp {
    fn describe() -> Descriptor {
        Descriptor::new("arp", "Shows ARP entries by network interface.")
            .reads([TABLE])
            .include_exclude(&DEVICES)
            .flag(
                "netlink",
                true,
                "Use netlink to gather stats instead of /proc/net/arp.",
            )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            netlink: settings.flag("netlink"),
            devices: settings.filter(&DEVICES)?,
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        if self.netlink {
            let entries = neighbours::entries().context(FAILURE)?;
            let entries = (entries.iter()).map(|(device, count)| (device.as_str(), *count));
            self.emit(metrics, entries);
        } else {
            let table = files::read_text(TABLE).context(FAILURE)?;
            self.emit(metrics, parse::entries(&table).into_iter());
        }
        Ok(())
    }
}

impl Arp {
    fn emit<'a>(&self, metrics: &mut Metrics, entries: impl Iterator<Item = (&'a str, u64)>) {
        let mut writer = metrics.gauge(&ENTRIES);
        for (device, count) in entries {
            if self.devices.passes(device) {
                writer.set([device], count);
            }
        }
    }
}

export!(Arp);

#[cfg(test)]
mod tests;
