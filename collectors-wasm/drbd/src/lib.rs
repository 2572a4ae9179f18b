//! Block devices that DRBD replicates over the network.
//!
//! Reads `/proc/drbd`
//! ([status in /proc/drbd](https://linbit.com/drbd-user-guide/users-guide-drbd-8-4/#s-proc-drbd)), which
//! versions of DRBD up to 8.4 fill. Emits the families of the module `families`. A value that is not
//! understood is left out.

mod families;
mod parse;

use firepit_sdk::files::{self, Reason};
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

use families::{CONNECTED, NUMBERS, PAIRS};
use parse::{Device, Pair};

const PATH: &str = "/proc/drbd";

/// The collector.
#[derive(Debug)]
pub struct Drbd;

impl Collector for Drbd {
    fn describe() -> Descriptor {
        Descriptor::new("drbd", "Shows block devices that DRBD replicates.")
            .disabled_by_default()
            .reads([PATH])
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let absent = |error: files::Error| error.no_data_if(&[Reason::NotFound]);
        let text = files::read_text(PATH).map_err(absent)?;
        emit(metrics, &parse::devices(&text));
        Ok(())
    }
}

fn emit(metrics: &mut Metrics, devices: &[Device]) {
    for (index, number) in NUMBERS.iter().enumerate() {
        let mut writer = metrics.scalar(&number.family);
        for device in devices {
            if let Some(Some(value)) = device.numbers.get(index) {
                writer.value([&device.name], value * number.unit);
            }
        }
    }
    for (index, (_, _, family)) in PAIRS.iter().enumerate() {
        let mut writer = metrics.gauge(family);
        for device in devices {
            if let Some(Some(Pair { local, remote })) = device.pairs.get(index) {
                writer.set([&device.name, "local"], flag(*local));
                writer.set([&device.name, "remote"], flag(*remote));
            }
        }
    }
    let mut writer = metrics.gauge(&CONNECTED);
    for device in devices {
        if let Some(connected) = device.connected {
            writer.set([&device.name], flag(connected));
        }
    }
}

fn flag(value: bool) -> f64 {
    f64::from(u8::from(value))
}

export!(Drbd);

#[cfg(test)]
mod tests;
