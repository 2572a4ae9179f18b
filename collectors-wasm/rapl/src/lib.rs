//! Energy that parts of the processor have used, as the processor itself counts it.
//!
//! Reads `name`, `max_energy_range_uj` and `energy_uj` of each zone in `/sys/class/powercap`
//! ([powercap](https://docs.kernel.org/power/powercap/powercap.html)); the last is for root alone on
//! kernels of these days. Emits one family `node_rapl_<zone>_joules_total` per zone name, or
//! `node_rapl_joules_total` with the name as a label.

mod parse;

use firepit_sdk::files::{self, Directory, Reason};
use firepit_sdk::{Collector, Counter, Descriptor, Error, Metrics, Settings, export, log};

use parse::Names;

const JOULES: Counter<3> = Counter::new(
    "node_rapl_joules_total",
    "Current RAPL value in joules",
    ["index", "path", "rapl_zone"],
);

const CLASS: &str = "/sys/class/powercap";

/// The collector.
#[derive(Debug)]
pub struct Rapl {
    zone_label: bool,
}

/// One zone.
struct Zone {
    directory: Directory,
    name: String,
    index: i64,
    energy: Result<Vec<u8>, files::Error>,
}

/// What is shown of a zone.
struct Reading<'a> {
    name: &'a str,
    index: String,
    path: String,
    joules: f64,
}

