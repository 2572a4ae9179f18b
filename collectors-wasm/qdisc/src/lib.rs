//! Traffic and queues of the queueing disciplines at the root of network interfaces.
//!
//! Queries netlink ([rtnetlink(7)](https://man7.org/linux/man-pages/man7/rtnetlink.7.html),
//! `RTM_GETQDISC`); with the option `fixtures` reads `results.json` of a directory instead. Emits
//! seven families, `node_qdisc_<number>`. Malformed disciplines are skipped.

mod dump;
mod fixtures;

use firepit_sdk::filter::{Expression, Filter, IncludeExclude};
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Scalar, Settings, export, families};

/// A queueing discipline.
#[derive(Debug, Default, PartialEq)]
struct Qdisc {
    device: String,
    kind: String,
    /// In the order of [`FAMILIES`].
    values: Values,
}

/// `None` if missing.
type Values = [Option<u64>; FAMILIES.len()];

/// The families of the numbers.
const FAMILIES: [Scalar<2>; 7] = families! { Scalar["device", "kind"]
    counter "node_qdisc_bytes_total": "Number of bytes sent.",
    counter "node_qdisc_packets_total": "Number of packets sent.",
    counter "node_qdisc_drops_total": "Number of packets dropped.",
    counter "node_qdisc_requeues_total": "Number of packets dequeued, not transmitted, and requeued.",
    counter "node_qdisc_overlimits_total": "Number of overlimit packets.",
    gauge "node_qdisc_current_queue_length": "Number of packets currently in queue to be sent.",
    gauge "node_qdisc_backlog": "Number of bytes currently in queue to be sent.",
};

/// The old names of the options have another collector name, `qdisk`.
const DEVICES: IncludeExclude = IncludeExclude::new(
    "qdisc",
    Expression::new(
        "device-include",
        "Regexp of qdisc devices to include (mutually exclusive to device-exclude).",
    )
    .renamed_from(
        "--collector.qdisk.device-include",
        "qdisk-device-include",
        "DEPRECATED: Use collector.qdisc.device-include",
    ),
    Expression::new(
        "device-exclude",
        "Regexp of qdisc devices to exclude (mutually exclusive to device-include).",
    )
    .renamed_from(
        "--collector.qdisk.device-exclude",
        "qdisk-device-exclude",
        "DEPRECATED: Use collector.qdisc.device-exclude",
    ),
)
.exclusive(
    "collector.qdisc.device-include and collector.qdisc.device-exclude are mutaly exclusive",
);

/// The collector.
#[derive(Debug)]
pub struct QdiscStats {
    fixtures: String,
    devices: Filter,
}

impl Collector for QdiscStats {
    fn describe() -> Descriptor {
        Descriptor::new("qdisc", "Shows queueing disciplines of network interfaces.")
            .disabled_by_default()
            .reads(["{fixtures}/results.json"])
            .text(
                "fixtures",
                "",
                "test fixtures to use for qdisc collector end-to-end testing",
            )
            .include_exclude(&DEVICES)
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            fixtures: settings.text("fixtures").to_owned(),
            devices: settings.filter(&DEVICES)?,
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let mut qdiscs = match self.fixtures.as_str() {
            "" => dump::qdiscs()?,
            directory => fixtures::qdiscs(directory)?,
        };
        qdiscs.retain(|qdisc| self.devices.passes(&qdisc.device));
        let mut table = metrics.table(FAMILIES);
        for qdisc in &qdiscs {
            table.row([&qdisc.device, &qdisc.kind], qdisc.values);
        }
        Ok(())
    }
}

export!(QdiscStats);

#[cfg(test)]
mod tests;
