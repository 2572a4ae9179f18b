//! Temperatures, and the states of cooling devices.
//!
//! Reads `type` and `temp` of each `/sys/class/thermal/thermal_zone*`, and `type`, `cur_state` and
//! `max_state` of each `/sys/class/thermal/cooling_device*`
//! ([generic thermal sysfs](https://docs.kernel.org/driver-api/thermal/sysfs-api.html)). Emits
//! `node_thermal_zone_temp`, `node_cooling_device_cur_state` and `node_cooling_device_max_state`.
//!
//! Unreadable values are omitted. A zone without a temperature is omitted, where node_exporter
//! shows 0 degrees: no value is better than a wrong one. A missing type of a zone is empty, as in
//! node_exporter. A cooling device without a type is omitted.

mod parse;

use firepit_sdk::files::{self, Directory};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, export, families};

const ZONE_TEMP: Gauge<2> = Gauge::new(
    "node_thermal_zone_temp",
    "Zone temperature in Celsius",
    ["zone", "type"],
);
const STATES: [Gauge<2>; 2] = families! { Gauge["name", "type"]
    "node_cooling_device_cur_state": "Current throttle state of the cooling device",
    "node_cooling_device_max_state": "Maximum throttle state of the cooling device",
};

const CLASS: &str = "/sys/class/thermal";

export!(
    ThermalZone,
    collect,
    Descriptor::new(
        "thermal_zone",
        "Shows temperatures and the states of cooling devices.",
    )
    .reads([
        "/sys/class/thermal/thermal_zone[0-9]*/type",
        "/sys/class/thermal/thermal_zone[0-9]*/temp",
        "/sys/class/thermal/cooling_device[0-9]*/type",
        "/sys/class/thermal/cooling_device[0-9]*/cur_state",
        "/sys/class/thermal/cooling_device[0-9]*/max_state",
    ])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    // A host without the class is a success without series.
    let entries = files::list(CLASS).or_skip().unwrap_or_default();
    let names = || entries.iter().map(|entry| entry.name.as_str());
    let mut zone_temp = metrics.gauge(&ZONE_TEMP);
    for (name, zone) in names().filter_map(|name| Some((name, parse::zone(name)?))) {
        if let Some((kind, temperature)) = read_zone(&directory(name)) {
            zone_temp.set([zone, &kind], temperature);
        }
    }
    let mut states = metrics.table(STATES);
    for (name, number) in names().filter_map(|name| Some((name, parse::cooling_device(name)?))) {
        if let Some((kind, values)) = read_device(&directory(name)) {
            states.row([number, &kind], values);
        }
    }
    Ok(())
}

fn directory(name: &str) -> Directory {
    Directory::new(format!("{CLASS}/{name}"))
}

/// Type and degrees Celsius of a zone; `None` if the temperature is unavailable.
fn read_zone(zone: &Directory) -> Option<(String, f64)> {
    let [kind, temperature] = zone.attributes(["type", "temp"]).or_skip()?;
    let text = temperature.or_skip()?;
    let temperature = parse::temperature(&text)
        .ok_or_else(|| zone.unexpected("temp", "an integer", &text))
        .or_skip()?;
    Some((kind.or_skip().unwrap_or_default(), temperature))
}

