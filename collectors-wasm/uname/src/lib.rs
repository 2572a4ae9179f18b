//! The names of the host: operating system, kernel, architecture, network and NIS name.
//!
//! Calls [uname(2)](https://man7.org/linux/man-pages/man2/uname.2.html) through the host and reads
//! no files, emits `node_uname_info`.

use firepit_sdk::system::{self, Uname};
use firepit_sdk::{Descriptor, Error, Gauge, Metrics, export};

const INFO: Gauge<6> = Gauge::new(
    "node_uname_info",
    "Labeled system information as provided by the uname system call.",
    [
        "sysname",
        "release",
        "version",
        "machine",
        "nodename",
        "domainname",
    ],
);

export!(
    UnameInfo,
    collect,
    Descriptor::new(
        "uname",
        "Shows system information from the uname system call.",
    )
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    // Queried at each scrape: the network name may change while the host runs.
    let Uname {
        sysname,
        nodename,
        release,
        version,
        machine,
        domainname,
    } = &system::uname();
    let labels = [sysname, release, version, machine, nodename, domainname];
    metrics.gauge(&INFO).set(labels.map(String::as_str), 1);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    #[test]
    fn shows_the_names() {
        let out = Host::new()
            .uname(Uname {
                sysname: "Linux".to_owned(),
                nodename: "db1".to_owned(),
                release: "6.12.9".to_owned(),
                version: "#1 SMP \"x\"".to_owned(),
                machine: "aarch64".to_owned(),
                domainname: String::new(),
            })
            .run::<UnameInfo>([]);
        assert_eq!(out.result, Ok(()));
        assert_eq!(
            out.text(),
            "node_uname_info{sysname=\"Linux\",release=\"6.12.9\",version=\"#1 SMP \\\"x\\\"\",\
             machine=\"aarch64\",nodename=\"db1\",domainname=\"\"} 1\n"
        );
    }
}
