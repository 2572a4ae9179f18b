//! What SCSI tape drives have read and written, and how long it took.
//!
//! Reads the files of `/sys/class/scsi_tape/st<N>/stats`, one unsigned number each
//! ([st](https://docs.kernel.org/scsi/st.html), section on statistics). The other entries of the
//! class are further modes of the same drives. Emits the families of the module `families`.

mod families;
mod parse;

use firepit_sdk::files::{self, Directory, Optional, Reason};
use firepit_sdk::filter::Pattern;
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
    numbers: [u64; STATISTICS.len()],
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
                if let Some(&number) = drive.numbers.get(index) {
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
        (entries.into_iter().map(|entry| entry.name))
            .filter(|name| parse::is_drive(name))
            .filter(|name| !self.is_ignored(name))
            .map(drive)
            .collect()
    }

    fn is_ignored(&self, name: &str) -> bool {
        let ignored = self.ignored_devices.matches(name);
        if ignored {
            log::debug("Ignoring device", &[("device", name)]);
        }
        ignored
    }
}

/// A drive may vanish during the walk.
fn no_data(error: files::Error) -> Error {
    error.no_data_if(&[Reason::NotFound])
}

/// Kernels without one of the files have counted nothing of its kind.
fn drive(name: String) -> Result<Drive, Error> {
    let directory = Directory::new(format!("{DEVICES}/{name}/stats"));
    let names = families::files();
    let contents = directory.read(names).map_err(no_data)?;
    let mut numbers = [0; STATISTICS.len()];
    for ((number, file), content) in numbers.iter_mut().zip(names).zip(contents) {
        if let Some(content) = content.optional()? {
            *number = directory.unsigned(file, &content)?;
        }
    }
    Ok(Drive { name, numbers })
}

export!(TapeStats);

#[cfg(test)]
mod tests;
