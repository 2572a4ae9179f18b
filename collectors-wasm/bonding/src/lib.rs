//! How many slaves each bonding interface has, and how many of them are up.
//!
//! Reads `/sys/class/net/bonding_masters`, for each master `bonding/slaves`, and for each slave
//! `lower_<slave>/bonding_slave/mii_status`, which older kernels call `slave_<slave>/...`
//! ([bonding](https://docs.kernel.org/networking/bonding.html)). Emits `node_bonding_slaves` and
//! `node_bonding_active`.

mod parse;

use firepit_sdk::files::{self, Optional};
use firepit_sdk::{Collector, Descriptor, Error, Gauge, Metrics, Settings, export, log};

const SLAVES: Gauge<1> = Gauge::new(
    "node_bonding_slaves",
    "Number of configured slaves per bonding interface.",
    ["master"],
);
const ACTIVE: Gauge<1> = Gauge::new(
    "node_bonding_active",
    "Number of active slaves per bonding interface.",
    ["master"],
);

const DEVICES: &str = "/sys/class/net";

/// The collector.
#[derive(Debug)]
pub struct Bonding;

/// One bonding interface.
struct Bond<'a> {
    master: &'a str,
    slaves: u32,
    active: u32,
}

impl Collector for Bonding {
    fn describe() -> Descriptor {
        Descriptor::new(
            "bonding",
            "Shows the configured and active slaves of bonding interfaces.",
        )
        .reads([
            "/sys/class/net/bonding_masters",
            "/sys/class/net/*/bonding/slaves",
            "/sys/class/net/*/lower_*/bonding_slave/mii_status",
            "/sys/class/net/*/slave_*/bonding_slave/mii_status",
        ])
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let masters = read(&format!("{DEVICES}/bonding_masters"))?;
        let bonds = (parse::names(&masters).map(bond)).collect::<Result<Vec<_>, _>>()?;
        let mut slaves = metrics.gauge(&SLAVES);
        for bond in &bonds {
            slaves.set([bond.master], f64::from(bond.slaves));
        }
        let mut active = metrics.gauge(&ACTIVE);
        for bond in &bonds {
            active.set([bond.master], f64::from(bond.active));
        }
        Ok(())
    }
}

/// A file of the walk. One that is missing means that there is no bonding here, or that a bond went
/// away meanwhile.
fn read(path: &str) -> Result<String, Error> {
    let Some(content) = files::read(path).optional()? else {
        let path = files::display_path(path);
        log::debug(
            "Not collecting bonding, file does not exist",
            &[("file", &path)],
        );
        return Err(Error::NoData);
    };
    Ok(files::text(content))
}

fn bond(master: &str) -> Result<Bond<'_>, Error> {
    let (mut slaves, mut active) = (0, 0);
    for slave in parse::names(&read(&format!("{DEVICES}/{master}/bonding/slaves"))?) {
        slaves += 1;
        active += u32::from(parse::is_up(&mii_status(master, slave)?));
    }
    Ok(Bond {
        master,
        slaves,
        active,
    })
}

fn mii_status(master: &str, slave: &str) -> Result<String, Error> {
    let path =
        |prefix: &str| format!("{DEVICES}/{master}/{prefix}_{slave}/bonding_slave/mii_status");
    match files::read(&path("lower")).optional()? {
        Some(content) => Ok(files::text(content)),
        None => read(&path("slave")),
    }
}

export!(Bonding);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    fn host(masters: &str) -> Host {
        Host::new().file("/sys/class/net/bonding_masters", masters)
    }

    fn slave(host: Host, bond: &str, link: &str, status: &str) -> Host {
        let path = format!("/sys/class/net/{bond}/{link}/bonding_slave/mii_status");
        host.file(&path, status)
    }

    #[test]
    fn counts_slaves_of_both_namings() {
        let host = host("bond0 dmz\n")
            .file("/sys/class/net/bond0/bonding/slaves", "\n")
            .file("/sys/class/net/dmz/bonding/slaves", "eth0 eth1 eth2\n");
        let host = slave(host, "dmz", "lower_eth0", "up\n");
        let host = slave(host, "dmz", "slave_eth1", "up");
        let host = slave(host, "dmz", "slave_eth2", "going back\n");
        let out = host.run::<Bonding>([]);
        assert_eq!(out.result, Ok(()));
        let expected = "node_bonding_slaves{master=\"bond0\"} 0\n\
                        node_bonding_slaves{master=\"dmz\"} 3\n\
                        node_bonding_active{master=\"bond0\"} 0\n\
                        node_bonding_active{master=\"dmz\"} 2\n";
        assert_eq!(out.text(), expected);
    }

    #[test]
    fn a_loaded_driver_without_bonds_is_a_success() {
        let out = host("\n").run::<Bonding>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), String::new()));
    }

    #[test]
    fn a_missing_file_anywhere_is_no_data() {
        let bond0 = || host("bond0").file("/sys/class/net/bond0/bonding/slaves", "eth0");
        let complete_and_gone = slave(bond0(), "bond0", "lower_eth0", "up")
            .file("/sys/class/net/bonding_masters", "bond0 gone");
        for host in [Host::new(), host("bond0"), bond0(), complete_and_gone] {
            let out = host.run::<Bonding>([]);
            assert_eq!(
                (out.result.clone(), out.text()),
                (Err(Error::NoData), String::new())
            );
        }
    }

    #[test]
    fn other_errors_fail() {
        let out = Host::new()
            .directory("/sys/class/net/bonding_masters")
            .run::<Bonding>([]);
        let error = out.result.unwrap_err().to_string();
        assert_eq!(error, "/sys/class/net/bonding_masters: not a regular file");
    }
}
