//! The entries of the class, and their names.

use firepit_sdk::Error;
use firepit_sdk::files::{self, Directory, Entry, EntryKind, Optional, Reason};
use firepit_sdk::skip::{self, OrSkip};

use crate::{CLASS, parse};

/// One entry of the class.
#[derive(Debug)]
pub(crate) struct Chip {
    pub(crate) directory: Directory,
    pub(crate) entries: Vec<Entry>,
    /// The device that it belongs to, if known.
    pub(crate) device: Option<Device>,
    /// The name given by the driver; empty if missing or unreadable.
    pub(crate) name: String,
    /// The value of the label `chip`.
    pub(crate) label: String,
}

/// The device of a chip, which holds the sensors of older drivers.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) directory: Directory,
    pub(crate) entries: Vec<Entry>,
    real_path: String,
}

/// All chips that can be listed.
///
/// # Errors
/// The class does not exist.
pub(crate) fn chips() -> Result<Vec<Chip>, Error> {
    let entries = files::list(CLASS).or_no_data()?;
    let mut chips: Vec<Chip> = entries.iter().filter_map(chip).collect();
    tell_apart(&mut chips);
    Ok(chips)
}

/// The chip of an entry; `None` if the entry is not a directory, or was removed.
fn chip(entry: &Entry) -> Option<Chip> {
    let directory = Directory::new(format!("{CLASS}/{}", entry.name));
    let entries = list(&directory).or_skip().flatten()?;
    let real_path = real_path(CLASS, &entry.name, entry.kind);
    let device = entries.iter().find(|entry| entry.name == "device");
    let device = device.and_then(|entry| device_of(&directory, &real_path, entry.kind));
    let name = directory.read(["name"]).and_then(|[name]| name);
    // A chip whose name cannot be read is not named after its directory, which may belong to
    // another chip after a reboot.
    let name = match name.optional().or_skip() {
        Some(name) => name.unwrap_or_default(),
        None if device.is_some() => Vec::new(),
        None => return None,
    };
    let name = files::text(name);
    let label = label(device.as_ref(), &name, &real_path);
    if label.is_empty() {
        let message = "no monitoring name can be derived";
        skip::report(firepit_sdk::parse::Error::new(directory.path(), message));
        return None;
    }
    Some(Chip {
        directory,
        entries,
        device,
        name,
        label,
    })
}

fn device_of(chip: &Directory, real_path_of_chip: &str, kind: EntryKind) -> Option<Device> {
    let directory = chip.directory("device");
    // The chip is named after its device even if that cannot be listed.
    let entries = list(&directory).or_skip().unwrap_or(Some(Vec::new()))?;
    let target = match kind {
        EntryKind::Symlink => files::read_link(directory.path()).ok(),
        _ => None,
    };
    let target = target.as_deref().unwrap_or("device");
    Some(Device {
        directory,
        entries,
        real_path: parse::resolve(real_path_of_chip, target),
    })
}

/// The entries of a directory; `None` if it is not a directory.
fn list(directory: &Directory) -> Result<Option<Vec<Entry>>, files::Error> {
    match directory.list() {
        Ok(entries) => Ok(Some(entries)),
        Err(error) => match error.reason {
            Reason::NotFound | Reason::NotADirectory => Ok(None),
            _ => Err(error),
        },
    }
}

/// The target of an entry of a directory without links on its path. The kernel's device tree has no
/// further links, so the texts of the links suffice, and no grant for that tree is needed.
fn real_path(directory: &str, name: &str, kind: EntryKind) -> String {
    let path = format!("{directory}/{name}");
    match kind {
        EntryKind::Symlink => match files::read_link(&path) {
            Ok(target) => parse::resolve(directory, &target),
            Err(_) => path,
        },
        _ => path,
    }
}

/// The name of a chip: from bus and device, else from its name, else from its directory.
fn label(device: Option<&Device>, name: &str, real_path: &str) -> String {
    let (device_type, device_name) =
        device.map_or(("", ""), |device| parse::last_two(&device.real_path));
    let (device_type, device_name) = (parse::clean(device_type), parse::clean(device_name));
    let name = || Some(parse::clean(name)).filter(|name| !name.is_empty());
    match (device_type.as_str(), device_name.as_str()) {
        (_, "") => name().unwrap_or_else(|| parse::clean(parse::last_two(real_path).1)),
        ("", _) => device_name,
        _ => format!("{device_type}_{device_name}"),
    }
}

/// Gives chips with the same label a suffix: the name if it is unique among them, else the
/// directory.
fn tell_apart(chips: &mut [Chip]) {
    let suffixes: Vec<Option<String>> = chips.iter().map(|chip| suffix(chip, chips)).collect();
    for (chip, suffix) in chips.iter_mut().zip(suffixes) {
        if let Some(suffix) = suffix {
            chip.label = format!("{}_{suffix}", chip.label);
        }
    }
}

fn suffix(chip: &Chip, chips: &[Chip]) -> Option<String> {
    let name = chip.name.trim();
    let (mut alike, mut same_name) = (0, 0);
    for other in chips.iter().filter(|other| other.label == chip.label) {
        alike += 1;
        same_name += u32::from(other.name.trim() == name);
    }
    let suffix = parse::clean(name);
    match (alike, same_name) {
        (0 | 1, _) => None,
        (_, 1) if !suffix.is_empty() => Some(suffix),
        _ => Some(parse::clean(chip.directory.name())),
    }
}