impl Collector for Rapl {
    fn describe() -> Descriptor {
        Descriptor::new("rapl", "Shows the energy that parts of the processor used.")
            .reads([
                "/sys/class/powercap/*/name",
                "/sys/class/powercap/*/max_energy_range_uj",
                "/sys/class/powercap/*/energy_uj",
            ])
            .flag(
                "enable-zone-label",
                false,
                "Enables service unit metric unit_start_time_seconds",
            )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            zone_label: settings.flag("enable-zone-label"),
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let zones = zones()?;
        let mut readings = Vec::with_capacity(zones.len());
        let mut result = Ok(());
        for zone in &zones {
            match reading(zone) {
                Ok(reading) => readings.push(reading),
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        match self.zone_label {
            true => emit_labelled(metrics, &readings),
            false => emit_by_name(metrics, &readings),
        }
        result
    }
}

/// The zones, with what there is to read of each. The energy may be refused and then still is
/// nobody's business if another zone is broken.
fn zones() -> Result<Vec<Zone>, Error> {
    let mut names = Names::default();
    let mut zones = Vec::new();
    for entry in files::list(CLASS).map_err(no_data)? {
        let directory = Directory::new(format!("{CLASS}/{}", entry.name));
        let files = directory.read(["name", "max_energy_range_uj", "energy_uj"]);
        // Control types have no name, and neither has a zone that went away.
        let Ok([Ok(name), range, energy]) = files else {
            continue;
        };
        let (name, index) = names.add(&name);
        directory.unsigned("max_energy_range_uj", &range.map_err(no_data)?)?;
        zones.push(Zone {
            directory,
            name,
            index,
            energy,
        });
    }
    Ok(zones)
}

fn reading(zone: &Zone) -> Result<Reading<'_>, Error> {
    let energy = match &zone.energy {
        Ok(energy) => zone.directory.unsigned("energy_uj", energy)?,
        Err(error) if error.reason == Reason::PermissionDenied => {
            return Err(no_data(error.clone()));
        }
        Err(error) => return Err(error.clone().into()),
    };
    Ok(Reading {
        name: &zone.name,
        index: zone.index.to_string(),
        path: files::display_path(zone.directory.path()),
        joules: energy as f64 / 1_000_000.0,
    })
}

/// A host without zones, or one where they are for root alone, is no fault.
fn no_data(error: files::Error) -> Error {
    match error.reason {
        Reason::NotFound => Error::NoData,
        Reason::PermissionDenied => {
            let message = error.to_string();
            log::debug("Can't access powercap files", &[("err", &message)]);
            Error::NoData
        }
        _ => Error::failed(format!("failed to retrieve rapl stats: {error}")),
    }
}

fn emit_labelled(metrics: &mut Metrics, readings: &[Reading<'_>]) {
    let mut writer = metrics.counter(&JOULES);
    for reading in readings {
        writer.total(
            [&reading.index, &reading.path, reading.name],
            reading.joules,
        );
    }
}

fn emit_by_name(metrics: &mut Metrics, readings: &[Reading<'_>]) {
    for (position, first) in readings.iter().enumerate() {
        let (before, from_here) = readings.split_at(position);
        if before.iter().any(|reading| reading.name == first.name) {
            continue;
        }
        let name = parse::family_name(first.name);
        let help = format!("Current RAPL {} value in joules", first.name);
        let mut writer = metrics.counter(&Counter::new(&name, &help, ["index", "path"]));
        for reading in from_here
            .iter()
            .filter(|reading| reading.name == first.name)
        {
            writer.total([&reading.index, &reading.path], reading.joules);
        }
    }
}

export!(Rapl);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    fn zone(host: Host, entry: &str, name: &str, energy: &str) -> Host {
        host.file(&format!("{CLASS}/{entry}/name"), name)
            .file(
                &format!("{CLASS}/{entry}/max_energy_range_uj"),
                "262143328850\n",
            )
            .file(&format!("{CLASS}/{entry}/energy_uj"), energy)
    }

    fn host() -> Host {
        let host = Host::new().file("/sys/class/powercap/intel-rapl/enabled", "1\n");
        let host = zone(host, "intel-rapl:0", "package-0\n", "240422366267\n");
        let host = zone(host, "intel-rapl:0:0", "dram\n", "1500000\n");
        let host = zone(host, "intel-rapl:1", "package-1\n", "0\n");
        zone(host, "intel-rapl:1:0", "dram\n", "1\n")
    }

    #[test]
    fn shows_a_family_per_name() {
        let out = host().run::<Rapl>([]);
        let path = "/sys/class/powercap/intel-rapl";
        let expected = format!(
            "node_rapl_package_joules_total{{index=\"0\",path=\"{path}:0\"}} 240422.366267\n\
             node_rapl_package_joules_total{{index=\"1\",path=\"{path}:1\"}} 0\n\
             node_rapl_dram_joules_total{{index=\"0\",path=\"{path}:0:0\"}} 1.5\n\
             node_rapl_dram_joules_total{{index=\"1\",path=\"{path}:1:0\"}} 0.000001\n"
        );
        assert_eq!((out.result.clone(), out.text()), (Ok(()), expected));
        let help = &out.family("node_rapl_dram_joules_total").unwrap().help;
        assert_eq!(help, "Current RAPL dram value in joules");
    }

    #[test]
    fn or_one_family_with_the_name_as_a_label() {
        let out = host().run::<Rapl>([("enable-zone-label", "true")]);
        assert_eq!(out.families.len(), 1);
        let first = "node_rapl_joules_total{index=\"0\",path=\"/sys/class/powercap/intel-rapl:0\",\
                     rapl_zone=\"package\"} 240422.366267";
        assert_eq!(out.text().lines().next(), Some(first));
        assert_eq!(out.text().lines().count(), 4);
    }

    #[test]
    fn a_host_without_zones_has_no_data() {
        let out = Host::new().run::<Rapl>([]);
        assert_eq!(out.result, Err(Error::NoData));
        let out = Host::new().directory(CLASS).run::<Rapl>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
    }

    #[test]
    fn a_zone_without_a_range_is_no_data() {
        let out = host()
            .file("/sys/class/powercap/intel-rapl:2/name", "psys\n")
            .run::<Rapl>([]);
        assert_eq!(
            (out.result.clone(), out.text()),
            (Err(Error::NoData), String::new())
        );
    }

    #[test]
    fn energy_that_is_refused_is_no_data() {
        let zone = |energy| Zone {
            directory: Directory::new("/sys/class/powercap/a"),
            name: "a".to_owned(),
            index: 0,
            energy,
        };
        let error = |reason| {
            let path = "/sys/class/powercap/a/energy_uj".to_owned();
            reading(&zone(Err(files::Error { path, reason }))).err()
        };
        assert_eq!(error(Reason::PermissionDenied), Some(Error::NoData));
        let missing = "/sys/class/powercap/a/energy_uj: no such file or directory";
        assert_eq!(error(Reason::NotFound), Some(Error::failed(missing)));
        assert!(reading(&zone(Ok(b"7\n".to_vec()))).is_ok());
    }

    #[test]
    fn zones_before_a_garbled_energy_stay() {
        let out = zone(host(), "intel-rapl:0:0", "dram\n", "-1\n").run::<Rapl>([]);
        let error = out.result.clone().unwrap_err().to_string();
        assert_eq!(
            error,
            "/sys/class/powercap/intel-rapl:0:0/energy_uj: expected an unsigned integer, found \
             \"-1\""
        );
        assert_eq!(out.text().lines().count(), 1);
    }

    #[test]
    fn a_garbled_range_fails() {
        let out = host()
            .file("/sys/class/powercap/intel-rapl:1/max_energy_range_uj", "x")
            .run::<Rapl>([]);
        assert_eq!(out.text(), "");
        let error = out.result.unwrap_err().to_string();
        assert!(error.ends_with("max_energy_range_uj: expected an unsigned integer, found \"x\""));
    }
}
