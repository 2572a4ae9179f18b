//! The sensor files of one chip, and their samples.

use std::collections::BTreeMap;

use firepit_sdk::files::{Directory, Entry, EntryKind};
use firepit_sdk::filter::Filter;
use firepit_sdk::parse::{Error, excerpt, float};
use firepit_sdk::skip::{self, OrSkip};

use crate::chip::Chip;
use crate::families::{Key, LABEL};
use crate::parse::{self, SensorFile};

/// The values read from one chip.
#[derive(Debug)]
pub(crate) struct Sensors<'c> {
    pub(crate) chip: &'c Chip,
    contents: BTreeMap<SensorFile<'c>, String>,
}

/// One value, before its unit is changed.
#[derive(Debug)]
pub(crate) struct Sample<'a> {
    pub(crate) chip: &'a str,
    pub(crate) sensor: String,
    pub(crate) value: f64,
}

/// The samples of all chips by family.
pub(crate) type Samples<'a> = BTreeMap<Key<'a>, Vec<Sample<'a>>>;

/// Reads the sensors of a chip that pass the filter, which is matched against `chip;sensor`. Values
/// of the device take precedence over values of the chip.
pub(crate) fn read<'c>(chip: &'c Chip, filter: Option<&Filter>) -> Sensors<'c> {
    let mut found = Sensors {
        chip,
        contents: BTreeMap::new(),
    };
    found.read(&chip.directory, &chip.entries, filter);
    if let Some(device) = &chip.device {
        found.read(&device.directory, &device.entries, filter);
    }
    found
}

impl<'c> Sensors<'c> {
    fn read(&mut self, directory: &Directory, entries: &'c [Entry], filter: Option<&Filter>) {
        let chip = &self.chip.label;
        let (mut files, mut names) = (Vec::new(), Vec::new());
        for entry in entries {
            if entry.kind != EntryKind::Directory
                && let Some(file) = parse::sensor_file(&entry.name)
                && filter.is_none_or(|filter| filter.passes(&format!("{chip};{}", file.sensor())))
            {
                files.push(file);
                names.push(entry.name.as_str());
            }
        }
        if names.is_empty() {
            return;
        }
        let contents = directory.read_all(&names).or_skip().unwrap_or_default();
        for ((file, name), content) in files.into_iter().zip(names).zip(contents) {
            // Many sensors of a chip are not connected; reading those fails.
            let Some(content) = content.or_skip() else {
                continue;
            };
            let content = parse::value(&content);
            if !is_understood(&file, &content) {
                let path = format!("{}/{name}", directory.path());
                let found = excerpt(&content);
                let message = format!("expected a number, found {found:?}");
                skip::report(Error::new(path, message));
            }
            self.contents.insert(file, content);
        }
    }

    /// The sensors that have a label, with their labels.
    pub(crate) fn labels(&self) -> impl Iterator<Item = (String, &str)> {
        (self.contents.iter())
            .filter(|(file, _)| file.property == LABEL)
            .map(|(file, label)| (file.sensor(), label.as_str()))
    }

    /// Adds all values of the chip.
    pub(crate) fn add_to<'a>(&'a self, samples: &mut Samples<'a>) {
        for (file, content) in &self.contents {
            if let Some((sensor, value)) = self.sample(file, content) {
                let key = Key {
                    kind: file.kind,
                    property: file.property,
                    beside_bare: file.property == "input" && self.beside(file, "").is_some(),
                };
                let chip = &self.chip.label;
                let sample = Sample {
                    chip,
                    sensor,
                    value,
                };
                samples.entry(key).or_default().push(sample);
            }
        }
    }

    /// The label `sensor` and the value of a file; `None` if it is not shown.
    fn sample(&self, file: &SensorFile<'c>, content: &str) -> Option<(String, f64)> {
        let sensor = match (file.kind, file.property) {
            (_, LABEL) => return None,
            ("beep_enable" | "vrm" | "update_interval", property) if !property.is_empty() => {
                return None;
            }
            ("freq", "input") => parse::clean(self.beside(file, LABEL)?),
            _ => file.sensor(),
        };
        match file.kind {
            "beep_enable" if !matches!(content, "0" | "1") => None,
            _ => Some((sensor, float(content)?)),
        }
    }

    /// The content of another file of the same sensor.
    fn beside(&self, file: &SensorFile<'c>, property: &'static str) -> Option<&str> {
        let other = SensorFile { property, ..*file };
        self.contents.get(&other).map(String::as_str)
    }
}

/// Whether the content is valid. Only inputs must be numbers: other properties may be texts, such as
/// a model, or have a unit after the number.
fn is_understood(file: &SensorFile<'_>, content: &str) -> bool {
    let is_number = matches!(file.property, "" | "input") && !content.is_empty();
    !is_number || float(content).is_some()
}
