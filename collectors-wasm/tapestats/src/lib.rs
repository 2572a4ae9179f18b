//! What SCSI tape drives have read and written, and how long it took.
//!
//! Reads the files of `/sys/class/scsi_tape/st<N>/stats`, one unsigned number each
//! ([st](https://docs.kernel.org/scsi/st.html), section on statistics). The other entries of the
//! class are further modes of the same drives. A file that is missing, cannot be read or holds no number
//! costs its own line; node_exporter shows a missing one as 0. Emits the families of the module `families`.

mod families;
mod parse;

use firepit_sdk::files::{self, Directory, Reason};
use firepit_sdk::filter::Pattern;
use firepit_sdk::skip::OrSkip;
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export, log};

use families::STATISTICS;

const DEVICES: &str = "/sys/class/scsi_tape";

/// The collector.
#[derive(Debug)]
pub struct TapeStats {
    ignored_devices: Pattern,
}

/// One drive.
struct Drive {
    name: String,
    /// Those that could be read.
    numbers: [Option<u64>; STATISTICS.len()],
}

impl Collector for TapeStats {
    fn describe() -> Descriptor {
        Descriptor::new("tapestats", "Shows what tape drives have read and written.")
            .reads(families::files().map(|file| format!("{DEVICES}/st[0-9]*/stats/{file}")))
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
        let drives = self.drives()?;
        for (index, statistic) in STATISTICS.iter().enumerate() {
            let mut writer = metrics.scalar(&statistic.family);
            for drive in &drives {
                if let Some(Some(number)) = drive.numbers.get(index).copied() {
                    writer.value([&drive.name], number as f64 * statistic.unit);
                }
            }
        }
        Ok(())
    }
}

impl TapeStats {
    fn drives(&self) -> Result<Vec<Drive>, Error> {
        let entries = files::list(DEVICES).map_err(no_data)?;
        Ok((entries.into_iter().map(|entry| entry.name))
            .filter(|name| parse::is_drive(name))
            .filter(|name| !self.is_ignored(name))
            .filter_map(drive)
            .collect())
    }

    fn is_ignored(&self, name: &str) -> bool {
        let ignored = self.ignored_devices.matches(name);
        if ignored {
            log::debug("Ignoring device", &[("device", name)]);
        }
        ignored
    }
}

fn no_data(error: files::Error) -> Error {
    error.no_data_if(&[Reason::NotFound])
}

/// `None` where the drive has vanished since it was listed.
fn drive(name: String) -> Option<Drive> {
    let directory = Directory::new(format!("{DEVICES}/{name}/stats"));
    let names = families::files();
    let contents = directory.read(names).or_skip()?;
    let mut numbers = [None; STATISTICS.len()];
    for ((number, file), content) in numbers.iter_mut().zip(names).zip(contents) {
        let content = content.or_skip();
        *number = content.and_then(|content| directory.unsigned(file, &content).or_skip());
    }
    Some(Drive { name, numbers })
}

export!(TapeStats);

#[cfg(test)]
mod tests;
