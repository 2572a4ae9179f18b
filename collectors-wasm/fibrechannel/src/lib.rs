//! Fibre Channel hosts: their connections and the counters of their ports.
//!
//! Reads attributes of every entry of `/sys/class/fc_host` and its `statistics`
//! ([scsi_fc_transport](https://docs.kernel.org/scsi/scsi_fc_transport.html)); the set depends on
//! the driver. Emits `node_fibrechannel_info` and the counters of the module `families`. An
//! unreadable or malformed file omits its own series; a missing text of the info family is an empty
//! label. node_exporter shows 0 for every counter of a port in an unknown state, without reading
//! them; this collector emits only counters that the driver provides.

mod families;
mod parse;

use firepit_sdk::files::{self, Directory, Optional};
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Descriptor, Error, Metrics, export};

use families::{COUNTERS, INFO};

const HOSTS: &str = "/sys/class/fc_host";
/// The attributes that [`INFO`] shows, in the order of its labels after the first.
const TEXTS: [&str; 10] = [
    "speed",
    "port_state",
    "port_type",
    "port_id",
    "port_name",
    "fabric_name",
    "symbolic_name",
    "supported_classes",
    "supported_speeds",
    "dev_loss_tmo",
];

/// One host. Unavailable values are `None`.
struct FcHost {
    name: String,
    texts: Option<[String; TEXTS.len()]>,
    counters: [Option<u64>; COUNTERS.len()],
}

export!(
    FibreChannel,
    collect,
    Descriptor::new(
        "fibrechannel",
        "Shows Fibre Channel hosts and their counters."
    )
    .reads(TEXTS.map(|name| format!("{HOSTS}/*/{name}")))
    .reads(COUNTERS.map(|(file, _)| format!("{HOSTS}/*/statistics/{file}")))
);

fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    // A machine without Fibre Channel hosts does not have this directory.
    let entries = files::list(HOSTS).or_no_data()?;
    let hosts: Vec<FcHost> = (entries.into_iter())
        .map(|entry| fc_host(entry.name))
        .collect();
    emit(metrics, &hosts);
    Ok(())
}

fn fc_host(name: String) -> FcHost {
    let directory = Directory::new(format!("{HOSTS}/{name}"));
    FcHost {
        name,
        texts: texts(&directory).or_skip(),
        counters: counters(&directory.directory("statistics")),
    }
}

fn texts(directory: &Directory) -> Result<[String; TEXTS.len()], files::Error> {
    let mut texts = [const { String::new() }; TEXTS.len()];
    let found = directory.attributes(TEXTS)?;
    for ((text, attribute), found) in texts.iter_mut().zip(TEXTS).zip(found) {
        if let Some(found) = found.optional()? {
            *text = parse::text(attribute, found);
        }
    }
    Ok(texts)
}

fn counters(statistics: &Directory) -> [Option<u64>; COUNTERS.len()] {
    let files = COUNTERS.map(|(file, _)| file);
    let mut counters = [None; COUNTERS.len()];
    let found = statistics.attributes(files).or_skip();
    let found = found.into_iter().flatten();
    for ((counter, file), found) in counters.iter_mut().zip(files).zip(found) {
        if let Some(text) = found.or_skip() {
            let wrong = |message| statistics.error(file, message);
            *counter = parse::counter(&text).map_err(wrong).or_skip().flatten();
        }
    }
    counters
}

fn emit(metrics: &mut Metrics, hosts: &[FcHost]) {
    let mut info = metrics.gauge(&INFO);
    for FcHost { name, texts, .. } in hosts {
        if let Some(texts) = texts {
            let mut values = [name].into_iter().chain(texts);
            let labels = [(); TEXTS.len() + 1].map(|()| values.next().map_or("", String::as_str));
            info.set(labels, 1);
        }
    }
    let mut table = metrics.table(COUNTERS.map(|(_, family)| family));
    for host in hosts {
        table.row([&host.name], host.counters);
    }
}

#[cfg(test)]
mod tests;
