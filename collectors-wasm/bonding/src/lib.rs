//! The number of slaves of each bonding interface, and of those that are up.
//!
//! Reads `/sys/class/net/bonding_masters`, for each master `bonding/slaves`, and for each slave
//! `lower_<slave>/bonding_slave/mii_status`, which older kernels call `slave_<slave>/...`, or if
//! neither link exists the same file of the slave itself
//! ([bonding](https://docs.kernel.org/networking/bonding.html)). Emits `node_bonding_slaves` and
//! `node_bonding_active`.
//!
//! A host without `bonding_masters` has no data. A bond removed since it was listed is omitted. A
//! slave removed since then counts as not up; if its state cannot be read for another reason, the
//! bond's `node_bonding_active` is omitted.

mod parse;

use firepit_sdk::files::{self, Optional, Reason};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, errno, export, families, log};

const FAMILIES: [Gauge<1>; 2] = families! { Gauge["master"]
    "node_bonding_slaves": "Number of configured slaves per bonding interface.",
    "node_bonding_active": "Number of active slaves per bonding interface.",
};

const DEVICES: &str = "/sys/class/net";
const STATUS: &str = "bonding_slave/mii_status";

export!(
    Bonding,
    collect,
    Descriptor::new(
        "bonding",
        "Shows the configured and active slaves of bonding interfaces.",
    )
    .reads([
        "/sys/class/net/bonding_masters",
        "/sys/class/net/*/bonding/slaves",
        "/sys/class/net/*/lower_*/bonding_slave/mii_status",
        "/sys/class/net/*/slave_*/bonding_slave/mii_status",
        "/sys/class/net/*/bonding_slave/mii_status",
    ])
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let path = format!("{DEVICES}/bonding_masters");
    let Some(masters) = files::read(&path).optional()? else {
        let path = files::display_path(&path);
        log::debug(
            "Not collecting bonding, file does not exist",
            &[("file", &path)],
        );
        return Err(Error::NoData);
    };
    let masters = files::text(masters);
    let mut table = metrics.table(FAMILIES);
    for master in parse::names(&masters) {
        if let Some(counts) = slaves_and_active(master).or_skip() {
            table.row([master], counts);
        }
    }
    Ok(())
}

/// The number of slaves of a bonding interface, and if known the number of slaves that are up.
fn slaves_and_active(master: &str) -> Result<[Option<u32>; 2], files::Error> {
    let slaves = files::read(&format!("{DEVICES}/{master}/bonding/slaves"))?;
    let (mut count, mut active) = (0, Some(0));
    for slave in parse::names(&files::text(slaves)) {
        count += 1;
        let up = is_up(master, slave).or_skip();
        active = active.zip(up).map(|(active, up)| active + u32::from(up));
    }
    Ok([Some(count), active])
}

/// Whether a slave is up. A slave removed since it was listed is not.
fn is_up(master: &str, slave: &str) -> Result<bool, files::Error> {
    match mii_status(master, slave) {
        Err(error) if is_gone(error.reason) => Ok(false),
        status => Ok(parse::is_up(&files::text(status?))),
    }
}

/// The state of a slave: from the bond's link to it, or else from the slave's own directory.
fn mii_status(master: &str, slave: &str) -> Result<Vec<u8>, files::Error> {
    let paths = [
        format!("{DEVICES}/{master}/lower_{slave}/{STATUS}"),
        format!("{DEVICES}/{master}/slave_{slave}/{STATUS}"),
    ];
    for path in paths {
        match files::read(&path) {
            Err(error) if leads_nowhere(error.reason) => {}
            answer => return answer,
        }
    }
    files::read(&format!("{DEVICES}/{slave}/{STATUS}"))
}

/// Whether a link does not exist, or is not a link.
fn leads_nowhere(reason: Reason) -> bool {
    matches!(reason, Reason::NotFound | Reason::NotADirectory)
}

/// Whether a file is missing, or was removed after it was opened.
fn is_gone(reason: Reason) -> bool {
    matches!(reason, Reason::NotFound | Reason::Os(errno::ENODEV))
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

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
    fn without_the_driver_there_is_no_data() {
        let out = Host::new().run::<Bonding>([]);
        assert_eq!(
            (out.result.clone(), out.text()),
            (Err(Error::NoData), String::new())
        );
    }

    #[test]
    fn removed_bonds_and_slaves_are_ignored() {
        let host = host("bond0 gone")
            .file("/sys/class/net/bond0/bonding/slaves", "eth0 eth1\n")
            .directory("/sys/class/net/bond0/lower_eth1");
        let out = slave(host, "bond0", "lower_eth0", "up\n").run::<Bonding>([]);
        assert_eq!((out.result.clone(), &*out.skipped), (Ok(()), &[][..]));
        let expected = "node_bonding_slaves{master=\"bond0\"} 2\n\
                        node_bonding_active{master=\"bond0\"} 1\n";
        assert_eq!(out.text(), expected);
    }

    #[test]
    fn a_slave_is_found_without_a_link_of_its_bond() {
        let host = host("bond0")
            .file("/sys/class/net/bond0/bonding/slaves", "eth0 eth1\n")
            .file("/sys/class/net/bond0/lower_eth0", "../eth0");
        let host = host.file("/sys/class/net/eth0/bonding_slave/mii_status", "up\n");
        let out = host.run::<Bonding>([]);
        assert_eq!(out.result, Ok(()));
        assert!(
            out.text()
                .contains("node_bonding_active{master=\"bond0\"} 1\n")
        );
    }

    #[test]
    fn faults() {
        let host = host("bond0 bond1\n")
            .file("/sys/class/net/bond0/bonding/slaves", "eth0 eth1\n")
            .file("/sys/class/net/bond1/bonding/slaves", "eth2\n");
        let host = slave(host, "bond0", "lower_eth0", "up\n");
        let host = slave(host, "bond0", "lower_eth1", "down\n");
        let host = slave(host, "bond1", "slave_eth2", "up\n");
        Faults::new()
            .rule(
                "/sys/class/net/bonding_masters",
                Loss::EverythingQuietly,
                "the only list of bonds, and any word may be the name of a removed bond",
            )
            .rule(
                "/sys/class/net/*/bonding/slaves",
                Loss::Changes(&["{master=\"{1}\"}"]),
                "any word may be the name of a removed slave",
            )
            .rule(
                "/sys/class/net/*/*/bonding_slave/mii_status",
                Loss::Changes(&["node_bonding_active{master=\"{1}\"}"]),
                "a removed slave is not up, and neither is a slave in an unknown state",
            )
            .check::<Bonding>(&host);
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