/// Type, current and maximum state of a cooling device; `None` if the type is unavailable.
fn read_device(device: &Directory) -> Option<(String, [Option<i64>; 2])> {
    let files = ["type", "max_state", "cur_state"];
    let [kind, max_state, cur_state] = device.attributes(files).or_skip()?;
    let state = |attribute: &str, text: Result<String, files::Error>| {
        let text = text.or_skip()?;
        parse::state(&text)
            .ok_or_else(|| device.unexpected(attribute, "an integer", &text))
            .or_skip()
    };
    let kind = kind.or_skip()?;
    let max_state = state("max_state", max_state);
    Some((kind, [state("cur_state", cur_state), max_state]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss, Output};

    fn host() -> Host {
        Host::new()
            .file("/sys/class/thermal/thermal_zone0/type", "x86_pkg_temp\n")
            .file("/sys/class/thermal/thermal_zone0/temp", "49925\n")
            .file("/sys/class/thermal/cooling_device3/type", "Processor\n")
            .file("/sys/class/thermal/cooling_device3/max_state", "10\n")
            .file("/sys/class/thermal/cooling_device3/cur_state", "0\n")
    }

    const SHOWN: &str = "node_thermal_zone_temp{zone=\"0\",type=\"x86_pkg_temp\"} 49.925\n\
         node_cooling_device_cur_state{name=\"3\",type=\"Processor\"} 0\n\
         node_cooling_device_max_state{name=\"3\",type=\"Processor\"} 10\n";

    #[test]
    fn shows_zones_and_devices() {
        let out = host().run::<ThermalZone>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), SHOWN.to_owned()));
    }

    #[test]
    fn other_entries_are_ignored() {
        let out = host()
            .file("/sys/class/thermal/thermal_zone/temp", "1\n")
            .file("/sys/class/thermal/thermal_zonex/temp", "1\n")
            .file("/sys/class/thermal/cooling_device/cur_state", "1\n")
            .run::<ThermalZone>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), SHOWN.to_owned()));
    }

    #[test]
    fn links_of_the_class_are_followed() {
        let out = Host::new()
            .file("/sys/devices/virtual/thermal/thermal_zone7/type", "acpitz")
            .file("/sys/devices/virtual/thermal/thermal_zone7/temp", "-5000")
            .link(
                "/sys/class/thermal/thermal_zone7",
                "../../devices/virtual/thermal/thermal_zone7",
            )
            .run::<ThermalZone>([]);
        let expected = "node_thermal_zone_temp{zone=\"7\",type=\"acpitz\"} -5\n";
        assert_eq!(out.text(), expected);
    }

    /// Asserts that `out` has the lines of [`SHOWN`] except those that begin with one of these.
    fn lacks(out: &Output, beginnings: &[&str]) {
        let kept = |line: &&str| !beginnings.iter().any(|begin| line.starts_with(begin));
        let expected: Vec<&str> = SHOWN.lines().filter(kept).collect();
        assert_eq!(out.text().lines().collect::<Vec<_>>(), expected);
        assert_eq!(out.result, Ok(()));
    }

    #[test]
    fn zone_without_a_temperature_is_omitted() {
        let out = host()
            .directory("/sys/class/thermal/thermal_zone5")
            .file("/sys/class/thermal/thermal_zone6/type", "iwlwifi_1\n")
            .file("/sys/class/thermal/thermal_zone6/temp", "hot\n")
            .link("/sys/class/thermal/thermal_zone7", "nowhere")
            .run::<ThermalZone>([]);
        lacks(&out, &[]);
        let skipped: Vec<&str> = out.skipped.iter().map(|it| it.file.as_str()).collect();
        assert_eq!(skipped, ["/sys/class/thermal/thermal_zone6/temp"]);
    }

    #[test]
    fn missing_zone_type_is_empty() {
        let out = Host::new()
            .file("/sys/class/thermal/thermal_zone0/temp", "-1000\n")
            .run::<ThermalZone>([]);
        let expected = "node_thermal_zone_temp{zone=\"0\",type=\"\"} -1\n";
        assert_eq!(out.text(), expected);
    }

    #[test]
    fn device_shows_its_available_states() {
        let device = "/sys/class/thermal/cooling_device3";
        let without = |file: &str| {
            let host = host().directory(&format!("{device}/x"));
            std::fs::remove_file(host.root().join(&device[1..]).join(file)).unwrap();
            host.run::<ThermalZone>([])
        };
        lacks(&without("cur_state"), &["node_cooling_device_cur_state"]);
        lacks(&without("max_state"), &["node_cooling_device_max_state"]);
        lacks(&without("type"), &["node_cooling_device_"]);
    }

    #[test]
    fn malformed_state_is_reported() {
        let out = host()
            .file("/sys/class/thermal/cooling_device3/cur_state", "low\n")
            .run::<ThermalZone>([]);
        lacks(&out, &["node_cooling_device_cur_state"]);
        assert_eq!(out.skipped[0].problem, "expected an integer, found \"low\"");
    }

    #[test]
    fn faults() {
        let host = host()
            .file("/sys/class/thermal/thermal_zone10/type", "acpitz\n")
            .file("/sys/class/thermal/thermal_zone10/temp", "-5000\n")
            .file("/sys/class/thermal/cooling_device12/type", "Fan\n")
            .file("/sys/class/thermal/cooling_device12/max_state", "1\n")
            .file("/sys/class/thermal/cooling_device12/cur_state", "1\n");
        Faults::new()
            .rule(CLASS, Loss::Everything, "the only list")
            .rule(
                "/sys/class/thermal/thermal_zone0/type",
                Loss::Changes(&["zone=\"0\""]),
                "a missing type is empty",
            )
            .rule(
                "/sys/class/thermal/thermal_zone10/type",
                Loss::Changes(&["zone=\"10\""]),
                "a missing type is empty",
            )
            .rule(
                "/sys/class/thermal/cooling_device3",
                Loss::Lines(&["name=\"3\""]),
                "the device was removed",
            )
            .rule(
                "/sys/class/thermal/cooling_device12",
                Loss::Lines(&["name=\"12\""]),
                "the device was removed",
            )
            .rule(
                "/sys/class/thermal/cooling_device3/type",
                Loss::Lines(&["name=\"3\""]),
                "it is a label of both states",
            )
            .rule(
                "/sys/class/thermal/cooling_device12/type",
                Loss::Lines(&["name=\"12\""]),
                "it is a label of both states",
            )
            .check::<ThermalZone>(&host);
    }

    #[test]
    fn a_host_without_zones_is_a_success() {
        for host in [Host::new(), Host::new().directory(CLASS)] {
            let out = host.run::<ThermalZone>([]);
            assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
        }
    }
}
