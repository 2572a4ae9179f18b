//! Software RAID arrays: their disks, states and repair progress.
//!
//! Reads `/proc/mdstat` ([mdstat](https://raid.wiki.kernel.org/index.php/Mdstat)) and for each
//! array `/sys/block/md*/md` ([md](https://docs.kernel.org/admin-guide/md.html)). Emits the
//! families `node_md_*`. Without `/proc/mdstat` the collector emits nothing; any other missing or
//! malformed file or line omits only its own numbers. Attributes that are not emitted are not read,
//! unlike in node_exporter, which has no data if one of them is missing.

mod array;
mod parse;

use firepit_sdk::files::{self, Optional, glob};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, ResultExt, export, families};

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

/// The numbers of `/proc/mdstat` that have a family each.
const NUMBERS: [Gauge<1>; 3] = families! { Gauge["device"]
    "node_md_disks_required": "Total number of disks of device.",
    "node_md_blocks": "Total number of blocks on device.",
    "node_md_blocks_synced": "Number of blocks synced on device.",
};
/// The numbers of the directory of an array.
const ATTRIBUTES: [Gauge<1>; 2] = families! { Gauge["device"]
    "node_md_raid_disks": "Number of raid disks on device.",
    "node_md_degraded": "Number of degraded disks on device.",
};

/// The values of the label `state`. An array in another state has 0 for each.
const STATES: [(State, &str); 5] = [
    (State::Active, "active"),
    (State::Inactive, "inactive"),
    (State::Recovering, "recovering"),
    (State::Resyncing, "resync"),
    (State::Checking, "check"),
];

const MDSTAT: &str = "/proc/mdstat";
const BLOCK_DEVICES: &str = "/sys/block";

export!(
    MdAdm,
    collect,
    Descriptor::new("mdadm", "Shows software RAID arrays and their states.")
        .reads([MDSTAT])
        .reads(array::ATTRIBUTES.map(|name| format!("{BLOCK_DEVICES}/md*/md/{name}")))
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let text = files::read_text(MDSTAT).optional();
    let text = text
        .context("error parsing mdstatus")?
        .ok_or(Error::NoData)?;
    emit_status(metrics, &parse::mdstat(&text));
    emit_arrays(metrics);
    Ok(())
}

fn emit_status(metrics: &mut Metrics, arrays: &[Status<'_>]) {
    let mut numbers = metrics.table(NUMBERS);
    for array in arrays {
        let values = [array.disks_total, array.blocks, array.blocks_synced];
        numbers.row([array.name], values);
    }
    let mut disks = metrics.gauge(&DISKS);
    for array in arrays {
        disks.set([array.name, "active"], array.disks_active);
        disks.set([array.name, "failed"], array.disks_failed);
        disks.set([array.name, "spare"], array.disks_spare);
    }
    let mut states = metrics.gauge(&STATE);
    for array in arrays {
        for (state, label) in STATES {
            states.set([array.name, label], array.state == state);
        }
    }
}

fn emit_arrays(metrics: &mut Metrics) {
    let entries = files::list(BLOCK_DEVICES).or_skip().unwrap_or_default();
    let names = entries.iter().map(|entry| entry.name.as_str());
    let mut table = metrics.table(ATTRIBUTES);
    for name in names.filter(|name| glob::matches("md*", name)) {
        if let Some(array) = array::read(BLOCK_DEVICES, name) {
            table.row([name], [array.raid_disks, array.degraded]);
        }
    }
}

#[cfg(test)]
mod tests;
