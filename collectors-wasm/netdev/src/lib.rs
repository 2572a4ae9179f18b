//! Traffic, errors and drops of the network interfaces.
//!
//! Reads `/proc/net/dev` ([proc_pid_net(5)](https://man7.org/linux/man-pages/man5/proc_pid_net.5.html)),
//! and what that leaves out from `/sys/class/net/<device>/statistics`: `rx_nohandler` always, with
//! the option `enable-detailed-metrics` also the counters that `/proc/net/dev` only shows summed up.
//! Together they are what netlink would tell; `--no-collector.netdev.netlink` leaves it at
//! `/proc/net/dev`. Emits one counter per key, `node_network_<key>_total`.

mod keys;
mod options;
mod parse;

use std::collections::HashMap;

use firepit_sdk::files::{self, Directory};
use firepit_sdk::parse::{attribute, unsigned};
use firepit_sdk::{
    Collector, Counter, Descriptor, Error, Metrics, Settings, export, parse as sdk_parse,
};

use keys::Source;
use options::Options;
use parse::Device;

const DEVICES: &str = "/sys/class/net";

/// The collector.
#[derive(Debug)]
pub struct NetDev {
    options: Options,
}

/// One interface with all that is shown of it.
struct Row<'a> {
    device: Device<'a>,
    ifalias: String,
    /// As [`keys::Keys::files`]; `None` where there is no such file.
    files: Vec<Option<u64>>,
}

impl Row<'_> {
    fn value(&self, source: Source) -> Option<f64> {
        let value = match source {
            Source::Table(index) => self.device.counters.get(index).copied(),
            Source::File(index) => self.files.get(index).copied().flatten(),
        };
        value.map(|value| value as f64)
    }
}

impl Collector for NetDev {
    fn describe() -> Descriptor {
        let statistics = keys::all_files().map(|file| format!("{DEVICES}/*/statistics/{file}"));
        let descriptor = Descriptor::new(
            "netdev",
            "Shows traffic, errors and drops of network interfaces.",
        )
        .reads(["/proc/net/dev", "/sys/class/net/*/ifalias"])
        .reads(statistics);
        options::declare(descriptor)
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let options = options::read(settings)?;
        Ok(Self { options })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let table = files::read_text("/proc/net/dev")?;
        let mut rows: Vec<Row<'_>> = Vec::new();
        let mut places = HashMap::new();
        for device in parse::devices(&table) {
            let device = device?;
            if !self.options.devices.passes(device.name) {
                continue;
            }
            // The kernel may list an interface twice where others come and go: the last line is
            // the newest, and two series of one name would cost the family.
            match places.insert(device.name, rows.len()) {
                None => rows.push(self.row(device)?),
                Some(place) => {
                    places.insert(device.name, place);
                    if let Some(row) = rows.get_mut(place) {
                        row.device = device;
                    }
                }
            }
        }
        self.emit(metrics, &rows);
        Ok(())
    }
}

impl NetDev {
    fn row<'a>(&self, device: Device<'a>) -> Result<Row<'a>, Error> {
        let files = match self.options.keys.files.as_slice() {
            [] => Vec::new(),
            files => statistics(device.name, files)?,
        };
        let ifalias = match self.options.label_ifalias {
            true => ifalias(device.name),
            false => String::new(),
        };
        Ok(Row {
            device,
            ifalias,
            files,
        })
    }

    fn emit(&self, metrics: &mut Metrics, rows: &[Row<'_>]) {
        for key in &self.options.keys.keys {
            let values = (rows.iter()).filter_map(|row| Some((row, row.value(key.source)?)));
            if self.options.label_ifalias {
                let family = Counter::new(&key.name, &key.help, ["device", "ifalias"]);
                let mut writer = metrics.counter(&family);
                values.for_each(|(row, value)| {
                    writer.total([row.device.name, &row.ifalias], value);
                });
            } else {
                let family = Counter::new(&key.name, &key.help, ["device"]);
                let mut writer = metrics.counter(&family);
                values.for_each(|(row, value)| writer.total([row.device.name], value));
            }
        }
    }
}

/// Some of the files in `statistics`. An interface may go away after `/proc/net/dev` was read, and
/// an old kernel lacks some counters: what cannot be read is `None`.
fn statistics(device: &str, names: &[&str]) -> Result<Vec<Option<u64>>, Error> {
    let path = format!("{DEVICES}/{device}/statistics");
    let Ok(contents) = Directory::new(path.as_str()).read_all(names) else {
        return Ok(Vec::new());
    };
    (contents.into_iter().zip(names))
        .map(|(content, name)| {
            let Ok(content) = content else {
                return Ok(None);
            };
            let value = unsigned(&attribute(&content));
            let wrong = || {
                let path = files::display_path(&format!("{path}/{name}"));
                sdk_parse::Error::new(path, "expected an unsigned integer").into()
            };
            value.map(Some).ok_or_else(wrong)
        })
        .collect()
}

/// The name that the operator gave to an interface; empty where there is none.
fn ifalias(device: &str) -> String {
    let content = files::read(&format!("{DEVICES}/{device}/ifalias")).unwrap_or_default();
    attribute(&content).into_owned()
}

export!(NetDev);

#[cfg(test)]
mod tests;
