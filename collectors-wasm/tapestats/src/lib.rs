//! I/O statistics of SCSI tape drives.
//!
//! Reads the files of `/sys/class/scsi_tape/st<N>/stats`, each an unsigned number
//! ([st](https://docs.kernel.org/scsi/st.html), section on statistics). The other entries of the
//! class are further modes of the same drives. A missing, unreadable or malformed file omits its
//! own series; node_exporter shows 0 for a missing file. Emits the families of the module
//! `families`.

mod families;
mod parse;

use firepit_sdk::files::{self, Directory, Optional};
use firepit_sdk::filter::Pattern;
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export, log};

use families::STATISTICS;

const DEVICES: &str = "/sys/class/scsi_tape";

/// The collector.
#[derive(Debug)]
pub struct TapeStats {
    ignored_devices: Pattern,
}

impl Collector for TapeStats {
    fn describe() -> Descriptor {
        Descriptor::new("tapestats", "Shows I/O statistics of tape drives.")
            .reads(STATISTICS.map(|((file, _), _)| format!("{DEVICES}/st[0-9]*/stats/{file}")))
            .text(
                "ignored-devices",
                "^$",
                "Regexp of devices to ignore for tapestats.",
            )
    }

    fn configure(settings: &Settings) -> Result<Self, String> {
        let ignored = settings.text("ignored-devices");
        Ok(Self {
            ignored_devices: Pattern::new(ignored)
                .map_err(|error| format!("ignored-devices {ignored:?}: {error}"))?,
        })
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let entries = files::list(DEVICES).or_no_data()?;
        let mut table = metrics.table(STATISTICS.map(|(_, family)| family));
        for name in entries.iter().map(|entry| &entry.name) {
            if parse::is_drive(name) && !self.is_ignored(name) {
                table.row([name], numbers(name));
            }
        }
        Ok(())
    }
}

impl TapeStats {
    fn is_ignored(&self, name: &str) -> bool {
        let ignored = self.ignored_devices.matches(name);
        if ignored {
            log::debug("Ignoring device", &[("device", name)]);
        }
        ignored
    }
}

/// The readable files of a drive, in the order of [`STATISTICS`].
fn numbers(drive: &str) -> [Option<f64>; STATISTICS.len()] {
    let directory = Directory::new(format!("{DEVICES}/{drive}/stats"));
    let mut numbers = directory
        .numbers(STATISTICS.map(|((file, _), _)| file))
        .into_iter();
    STATISTICS.map(|((_, unit), _)| Some(numbers.next()?? as f64 * unit))
}

export!(TapeStats);

#[cfg(test)]
mod tests;
