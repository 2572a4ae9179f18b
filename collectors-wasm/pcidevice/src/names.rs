//! The names of devices, each looked up once.

use firepit_sdk::{files, log};

use crate::ids::PciIds;
use crate::parse::Ids;

/// The paths of the file in distributions, below the root of the host.
pub(crate) const USUAL_PLACES: [&str; 2] = [
    "/rootfs/usr/share/misc/pci.ids",
    "/rootfs/usr/share/hwdata/pci.ids",
];

/// The maximum number of cached devices. Hosts have fewer kinds of devices; a full cache is
/// cleared.
const REMEMBERED: usize = 1024;

/// Names of vendor, device, subsystem vendor, subsystem device and class.
pub(crate) type DeviceNames = [String; 5];

/// Looks names up in a file that is read at the first lookup.
#[derive(Debug)]
pub(crate) struct Names {
    places: Vec<String>,
    /// Empty if no file could be read: numbers then replace the names.
    file: Option<PciIds>,
    known: Vec<(Ids, DeviceNames)>,
}

impl Names {
    /// Names from the file of the option, or from a default path if the option is empty.
    pub(crate) fn new(option: &str) -> Self {
        let places = match option {
            "" => USUAL_PLACES.map(str::to_owned).to_vec(),
            path => vec![files::path::clean(path)],
        };
        Self {
            places,
            file: None,
            known: Vec::new(),
        }
    }

    /// The five names of a device: see [`DeviceNames`].
    pub(crate) fn of(&mut self, ids: &Ids) -> &[String] {
        let known = self.known.iter().position(|(known, _)| known == ids);
        let position = known.unwrap_or_else(|| self.look_up(ids));
        let known = self.known.get(position);
        known.map_or(&[], |(_, names)| names)
    }

    /// Adds the names of a device that is not cached yet.
    fn look_up(&mut self, ids: &Ids) -> usize {
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let file = self.file.get_or_insert_with(|| read(&self.places));
        self.known.push((*ids, look_up(file, ids)));
        self.known.len() - 1
    }
}

fn read(places: &[String]) -> PciIds {
    for place in places {
        match files::read(place) {
            Ok(content) => return PciIds::new(files::text(content)),
            Err(error) => {
                let error = error.to_string();
                log::debug("Failed to open PCI IDs file", &[("error", &error)]);
            }
        }
    }
    PciIds::default()
}

/// The names; numbers replace names that are missing in the file.
fn look_up(file: &PciIds, ids: &Ids) -> DeviceNames {
    let or_number = |name: Option<&str>, number: u32| match name {
        Some(name) => name.to_owned(),
        None => format!("{number:04x}"),
    };
    let device = (ids.vendor, ids.device);
    let subsystem = (ids.subsystem_vendor, ids.subsystem_device);
    let class = file.class(ids.class).map(str::to_owned);
    [
        or_number(file.vendor(ids.vendor), ids.vendor),
        or_number(file.device(ids.vendor, ids.device), ids.device),
        or_number(file.vendor(ids.subsystem_vendor), ids.subsystem_vendor),
        or_number(file.subsystem(device, subsystem), ids.subsystem_device),
        class.unwrap_or_else(|| format!("Unknown class ({:06x})", ids.class)),
    ]
}
