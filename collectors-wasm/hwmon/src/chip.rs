//! The entries of the class, and what each is called.

use firepit_sdk::Error;
use firepit_sdk::files::{self, Directory, Entry, EntryKind, Reason};

use crate::{CLASS, parse};

/// One entry of the class.
#[derive(Debug)]
pub(crate) struct Chip {
    pub(crate) directory: Directory,
    pub(crate) entries: Vec<Entry>,
    /// The device that it belongs to, if it is told.
    pub(crate) device: Option<Device>,
    /// What the driver calls it; empty where it does not say.
    pub(crate) name: String,
    /// What it is called in the label `chip`.
    pub(crate) label: String,
}

/// The device of a chip, which has the sensors of older drivers.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) directory: Directory,
    pub(crate) entries: Vec<Entry>,
    real_path: String,
}

/// All chips, and the last error of those that could not be listed.
///
/// # Errors
/// Where there is no such class.
pub(crate) fn chips() -> Result<(Vec<Chip>, Result<(), Error>), Error> {
    let entries = match files::list(CLASS) {
        Ok(entries) => entries,
        Err(error) if error.is_not_found() => return Err(Error::NoData),
        Err(error) => return Err(error.into()),
    };
    let mut chips = Vec::with_capacity(entries.len());
    let mut result = Ok(());
    for entry in &entries {
        match chip(entry) {
            Ok(chip) => chips.extend(chip),
            Err(error) => result = Err(error),
        }
    }
    tell_apart(&mut chips);
    Ok((chips, result))
}

/// The chip of an entry, `None` where that is no directory, or gone.
fn chip(entry: &Entry) -> Result<Option<Chip>, Error> {
    let directory = Directory::new(format!("{CLASS}/{}", entry.name));
    let Some(entries) = list(&directory)? else {
        return Ok(None);
    };
    let real_path = real_path(CLASS, &entry.name, entry.kind);
    let device = entries.iter().find(|entry| entry.name == "device");
    let device = match device {
        Some(entry) => device_of(&directory, &real_path, entry.kind)?,
        None => None,
    };
    let name = directory.read(["name"]).and_then(|[name]| name);
    let name = files::text(name.unwrap_or_default());
    let label = label(device.as_ref(), &name, &real_path);
    if label.is_empty() {
        let path = files::display_path(directory.path());
        return Err(Error::failed(format!(
            "{path}: no monitoring name can be derived"
        )));
    }
    Ok(Some(Chip {
        directory,
        entries,
        device,
        name,
        label,
    }))
}

fn device_of(
    chip: &Directory,
    real_path_of_chip: &str,
    kind: EntryKind,
) -> Result<Option<Device>, Error> {
    let directory = chip.directory("device");
    let Some(entries) = list(&directory)? else {
        return Ok(None);
    };
    let target = match kind {
        EntryKind::Symlink => files::read_link(directory.path()).ok(),
        _ => None,
    };
    let target = target.as_deref().unwrap_or("device");
    Ok(Some(Device {
        directory,
        entries,
        real_path: parse::resolve(real_path_of_chip, target),
    }))
}

/// The entries of a directory, `None` where it is none.
fn list(directory: &Directory) -> Result<Option<Vec<Entry>>, files::Error> {
    match directory.list() {
        Ok(entries) => Ok(Some(entries)),
        Err(error) => match error.reason {
            Reason::NotFound | Reason::NotADirectory => Ok(None),
            _ => Err(error),
        },
    }
}

/// Where an entry of a directory without links on its path leads. In the kernel's tree of devices
/// no further links follow, so the texts of these say it all, and nothing of that tree has to be
/// granted.
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

/// What a chip is called: after bus and device, else after its name, else after its directory.
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

/// Gives chips with the same label a suffix: the name, where no other of them has the same, or that
/// of the directory.
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
