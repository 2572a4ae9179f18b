//! Block devices that DRBD replicates over the network.
//!
//! Reads `/proc/drbd` ([status in
//! /proc/drbd](https://linbit.com/drbd-user-guide/users-guide-drbd-8-4/#s-proc-drbd)), which DRBD
//! provides up to version 8.4. Emits the families of the module `families`. Malformed values are
//! skipped.

mod families;
mod parse;

use firepit_sdk::files::{self, Optional};
use firepit_sdk::{Descriptor, Error, Metrics, export};

use families::{CONNECTED, NUMBERS, PAIRS};
use parse::{Device, Pair};

const PATH: &str = "/proc/drbd";

export!(
    Drbd,
    collect,
    Descriptor::new("drbd", "Shows block devices that DRBD replicates.")
        .disabled_by_default()
        .reads([PATH])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let text = files::read_text(PATH).or_no_data()?;
    emit(metrics, &parse::devices(&text));
    Ok(())
}

fn emit(metrics: &mut Metrics, devices: &[Device]) {
    let mut table = metrics.table(NUMBERS.map(|(_, family)| family));
    for device in devices {
        let mut units = NUMBERS.iter().map(|((_, unit), _)| unit);
        let scaled = device.numbers.map(|number| Some(number? * units.next()?));
        table.row([&device.name], scaled);
    }
    for (index, (_, family)) in PAIRS.iter().enumerate() {
        let mut writer = metrics.gauge(family);
        for device in devices {
            if let Some(Some(Pair { local, remote })) = device.pairs.get(index) {
                writer.set([&device.name, "local"], local);
                writer.set([&device.name, "remote"], remote);
            }
        }
    }
    let mut writer = metrics.gauge(&CONNECTED);
    for device in devices {
        writer.set([&device.name], device.connected);
    }
}

#[cfg(test)]
mod tests;
