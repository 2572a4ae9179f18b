//! The families: name, help and unit of the values of each type and property.

use crate::parse::clean;

/// The types of sensors.
pub(crate) const TYPES: [&str; 14] = [
    "vrm",
    "beep_enable",
    "update_interval",
    "in",
    "cpu",
    "fan",
    "pwm",
    "temp",
    "curr",
    "power",
    "energy",
    "humidity",
    "intrusion",
    "freq",
];

/// The property that is a text.
pub(crate) const LABEL: &str = "label";

/// The key that determines the family of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key<'a> {
    /// One of [`TYPES`].
    pub(crate) kind: &'static str,
    /// The suffix after the number in the name of the file; empty if there is none.
    pub(crate) property: &'a str,
    /// The property is `input`, and the sensor has a file without property too.
    pub(crate) beside_bare: bool,
}

/// The family of a [`Key`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Family {
    pub(crate) name: String,
    pub(crate) help: String,
    pub(crate) unit: Unit,
    pub(crate) counter: bool,
}

/// The conversion of a value to the base unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// The value is in the base unit.
    Plain,
    /// Millivolts, milliamperes, thousandths of a degree, milliseconds.
    Milli,
    /// Microwatts, microjoules, and hertz shown as MHz.
    Micro,
    /// Thousandths of a percent, shown as a ratio. node_exporter treats them as millionths.
    MilliPercent,
}

impl Unit {
    /// The value in the base unit, equal to node_exporter's in the last digit.
    pub(crate) fn convert(self, value: f64) -> f64 {
        match self {
            Self::Plain => value,
            Self::Milli => value * 0.001,
            Self::Micro => value / 1_000_000.0,
            Self::MilliPercent => value / 100_000.0,
        }
    }
}

/// The family of a type and property. The first matching rule applies.
pub(crate) fn family(key: Key<'_>) -> Family {
    let Key { kind, property, .. } = key;
    let (suffix, help, unit) = match (kind, property) {
        ("beep_enable", _) => {
            return fixed(
                "node_hwmon_beep_enabled",
                "Hardware beep enabled",
                Unit::Plain,
            );
        }
        ("vrm", _) => {
            let name = "node_hwmon_voltage_regulator_version";
            return fixed(name, "Hardware voltage regulator", Unit::Plain);
        }
        ("update_interval", _) => {
            let name = "node_hwmon_update_interval_seconds";
            return fixed(name, "Hardware monitor update interval", Unit::Milli);
        }
        (_, "fault" | "alarm") => {
            let help = format!("Hardware sensor {property} status ({kind})");
            ("", help, Unit::Plain)
        }
        (_, "beep") => {
            let help = "Hardware monitor sensor has beeping enabled".to_owned();
            ("_enabled", help, Unit::Plain)
        }
        ("in" | "cpu", _) => ("_volts", monitor("voltage", property), Unit::Milli),
        ("temp", "") => ("_celsius", monitor("temperature", "input"), Unit::Milli),
        ("temp", property) if property != "type" => {
            ("_celsius", monitor("temperature", property), Unit::Milli)
        }
        ("curr", _) => ("_amps", monitor("current", property), Unit::Milli),
        ("energy", _) => (
            "_joule_total",
            monitor("joules used so far", property),
            Unit::Micro,
        ),
        ("power", "average_interval" | "average_interval_min" | "average_interval_max") => {
            let help = format!("Hardware monitor power usage update interval ({property})");
            ("_seconds", help, Unit::Milli)
        }
        ("power", _) => (
            "_watt",
            monitor("power usage in watts", property),
            Unit::Micro,
        ),
        ("humidity", _) => ("", monitor(HUMIDITY, property), Unit::MilliPercent),
        ("fan", "input" | "min" | "max" | "target") => (
            "_rpm",
            monitor("fan revolutions per minute", property),
            Unit::Plain,
        ),
        ("freq", "input") => {
            let help = "Hardware monitor for GPU frequency in MHz".to_owned();
            ("_freq_mhz", help, Unit::Micro)
        }
        _ => {
            let help = format!("Hardware monitor {kind} element {property}");
            ("", help, Unit::Plain)
        }
    };
    Family {
        name: base_name(key) + suffix,
        help,
        unit,
        counter: kind == "energy" && suffix == "_joule_total",
    }
}

const HUMIDITY: &str =
    "humidity, as a ratio (multiply with 100.0 to get the humidity as a percentage)";

