//! Software RAID arrays: their disks, their states, and how far a repair has come.
//!
//! Reads `/proc/mdstat` ([mdstat](https://raid.wiki.kernel.org/index.php/Mdstat)) and of each array
//! `/sys/block/md*/md` ([md](https://docs.kernel.org/admin-guide/md.html)). Emits the families
//! `node_md_*`. Without `/proc/mdstat` nothing is shown; any other file, and any line of it, costs its
//! own numbers. Attributes that nobody shows are not read, unlike in node_exporter, which has no data where one
//! of them is missing.

mod array;
mod parse;

use firepit_sdk::files::{self, Reason, glob};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

use array::Array;
use parse::{State, Status};

const DISKS: Gauge<2> = Gauge::new(
    "node_md_disks",
    "Number of active/failed/spare disks of device.",
    ["device", "state"],
);
const STATE: Gauge<2> = Gauge::new(
    "node_md_state",
    "Indicates the state of md-device.",
    ["device", "state"],
);

type Number = fn(&Status<'_>) -> Option<u64>;
/// The numbers of `/proc/mdstat` that have a family each.
const NUMBERS: [(Gauge<1>, Number); 3] = [
    (
        Gauge::new(
            "node_md_disks_required",
            "Total number of disks of device.",
            ["device"],
        ),
        |status| status.disks_total,
    ),
    (
        Gauge::new(
            "node_md_blocks",
            "Total number of blocks on device.",
            ["device"],
        ),
        |status| status.blocks,
    ),
    (
        Gauge::new(
            "node_md_blocks_synced",
            "Number of blocks synced on device.",
            ["device"],
        ),
        |status| status.blocks_synced,
    ),
];

const RAID_DISKS: Gauge<1> = Gauge::new(
    "node_md_raid_disks",
    "Number of raid disks on device.",
    ["device"],
);
const DEGRADED: Gauge<1> = Gauge::new(
    "node_md_degraded",
    "Number of degraded disks on device.",
    ["device"],
);

/// The states as the label has them. An array that is in none of them has a 0 for each.
const STATES: [(State, &str); 5] = [
    (State::Active, "active"),
    (State::Inactive, "inactive"),
    (State::Recovering, "recovering"),
    (State::Resyncing, "resync"),
    (State::Checking, "check"),
];

const MDSTAT: &str = "/proc/mdstat";
const BLOCK_DEVICES: &str = "/sys/block";

/// The collector.
#[derive(Debug)]
pub struct MdAdm;

impl Collector for MdAdm {
    fn describe() -> Descriptor {
        Descriptor::new("mdadm", "Shows software RAID arrays and their states.")
            .reads([MDSTAT])
            .reads(array::ATTRIBUTES.map(|name| format!("{BLOCK_DEVICES}/md*/md/{name}")))
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let wrong = "error parsing mdstatus";
        let text = files::read_text(MDSTAT).map_err(|error| match error.reason {
            Reason::NotFound => Error::NoData,
            _ => Error::context(wrong)(error),
        })?;
        emit_status(metrics, &parse::mdstat(&text));
        emit_arrays(metrics);
        Ok(())
    }
}

fn emit_status(metrics: &mut Metrics, arrays: &[Status<'_>]) {
    for (family, number) in &NUMBERS {
        let mut writer = metrics.gauge(family);
        for array in arrays {
            if let Some(number) = number(array) {
                writer.set([array.name], number as f64);
            }
        }
    }
    let mut writer = metrics.gauge(&DISKS);
    for array in arrays {
        if let Some(active) = array.disks_active {
            writer.set([array.name, "active"], active as f64);
        }
        writer.set([array.name, "failed"], array.disks_failed as f64);
        writer.set([array.name, "spare"], array.disks_spare as f64);
    }
    let mut writer = metrics.gauge(&STATE);
    for array in arrays {
        for (state, label) in STATES {
            let is_current = f64::from(u8::from(array.state == state));
            writer.set([array.name, label], is_current);
        }
    }
}

fn emit_arrays(metrics: &mut Metrics) {
    let entries = files::list(BLOCK_DEVICES).or_skip().unwrap_or_default();
    let arrays: Vec<Array<'_>> = (entries.iter().map(|entry| entry.name.as_str()))
        .filter(|name| glob::matches("md*", name))
        .filter_map(|name| array::read(BLOCK_DEVICES, name))
        .collect();
    let mut writer = metrics.gauge(&RAID_DISKS);
    for array in &arrays {
        if let Some(disks) = array.raid_disks {
            writer.set([array.name], disks as f64);
        }
    }
    let mut writer = metrics.gauge(&DEGRADED);
    for array in &arrays {
        if let Some(disks) = array.degraded {
            writer.set([array.name], disks as f64);
        }
    }
}

export!(MdAdm);

#[cfg(test)]
mod tests;
