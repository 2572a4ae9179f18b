//! The attributes of a power supply, and their families.

use firepit_sdk::Gauge;

pub(crate) const INFO: &str = "node_power_supply_info";
pub(crate) const INFO_HELP: &str = "info of /sys/class/power_supply/<power_supply>.";

/// The texts. Their names are the labels of [`INFO`].
pub(crate) const TEXTS: [&str; 11] = [
    "capacity_level",
    "charge_type",
    "health",
    "manufacturer",
    "model_name",
    "scope",
    "serial_number",
    "status",
    "technology",
    "type",
    "usb_type",
];

/// The names of all attributes: [`TEXTS`], then [`NUMBERS`].
pub(crate) fn attributes() -> impl Iterator<Item = &'static str> {
    let numbers = NUMBERS.iter().map(|((attribute, _), _)| *attribute);
    TEXTS.into_iter().chain(numbers)
}

/// Units that are not converted: numbers, percentages, seconds.
const PLAIN: f64 = 1.0;
/// Microamperes, microvolts, microwatts, and their products with hours.
const MICRO: f64 = 1e6;
/// Tenths of a degree Celsius.
const TENTHS: f64 = 10.0;

macro_rules! number {
    ($attribute:literal, $divisor:ident) => {
        number!($attribute as $attribute, $divisor)
    };
    ($attribute:literal as $property:literal, $divisor:ident) => {
        (
            ($attribute, $divisor),
            Gauge::new(
                concat!("node_power_supply_", $property),
                concat!(
                    $property,
                    " value of /sys/class/power_supply/<power_supply>."
                ),
                ["power_supply"],
            ),
        )
    };
}

/// The numbers: attribute, and the number of kernel units per base unit.
pub(crate) const NUMBERS: [((&str, f64), Gauge<1>); 49] = [
    number!("authentic", PLAIN),
    number!("calibrate", PLAIN),
    number!("capacity", PLAIN),
    number!("capacity_alert_max", PLAIN),
    number!("capacity_alert_min", PLAIN),
    number!("cycle_count" as "cyclecount", PLAIN),
    number!("online", PLAIN),
    number!("present", PLAIN),
    number!("time_to_empty_now" as "time_to_empty_seconds", PLAIN),
    number!("time_to_full_now" as "time_to_full_seconds", PLAIN),
    number!("current_boot", MICRO),
    number!("current_max", MICRO),
    number!("current_now" as "current_ampere", MICRO),
    number!("energy_empty", MICRO),
    number!("energy_empty_design", MICRO),
    number!("energy_full", MICRO),
    number!("energy_full_design", MICRO),
    number!("energy_now" as "energy_watthour", MICRO),
    number!("voltage_boot", MICRO),
    number!("voltage_max", MICRO),
    number!("voltage_max_design", MICRO),
    number!("voltage_min", MICRO),
    number!("voltage_min_design", MICRO),
    number!("voltage_now" as "voltage_volt", MICRO),
    number!("voltage_ocv", MICRO),
    number!("charge_control_limit", MICRO),
    number!("charge_control_limit_max", MICRO),
    number!("charge_counter", MICRO),
    number!("charge_empty", MICRO),
    number!("charge_empty_design", MICRO),
    number!("charge_full", MICRO),
    number!("charge_full_design", MICRO),
    number!("charge_now" as "charge_ampere", MICRO),
    number!("charge_term_current", MICRO),
    number!("constant_charge_current", MICRO),
    number!("constant_charge_current_max", MICRO),
    number!("constant_charge_voltage", MICRO),
    number!("constant_charge_voltage_max", MICRO),
    number!("precharge_current", MICRO),
    number!("input_current_limit", MICRO),
    number!("power_now" as "power_watt", MICRO),
    number!("temp" as "temp_celsius", TENTHS),
    number!("temp_alert_max" as "temp_alert_max_celsius", TENTHS),
    number!("temp_alert_min" as "temp_alert_min_celsius", TENTHS),
    number!("temp_ambient" as "temp_ambient_celsius", TENTHS),
    number!("temp_ambient_max" as "temp_ambient_max_celsius", TENTHS),
    number!("temp_ambient_min" as "temp_ambient_min_celsius", TENTHS),
    number!("temp_max" as "temp_max_celsius", TENTHS),
    number!("temp_min" as "temp_min_celsius", TENTHS),
];
