//! Energy consumed by parts of the processor, as counted by the processor.
//!
//! Reads `name` and `energy_uj` of each zone in `/sys/class/powercap`
//! ([powercap](https://docs.kernel.org/power/powercap/powercap.html)); only root can read the
//! second on current kernels. Emits one family `node_rapl_<zone>_joules_total` per zone name, or
//! `node_rapl_joules_total` with the name as a label.
//!
//! An unreadable or malformed file omits only its zone. If every energy is denied, there is no
//! data.

mod parse;

use firepit_sdk::files::{self, Directory, Reason};
use firepit_sdk::skip::OrSkip;
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

/// The values of a zone.
struct Reading {
    name: String,
    index: String,
    path: String,
    joules: f64,
}

impl Collector for Rapl {
    fn describe() -> Descriptor {
        Descriptor::new("rapl", "Shows the energy that parts of the processor used.")
            .reads([
                "/sys/class/powercap/*/name",
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
        let readings = readings()?;
        if self.zone_label {
            emit_labelled(metrics, &readings)
        } else {
            emit_by_name(metrics, &readings)
        }
        Ok(())
    }
}

fn readings() -> Result<Vec<Reading>, Error> {
    let mut names = Names::default();
    let mut readings = Vec::new();
    let mut refused = None;
    for entry in files::list(CLASS).map_err(no_data)? {
        let directory = Directory::new(format!("{CLASS}/{}", entry.name));
        let Some([name, energy]) = directory.read(["name", "energy_uj"]).or_skip() else {
            continue;
        };
        // Control types have no name, and neither has a zone that was removed.
        let Some(name) = name.or_skip() else {
            continue;
        };
        // An index counts all zones of a name, including omitted zones.
        let (name, index) = names.add(&name);
        if let Err(error) = &energy
            && error.reason == Reason::PermissionDenied
        {
            refused.get_or_insert_with(|| error.clone());
        }
        let energy = directory.number("energy_uj", energy);
        readings.extend(energy.map(|energy| Reading {
            name,
            index: index.to_string(),
            path: files::display_path(directory.path()),
            joules: energy as f64 / 1_000_000.0,
        }));
    }
    some(readings, refused)
}

/// The readings; an error if there are none because the kernel denied them.
fn some(readings: Vec<Reading>, refused: Option<files::Error>) -> Result<Vec<Reading>, Error> {
    match refused {
        Some(error) if readings.is_empty() => Err(no_data(error)),
        _ => Ok(readings),
    }
}

/// A host without zones, or with zones that only root can read, is not an error.
fn no_data(error: files::Error) -> Error {
    match error.reason {
        Reason::NotFound => Error::NoData,
        Reason::PermissionDenied => {
            let message = error.to_string();
            log::debug("Can't access powercap files", &[("err", &message)]);
            Error::NoData
        }
        _ => Error::context("failed to retrieve rapl stats")(error),
    }
}

fn emit_labelled(metrics: &mut Metrics, readings: &[Reading]) {
    let mut writer = metrics.counter(&JOULES);
    for reading in readings {
        let labels = [&reading.index, &reading.path, &reading.name];
        writer.total(labels.map(String::as_str), reading.joules);
    }
}

fn emit_by_name(metrics: &mut Metrics, readings: &[Reading]) {
    for (position, first) in readings.iter().enumerate() {
        let (before, from_here) = readings.split_at(position);
        if before.iter().any(|reading| reading.name == first.name) {
            continue;
        }
        let name = parse::family_name(&first.name);
        let help = format!("Current RAPL {} value in joules", first.name);
        let mut writer = metrics.counter(&Counter::new(&name, &help, ["index", "path"]));
        let own = from_here.iter().filter(|own| own.name == first.name);
        for reading in own {
            writer.total([&reading.index, &reading.path], reading.joules);
        }
    }
}

export!(Rapl);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

    fn zone(host: Host, entry: &str, name: &str, energy: &str) -> Host {
        host.file(&format!("{CLASS}/{entry}/name"), name)
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
    fn zone_label_option_gives_one_family() {
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

    /// The kernel denies the energy to unprivileged programs.
    #[test]
    fn no_data_if_every_energy_is_denied() {
        let refused = files::Error {
            path: format!("{CLASS}/intel-rapl:0/energy_uj"),
            reason: Reason::PermissionDenied,
        };
        let error = some(Vec::new(), Some(refused.clone())).err();
        assert_eq!(error, Some(Error::NoData));
        let readings = host().enter(readings).unwrap();
        assert_eq!(some(readings, Some(refused)).map(|it| it.len()), Ok(4));
    }

    #[test]
    fn malformed_energy_skips_its_zone() {
        let out = zone(host(), "intel-rapl:0:0", "dram\n", "-1\n").run::<Rapl>([]);
        let text = out.text();
        assert_eq!((out.result, text.lines().count()), (Ok(()), 3));
        // The other zone of the name keeps its index.
        assert!(text.contains("dram_joules_total{index=\"1\""), "{text}");
        let problems: Vec<&str> = out.skipped.iter().map(|it| &*it.problem).collect();
        assert_eq!(problems, ["expected an unsigned integer, found \"-1\""]);
    }

    #[test]
    fn faults() {
        Faults::new()
            .rule(CLASS, Loss::Everything, "the only list")
            .rule(
                "/sys/class/powercap/intel-rapl:[0-9]:0",
                Loss::Changes(&["_dram_"]),
                "zones of one name are counted",
            )
            .rule(
                "/sys/class/powercap/intel-rapl:[0-9]:0/name",
                Loss::Changes(&["_dram_", "path=\"/sys/class/powercap/{1}\""]),
                "zones of one name are counted",
            )
            .check::<Rapl>(&host());
    }
}
