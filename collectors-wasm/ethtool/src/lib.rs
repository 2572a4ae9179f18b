//! Link settings, drivers and statistics of network devices, as their drivers report them.
//!
//! Asks by ioctl(2) with `SIOCETHTOOL` about every entry of `/sys/class/net`: `ETHTOOL_GSET`,
//! `ETHTOOL_GDRVINFO`, and `ETHTOOL_GSTATS` with the names of `ETHTOOL_GSTRINGS`. Emits the families
//! of the module `links`, `node_ethtool_info`, and one family per name of a statistic: see the module
//! `statistics`. The devices are those of firepit's own network namespace, whatever `--path.sysfs` is.
//!
//! The requests about a device fail independently: an error is logged, for a request that the driver
//! does not support only at level debug.
//!
//! The option `all-link-modes` is not in node_exporter. The request has bits for link modes 0 to 31
//! only, so speeds above 25 Gbit/s are missing; the option adds the other modes from netlink.

mod links;
mod modes;
mod names;
mod netlink;
mod statistics;

use firepit_sdk::ethtool::{self, DriverInfo, Error as Refused};
use firepit_sdk::files::{self, EntryKind, Reason};
use firepit_sdk::filter::{Expression, Filter, IncludeExclude, Pattern};
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, errno, export, log};

use links::Link;
use statistics::Statistics;

const INFO_NAME: &str = "node_ethtool_info";
const INFO: Gauge<6> = Gauge::new(
    INFO_NAME,
    "A metric with a constant '1' value labeled by bus_info, device, driver, \
     expansion_rom_version, firmware_version, version.",
    [
        "bus_info",
        "device",
        "driver",
        "expansion_rom_version",
        "firmware_version",
        "version",
    ],
);

const DEVICES: &str = "/sys/class/net";

const FILTER: IncludeExclude = IncludeExclude::new(
    "ethtool",
    Expression::new(
        "device-include",
        "Regexp of ethtool devices to include (mutually exclusive to device-exclude).",
    ),
    Expression::new(
        "device-exclude",
        "Regexp of ethtool devices to exclude (mutually exclusive to device-include).",
    ),
)
.logged("Parsed flag", "Parsed flag");

/// The collector.
#[derive(Debug)]
pub struct Ethtool {
    devices: Filter,
    all_link_modes: bool,
    statistics: Statistics,
}

impl Collector for Ethtool {
    fn describe() -> Descriptor {
        Descriptor::new(
            "ethtool",
            "Shows link settings, drivers and statistics of network devices.",
        )
        .disabled_by_default()
        .reads([format!("{DEVICES}/*")])
        .include_exclude(&FILTER)
        .text(
            "metrics-include",
            ".*",
            "Regexp of ethtool stats to include.",
        )
        .flag(
            "all-link-modes",
            false,
            "Show the link modes that node_exporter does not show: 2500baseX, and modes above 25 Gbit/s.",
        )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let devices = settings.filter(&FILTER)?;
        let include = settings.text("metrics-include");
        if !include.is_empty() {
            let message = "Parsed flag --collector.ethtool.metrics-include";
            log::info(message, &[("flag", include)]);
        }
        let include = Pattern::new(include)
            .map_err(|error| format!("metrics-include {include:?}: {error}"))?;
        Ok(Self {
            devices,
            all_link_modes: settings.flag("all-link-modes"),
            statistics: Statistics::new(include),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let devices = self.devices()?;
        let (mut links, mut drivers, mut found) = (Vec::new(), Vec::new(), Vec::new());
        // One device after the other: the host needs less for further requests about the same one.
        for device in &devices {
            let settings = answer(device, "link info", ethtool::link_settings(device));
            links.extend(settings.map(|settings| Link { device, settings }));
            let driver = answer(device, "driver info", ethtool::driver_info(device));
            drivers.extend(driver.map(|driver| (device.as_str(), driver)));
            let statistics = answer(device, "stats", ethtool::statistics(device));
            found.extend(statistics.map(|statistics| (device.as_str(), statistics)));
        }
        let others = if self.all_link_modes {
            netlink::other_modes(|device| devices.iter().any(|it| it == device))
        } else {
            Vec::new()
        };
        links::emit(metrics, &links, &others);
        emit_drivers(metrics, &drivers);
        self.statistics.emit(metrics, &found);
        Ok(())
    }
}

impl Ethtool {
    /// The devices that pass the filter.
    fn devices(&self) -> Result<Vec<String>, Error> {
        let mut entries = files::list(DEVICES).map_err(no_data)?;
        entries.retain(|entry| entry.kind != EntryKind::File);
        if entries.is_empty() {
            return Err(Error::Failed("no network devices found".to_owned()));
        }
        let names = entries.into_iter().map(|entry| entry.name);
        Ok(names.filter(|name| self.devices.passes(name)).collect())
    }
}

/// A missing or inaccessible directory of network devices is not an error.
fn no_data(error: files::Error) -> Error {
    match error.reason {
        Reason::NotFound | Reason::PermissionDenied => Error::NoData,
        _ => Error::context("could not get net class info")(error),
    }
}

/// An answer about a device; `None` after an error, which is logged.
fn answer<T>(device: &str, what: &str, answer: Result<T, Refused>) -> Option<T> {
    let error = match answer {
        Ok(answer) => return Some(answer),
        Err(error) => error,
    };
    let message = format!("ethtool {what} error");
    let text = error.to_string();
    let mut fields = vec![("err", text.as_str()), ("device", device)];
    let number;
    if let Refused::Os(errno) = error {
        number = errno.to_string();
        fields.push(("errno", &number));
    }
    if error == Refused::Os(errno::EOPNOTSUPP) {
        log::debug(&message, &fields);
    } else {
        log::error(&message, &fields);
    }
    None
}

fn emit_drivers(metrics: &mut Metrics, drivers: &[(&str, DriverInfo)]) {
    let mut info = metrics.gauge(&INFO);
    for (device, driver) in drivers {
        let label_values = [
            driver.bus_info.as_str(),
            device,
            &driver.driver,
            &driver.expansion_rom_version,
            &driver.firmware_version,
            &driver.version,
        ];
        info.set(label_values, 1);
    }
}

export!(Ethtool);

#[cfg(test)]
mod tests;