fn monitor(what: &str, property: &str) -> String {
    format!("Hardware monitor for {what} ({property})")
}

fn fixed(name: &str, help: &str, unit: Unit) -> Family {
    Family {
        name: name.to_owned(),
        help: help.to_owned(),
        unit,
        counter: false,
    }
}

fn base_name(key: Key<'_>) -> String {
    let Key { kind, property, .. } = key;
    match property {
        "input" if key.beside_bare => format!("node_hwmon_{kind}_input"),
        "" | "input" => format!("node_hwmon_{kind}"),
        _ => format!("node_hwmon_{kind}_{}", clean(property)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(kind: &'static str, property: &str, beside_bare: bool) -> (String, String) {
        let key = Key {
            kind,
            property,
            beside_bare,
        };
        let family = family(key);
        assert_eq!(family.counter, family.name.ends_with("_total"));
        (family.name, family.help)
    }

    #[test]
    fn names_and_helps() {
        let cases = [
            (
                "in",
                "input",
                "in_volts",
                "Hardware monitor for voltage (input)",
            ),
            ("in", "", "in_volts", "Hardware monitor for voltage ()"),
            (
                "cpu",
                "vid",
                "cpu_vid_volts",
                "Hardware monitor for voltage (vid)",
            ),
            (
                "temp",
                "",
                "temp_celsius",
                "Hardware monitor for temperature (input)",
            ),
            (
                "temp",
                "crit_alarm",
                "temp_crit_alarm_celsius",
                "Hardware monitor for temperature (crit_alarm)",
            ),
            (
                "temp",
                "type",
                "temp_type",
                "Hardware monitor temp element type",
            ),
            (
                "temp",
                "fault",
                "temp_fault",
                "Hardware sensor fault status (temp)",
            ),
            (
                "fan",
                "beep",
                "fan_beep_enabled",
                "Hardware monitor sensor has beeping enabled",
            ),
            (
                "fan",
                "max",
                "fan_max_rpm",
                "Hardware monitor for fan revolutions per minute (max)",
            ),
            (
                "fan",
                "manual",
                "fan_manual",
                "Hardware monitor fan element manual",
            ),
            ("pwm", "", "pwm", "Hardware monitor pwm element "),
            ("pwm", "A-b", "pwm_a_b", "Hardware monitor pwm element A-b"),
            (
                "curr",
                "input",
                "curr_amps",
                "Hardware monitor for current (input)",
            ),
            (
                "energy",
                "input",
                "energy_joule_total",
                "Hardware monitor for joules used so far (input)",
            ),
            (
                "energy",
                "alarm",
                "energy_alarm",
                "Hardware sensor alarm status (energy)",
            ),
            (
                "power",
                "average_interval",
                "power_average_interval_seconds",
                "Hardware monitor power usage update interval (average_interval)",
            ),
            (
                "power",
                "average",
                "power_average_watt",
                "Hardware monitor for power usage in watts (average)",
            ),
            (
                "humidity",
                "input",
                "humidity",
                "Hardware monitor for humidity, as a ratio (multiply with 100.0 to get the \
                 humidity as a percentage) (input)",
            ),
            (
                "freq",
                "input",
                "freq_freq_mhz",
                "Hardware monitor for GPU frequency in MHz",
            ),
            (
                "freq",
                "max",
                "freq_max",
                "Hardware monitor freq element max",
            ),
            (
                "vrm",
                "",
                "voltage_regulator_version",
                "Hardware voltage regulator",
            ),
            ("beep_enable", "", "beep_enabled", "Hardware beep enabled"),
            (
                "update_interval",
                "",
                "update_interval_seconds",
                "Hardware monitor update interval",
            ),
        ];
        for (kind, property, name, help) in cases {
            let expected = (format!("node_hwmon_{name}"), help.to_owned());
            assert_eq!(shown(kind, property, false), expected);
        }
        assert_eq!(shown("in", "input", true).0, "node_hwmon_in_input_volts");
    }

    #[test]
    fn units() {
        assert_eq!(Unit::Milli.convert(1744.0), 1744.0 * 0.001);
        assert_eq!(Unit::Micro.convert(214_000_000.0), 214.0);
        assert_eq!(Unit::Plain.convert(5.0), 5.0);
        // 41 %.
        let humidity = Key {
            kind: "humidity",
            property: "input",
            beside_bare: false,
        };
        assert_eq!(family(humidity).unit.convert(41_000.0), 0.41);
    }
}
