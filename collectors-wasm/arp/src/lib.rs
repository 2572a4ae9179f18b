//! The number of entries that the ARP table has per network interface.
//!
//! Reads the kernel's neighbours of IPv4 by netlink
//! ([rtnetlink(7)](https://man7.org/linux/man-pages/man7/rtnetlink.7.html), `RTM_GETNEIGH`), without
//! those that need no ARP; with `--no-collector.arp.netlink` the table in `/proc/net/arp`
//! ([proc_pid_net(5)](https://man7.org/linux/man-pages/man5/proc_pid_net.5.html)). Emits
//! `node_arp_entries`. A line or a message that is not understood, or is about an interface that went
//! away meanwhile, is not counted.

mod neighbours;
mod parse;

use std::fmt::Display;

use firepit_sdk::filter::Filter;
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export, files};

const ENTRIES: Gauge<1> = Gauge::new("node_arp_entries", "ARP entries by device", ["device"]);

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
            .text(
                "device-include",
                "",
                "Regexp of arp devices to include (mutually exclusive to device-exclude).",
            )
            .text(
                "device-exclude",
                "",
                "Regexp of arp devices to exclude (mutually exclusive to device-include).",
            )
            .flag(
                "netlink",
                true,
                "Use netlink to gather stats instead of /proc/net/arp.",
            )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        // Despite the help texts, node_exporter takes both expressions together.
        let (include, exclude) = (
            settings.text("device-include"),
            settings.text("device-exclude"),
        );
        Ok(Self {
            netlink: settings.flag("netlink"),
            devices: Filter::new(include, exclude)?,
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        if self.netlink {
            let entries = neighbours::entries().map_err(failed)?;
            let entries = (entries.iter()).map(|(device, count)| (device.as_str(), *count));
            self.emit(metrics, entries);
        } else {
            let table = files::read_text(TABLE).map_err(failed)?;
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
                writer.set([device], count as f64);
            }
        }
    }
}

fn failed(error: impl Display) -> Error {
    Error::failed(format!("could not get ARP entries: {error}"))
}

export!(Arp);

#[cfg(test)]
mod tests;
