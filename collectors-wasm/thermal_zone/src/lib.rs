//! Temperatures, and how far cooling devices are turned up.
//!
//! Reads `type` and `temp` of each `/sys/class/thermal/thermal_zone*`, and `type`, `cur_state` and
//! `max_state` of each `/sys/class/thermal/cooling_device*`
//! ([generic thermal sysfs](https://docs.kernel.org/driver-api/thermal/sysfs-api.html)). Emits
//! `node_thermal_zone_temp`, `node_cooling_device_cur_state` and `node_cooling_device_max_state`.
//!
//! A zone is always shown, at 0 degrees where the kernel does not tell, as node_exporter has it.

mod parse;

use firepit_sdk::files::{self, Directory, Reason};
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export};

const ZONE_TEMP: Gauge<2> = Gauge::new(
    "node_thermal_zone_temp",
    "Zone temperature in Celsius",
    ["zone", "type"],
);
const CUR_STATE: Gauge<2> = Gauge::new(
    "node_cooling_device_cur_state",
    "Current throttle state of the cooling device",
    ["name", "type"],
);
const MAX_STATE: Gauge<2> = Gauge::new(
    "node_cooling_device_max_state",
    "Maximum throttle state of the cooling device",
    ["name", "type"],
);

const CLASS: &str = "/sys/class/thermal";

/// Numbers of Linux errors.
const EINVAL: u32 = 22;
const EOPNOTSUPP: u32 = 95;

/// The collector.
#[derive(Debug)]
pub struct ThermalZone;

/// One cooling device.
struct CoolingDevice<'a> {
    name: &'a str,
    kind: String,
    cur_state: i64,
    max_state: i64,
}

impl Collector for ThermalZone {
    fn describe() -> Descriptor {
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
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let entries = files::list(CLASS).unwrap_or_default();
        let names = || entries.iter().map(|entry| entry.name.as_str());
        let mut zone_temp = metrics.gauge(&ZONE_TEMP);
        for (name, zone) in names().filter_map(|name| Some((name, parse::zone(name)?))) {
            let (kind, temperature) = read_zone(&directory(name));
            zone_temp.set([zone, &kind], temperature);
        }
        let devices = (names().filter_map(|name| Some((name, parse::cooling_device(name)?))))
            .filter_map(|(name, number)| read_device(&directory(name), number).transpose())
            .collect::<Result<Vec<_>, _>>()?;
        emit_devices(metrics, &devices);
        Ok(())
    }
}

fn directory(name: &str) -> Directory {
    Directory::new(format!("{CLASS}/{name}"))
}

/// Type and degrees Celsius of a zone.
fn read_zone(zone: &Directory) -> (String, f64) {
    let Ok([kind, temperature]) = zone.attributes(["type", "temp"]) else {
        return (String::new(), 0.0);
    };
    let temperature = parse::temperature(&temperature.unwrap_or_default());
    (kind.unwrap_or_default(), temperature)
}

/// A cooling device, `None` where it is gone or has no states.
fn read_device<'a>(device: &Directory, name: &'a str) -> Result<Option<CoolingDevice<'a>>, Error> {
    let attributes = device
        .attributes(["type", "max_state", "cur_state"])
        .and_then(|[kind, max_state, cur_state]| Ok((kind?, max_state?, cur_state?)));
    let (kind, max_state, cur_state) = match attributes {
        Ok(attributes) => attributes,
        Err(error) if is_absent(error.reason) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let state = |attribute: &str, text: &str| {
        let state = parse::state(text);
        state.ok_or_else(|| device.unexpected(attribute, "an integer", text))
    };
    Ok(Some(CoolingDevice {
        name,
        kind,
        max_state: state("max_state", &max_state)?,
        cur_state: state("cur_state", &cur_state)?,
    }))
}

fn is_absent(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::NotFound | Reason::PermissionDenied | Reason::Os(EINVAL | EOPNOTSUPP)
    )
}

fn emit_devices(metrics: &mut Metrics, devices: &[CoolingDevice<'_>]) {
    let mut cur_state = metrics.gauge(&CUR_STATE);
    for device in devices {
        cur_state.set([device.name, &device.kind], device.cur_state as f64);
    }
    let mut max_state = metrics.gauge(&MAX_STATE);
    for device in devices {
        max_state.set([device.name, &device.kind], device.max_state as f64);
    }
}

export!(ThermalZone);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

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
    fn other_entries_are_passed_over() {
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

    #[test]
    fn a_zone_that_tells_nothing_is_shown_at_0() {
        let out = Host::new()
            .directory("/sys/class/thermal/thermal_zone0")
            .file("/sys/class/thermal/thermal_zone1/type", "iwlwifi_1\n")
            .file("/sys/class/thermal/thermal_zone1/temp", "hot\n")
            .link("/sys/class/thermal/thermal_zone2", "nowhere")
            .run::<ThermalZone>([]);
        let expected = "node_thermal_zone_temp{zone=\"0\",type=\"\"} 0\n\
                        node_thermal_zone_temp{zone=\"1\",type=\"iwlwifi_1\"} 0\n\
                        node_thermal_zone_temp{zone=\"2\",type=\"\"} 0\n";
        assert_eq!(
            (out.result.clone(), out.text()),
            (Ok(()), expected.to_owned())
        );
    }

    #[test]
    fn a_device_without_a_state_is_passed_over() {
        let out = host()
            .file("/sys/class/thermal/cooling_device4/type", "Fan\n")
            .file("/sys/class/thermal/cooling_device4/max_state", "1\n")
            .run::<ThermalZone>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), SHOWN.to_owned()));
    }

    #[test]
    fn a_garbled_state_fails_after_the_zones() {
        let out = host()
            .file("/sys/class/thermal/cooling_device3/cur_state", "low\n")
            .run::<ThermalZone>([]);
        let error = out.result.clone().unwrap_err().to_string();
        assert_eq!(
            error,
            "/sys/class/thermal/cooling_device3/cur_state: expected an integer, found \"low\""
        );
        assert_eq!(out.text(), SHOWN.lines().next().unwrap().to_owned() + "\n");
    }

    #[test]
    fn a_file_that_cannot_be_read_fails() {
        let out = Host::new()
            .file("/sys/class/thermal/cooling_device0/type", "Fan\n")
            .file("/sys/class/thermal/cooling_device0/max_state", "1\n")
            .directory("/sys/class/thermal/cooling_device0/cur_state")
            .run::<ThermalZone>([]);
        let error = out.result.unwrap_err().to_string();
        assert_eq!(
            error,
            "/sys/class/thermal/cooling_device0/cur_state: not a regular file"
        );
    }

    #[test]
    fn a_host_without_zones_is_a_success() {
        for host in [Host::new(), Host::new().directory(CLASS)] {
            let out = host.run::<ThermalZone>([]);
            assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
        }
    }
}
