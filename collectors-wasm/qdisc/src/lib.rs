//! Traffic and queues of the queueing disciplines at the root of network interfaces.
//!
//! Asks netlink ([rtnetlink(7)](https://man7.org/linux/man-pages/man7/rtnetlink.7.html), `RTM_GETQDISC`); with
//! the option `fixtures` reads `results.json` of a directory instead. Emits seven families,
//! `node_qdisc_<number>`. One of unexpected shape costs itself.

mod dump;
mod fixtures;
mod options;

use firepit_sdk::{
    Collector, Descriptor, Error, Metrics, Scalar, Settings, export, filter::Filter,
};

/// A queueing discipline.
#[derive(Debug, Default, PartialEq)]
struct Qdisc {
    device: String,
    kind: String,
    /// In the order of [`FAMILIES`].
    values: Values,
}

/// `None` for what is not told.
type Values = [Option<u64>; FAMILIES.len()];

macro_rules! family {
    ($kind:ident, $name:literal, $help:literal) => {
        Scalar::$kind(concat!("node_qdisc_", $name), $help, ["device", "kind"])
    };
}

/// The families of the numbers.
const FAMILIES: [Scalar<'static, 2>; 7] = [
    family!(counter, "bytes_total", "Number of bytes sent."),
    family!(counter, "packets_total", "Number of packets sent."),
    family!(counter, "drops_total", "Number of packets dropped."),
    family!(
        counter,
        "requeues_total",
        "Number of packets dequeued, not transmitted, and requeued."
    ),
    family!(counter, "overlimits_total", "Number of overlimit packets."),
    family!(
        gauge,
        "current_queue_length",
        "Number of packets currently in queue to be sent."
    ),
    family!(
        gauge,
        "backlog",
        "Number of bytes currently in queue to be sent."
    ),
];

/// The collector.
#[derive(Debug)]
pub struct QdiscStats {
    fixtures: String,
    devices: Filter,
}

impl Collector for QdiscStats {
    fn describe() -> Descriptor {
        let descriptor =
            Descriptor::new("qdisc", "Shows queueing disciplines of network interfaces.")
                .disabled_by_default()
                .reads(["{fixtures}/results.json"]);
        options::declare(descriptor)
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            fixtures: settings.text("fixtures").to_owned(),
            devices: options::devices(settings)?,
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let mut qdiscs = match self.fixtures.as_str() {
            "" => dump::qdiscs()?,
            directory => fixtures::qdiscs(directory)?,
        };
        qdiscs.retain(|qdisc| self.devices.passes(&qdisc.device));
        for (index, family) in FAMILIES.iter().enumerate() {
            let rows = qdiscs.iter().filter_map(|qdisc| {
                let labels = [qdisc.device.as_str(), qdisc.kind.as_str()];
                Some((labels, (*qdisc.values.get(index)?)? as f64))
            });
            let mut writer = metrics.scalar(family);
            rows.for_each(|(labels, value)| writer.value(labels, value));
        }
        Ok(())
    }
}

export!(QdiscStats);

#[cfg(test)]
mod tests;
