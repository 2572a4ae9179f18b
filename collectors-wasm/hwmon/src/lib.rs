//! Hardware sensors: temperatures, fans, voltages, currents, power, energy.
//!
//! Reads `name` and the sensor files of every entry of `/sys/class/hwmon` and of the `device` that it
//! belongs to ([hwmon sysfs interface](https://docs.kernel.org/hwmon/sysfs-interface.html)). Emits
//! one family per type and property of sensors (module `families`), `node_hwmon_chip_names` and
//! `node_hwmon_sensor_label`.
//!
//! The number of an entry depends on the order in which drivers were loaded, so a chip is named
//! after its device (module `chip`). An unreadable or malformed file omits its own value, an
//! unreadable directory all values in it.

mod chip;
mod families;
mod parse;
mod sensors;
#[cfg(test)]
mod tests;

use firepit_sdk::filter::{Expression, Filter, IncludeExclude};
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Scalar, Settings, export};

use chip::Chip;
use families::{Family, TYPES};
use sensors::{Samples, Sensors};

const CHIP_NAMES: Gauge<2> = Gauge::new(
    "node_hwmon_chip_names",
    "Annotation metric for human-readable chip names",
    ["chip", "chip_name"],
);
const SENSOR_LABEL: Gauge<3> = Gauge::new(
    "node_hwmon_sensor_label",
    "Label for given chip and sensor",
    ["chip", "sensor", "label"],
);

const CHIPS: IncludeExclude = IncludeExclude::new(
    "hwmon",
    Expression::new(
        "chip-include",
        "Regexp of hwmon chip to include (mutually exclusive to device-exclude).",
    ),
    Expression::new(
        "chip-exclude",
        "Regexp of hwmon chip to exclude (mutually exclusive to device-include).",
    ),
);
const SENSORS: IncludeExclude = IncludeExclude::new(
    "hwmon",
    Expression::new(
        "sensor-include",
        "Regexp of hwmon sensor to include (mutually exclusive to sensor-exclude).",
    ),
    Expression::new(
        "sensor-exclude",
        "Regexp of hwmon sensor to exclude (mutually exclusive to sensor-include).",
    ),
);

const CLASS: &str = "/sys/class/hwmon";

/// The collector.
#[derive(Debug)]
pub struct HwMon {
    chips: Filter,
    /// Matched against `chip;sensor`. `None` if it passes everything.
    sensors: Option<Filter>,
}

impl Collector for HwMon {
    fn describe() -> Descriptor {
        let links = ["", "/device", "/name"].map(|below| format!("{CLASS}/*{below}"));
        let sensors = (["", "/device"].into_iter())
            .flat_map(|below| TYPES.map(|kind| format!("{CLASS}/*{below}/{kind}")))
            .flat_map(|file| [format!("{file}[0-9]*"), file]);
        Descriptor::new("hwmon", "Shows hardware sensors.")
            .reads(links.into_iter().chain(sensors))
            .include_exclude(&CHIPS)
            .include_exclude(&SENSORS)
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let sensors = settings.filter(&SENSORS);
        let sensors = sensors.map_err(|error| format!("sensor {error}"))?;
        let chips = settings.filter(&CHIPS);
        Ok(Self {
            chips: chips.map_err(|error| format!("chip {error}"))?,
            sensors: (!sensors.passes_all()).then_some(sensors),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let mut chips = chip::chips()?;
        chips.retain(|chip| self.chips.passes(&chip.label));
        let found: Vec<Sensors<'_>> = (chips.iter())
            .map(|chip| sensors::read(chip, self.sensors.as_ref()))
            .collect();
        emit_texts(metrics, &found);
        let mut samples = Samples::new();
        for sensors in &found {
            sensors.add_to(&mut samples);
        }
        emit_samples(metrics, &samples);
        Ok(())
    }
}

fn emit_texts(metrics: &mut Metrics, found: &[Sensors<'_>]) {
    let mut chip_names = metrics.gauge(&CHIP_NAMES);
    for Chip { label, name, .. } in found.iter().map(|sensors| sensors.chip) {
        let name = parse::clean(name);
        if !name.is_empty() {
            chip_names.set([label, &name], 1);
        }
    }
    let mut sensor_label = metrics.gauge(&SENSOR_LABEL);
    for sensors in found {
        for (sensor, text) in sensors.labels() {
            sensor_label.set([&sensors.chip.label, &sensor, text], 1);
        }
    }
}

fn emit_samples(metrics: &mut Metrics, samples: &Samples<'_>) {
    for (key, samples) in samples {
        let Family {
            name,
            help,
            unit,
            counter,
        } = families::family(*key);
        let labels = ["chip", "sensor"];
        let mut writer = metrics.scalar(&if counter {
            Scalar::counter(&name, &help, labels)
        } else {
            Scalar::gauge(&name, &help, labels)
        });
        for sample in samples {
            writer.value([sample.chip, &sample.sensor], unit.convert(sample.value));
        }
    }
}

export!(HwMon);
