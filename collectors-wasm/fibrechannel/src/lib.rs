//! Fibre Channel hosts: what they are connected to, and their ports' counters.
//!
//! Reads attributes of every entry of `/sys/class/fc_host` and its `statistics`
//! ([scsi_fc_transport](https://docs.kernel.org/scsi/scsi_fc_transport.html)); drivers have those
//! that they know. Emits `node_fibrechannel_info` and the counters of the module `families`.

mod families;
mod parse;

use firepit_sdk::files::{self, Directory, Optional, Reason};
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

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

/// The collector.
#[derive(Debug)]
pub struct FibreChannel;

/// One host.
struct FcHost {
    name: String,
    texts: [String; TEXTS.len()],
    counters: [Option<u64>; COUNTERS.len()],
}

impl Collector for FibreChannel {
    fn describe() -> Descriptor {
        let description = "Shows Fibre Channel hosts and their counters.";
        Descriptor::new("fibrechannel", description)
            .reads(TEXTS.map(|name| format!("{HOSTS}/*/{name}")))
            .reads(COUNTERS.map(|(file, _)| format!("{HOSTS}/*/statistics/{file}")))
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self)
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let entries = files::list(HOSTS).map_err(no_data)?;
        let hosts = (entries.into_iter().map(|entry| fc_host(entry.name)))
            .collect::<Result<Vec<_>, _>>()?;
        emit(metrics, &hosts);
        Ok(())
    }
}

/// A machine without such hosts, or one that has just lost one.
fn no_data(error: files::Error) -> Error {
    error.no_data_if(&[Reason::NotFound])
}

fn fc_host(name: String) -> Result<FcHost, Error> {
    let directory = Directory::new(format!("{HOSTS}/{name}"));
    let mut texts = [const { String::new() }; TEXTS.len()];
    let found = directory.attributes(TEXTS).map_err(no_data)?;
    for ((text, attribute), found) in texts.iter_mut().zip(TEXTS).zip(found) {
        if let Some(found) = found.optional()? {
            *text = parse::text(attribute, found);
        }
    }
    let [_, port_state, ..] = &texts;
    let counters = match parse::is_port_known(port_state) {
        true => counters(&directory.directory("statistics"))?,
        // The counters of such a port are not to be had.
        false => [Some(0); COUNTERS.len()],
    };
    Ok(FcHost {
        name,
        texts,
        counters,
    })
}

fn counters(statistics: &Directory) -> Result<[Option<u64>; COUNTERS.len()], Error> {
    let files = COUNTERS.map(|(file, _)| file);
    let mut counters = [None; COUNTERS.len()];
    let found = statistics.attributes(files).map_err(no_data)?;
    for ((counter, file), found) in counters.iter_mut().zip(files).zip(found) {
        if let Some(text) = found.optional()? {
            let wrong = |message| statistics.error(file, message);
            *counter = parse::counter(&text).map_err(wrong)?;
        }
    }
    Ok(counters)
}

fn emit(metrics: &mut Metrics, hosts: &[FcHost]) {
    let mut info = metrics.gauge(&INFO);
    for FcHost { name, texts, .. } in hosts {
        let [
            speed,
            port_state,
            port_type,
            port_id,
            port_name,
            fabric_name,
            symbolic_name,
            supported_classes,
            supported_speeds,
            dev_loss_tmo,
        ] = texts;
        let label_values = [
            name,
            speed,
            port_state,
            port_type,
            port_id,
            port_name,
            fabric_name,
            symbolic_name,
            supported_classes,
            supported_speeds,
            dev_loss_tmo,
        ];
        info.set(label_values.map(String::as_str), 1.0);
    }
    for (index, (_, family)) in COUNTERS.iter().enumerate() {
        let mut writer = metrics.counter(family);
        for host in hosts {
            if let Some(Some(value)) = host.counters.get(index) {
                writer.total([&host.name], *value as f64);
            }
        }
    }
}

export!(FibreChannel);

#[cfg(test)]
mod tests;
