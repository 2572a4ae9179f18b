//! The file `pci.ids`: names of vendors, devices and classes by their numbers.
//!
//! A section begins with a vendor, `8086  Intel Corporation`, or with a class,
//! `C 02  Network controller`; lines below it begin with one tab (devices, subclasses) or two
//! (subsystems, programming interfaces). Two spaces separate number and name. The whole file has
//! about 1.5 MB, most of which a host never needs, so only the positions of the sections are
//! determined in advance.

use std::ops::Range;

use crate::parse::hexadecimal;

/// The text, and the positions of its sections.
#[derive(Debug, Default)]
pub(crate) struct PciIds {
    text: String,
    sections: Vec<Section>,
}

/// The subject of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Vendor(u32),
    Class(u32),
    /// A subject without a number.
    Unknown,
}

/// A section of the text, including its first line.
#[derive(Debug)]
struct Section {
    subject: Subject,
    range: Range<usize>,
}

/// A line with a number and a name.
struct Entry<'a> {
    /// The number of leading tabs.
    depth: usize,
    id: &'a str,
    name: &'a str,
}

impl PciIds {
    /// Finds the sections of a text. Lines of other forms are ignored.
    pub(crate) fn new(text: String) -> Self {
        let mut sections: Vec<Section> = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.len();
            match (subject(line), sections.last_mut()) {
                (Some(subject), _) => sections.push(Section {
                    subject,
                    range: start..end,
                }),
                (None, Some(section)) => section.range.end = end,
                (None, None) => {}
            }
            start = end;
        }
        Self { text, sections }
    }

    /// The name of a vendor.
    pub(crate) fn vendor(&self, vendor: u32) -> Option<&str> {
        self.last(Subject::Vendor(vendor), |entry| entry.depth == 0)
    }

    /// The name of a device of a vendor.
    pub(crate) fn device(&self, vendor: u32, device: u32) -> Option<&str> {
        self.last(Subject::Vendor(vendor), |entry| {
            entry.depth == 1 && hexadecimal(entry.id) == Some(device)
        })
    }

    /// The name of a device as sold by a subsystem vendor.
    pub(crate) fn subsystem(
        &self,
        (vendor, device): (u32, u32),
        (subsystem_vendor, subsystem_device): (u32, u32),
    ) -> Option<&str> {
        let mut inside = false;
        self.last(Subject::Vendor(vendor), |entry| match entry.depth {
            2 => {
                let mut ids = entry.id.split_ascii_whitespace().map(hexadecimal);
                let is = |id: Option<Option<u32>>, number| id == Some(Some(number));
                inside && is(ids.next(), subsystem_vendor) && is(ids.next(), subsystem_device)
            }
            depth => {
                inside = depth == 1 && hexadecimal(entry.id) == Some(device);
                false
            }
        })
    }

    /// The most specific known name of a class: of base class, subclass and programming interface.
    pub(crate) fn class(&self, class: u32) -> Option<&str> {
        let [_, base, sub, interface] = class.to_be_bytes().map(u32::from);
        let mut inside = false;
        let mut exactness = 0;
        self.last(Subject::Class(base), |entry| {
            let is = |number| hexadecimal(entry.id) == Some(number);
            let fits = match entry.depth {
                0 => true,
                1 => {
                    inside = is(sub);
                    inside
                }
                _ => inside && is(interface),
            };
            let better = fits && entry.depth >= exactness;
            if better {
                exactness = entry.depth;
            }
            better
        })
    }

    /// The name of the last selected line of all sections about a subject.
    fn last(&self, subject: Subject, mut choose: impl FnMut(&Entry<'_>) -> bool) -> Option<&str> {
        let sections = (self.sections.iter()).filter(|section| section.subject == subject);
        let lines = sections
            .filter_map(|section| self.text.get(section.range.clone()))
            .flat_map(str::lines);
        let chosen = lines.filter_map(entry).filter(|entry| choose(entry)).last();
        chosen.map(|entry| entry.name)
    }
}

/// The subject of a section that begins with this line.
fn subject(line: &str) -> Option<Subject> {
    let Entry { id, .. } = entry(line).filter(|entry| entry.depth == 0)?;
    let subject = match id.strip_prefix("C ") {
        Some(class) => hexadecimal(class.trim()).map(Subject::Class),
        None if id.len() == 4 => hexadecimal(id).map(Subject::Vendor),
        None => None,
    };
    Some(subject.unwrap_or(Subject::Unknown))
}

fn entry(line: &str) -> Option<Entry<'_>> {
    let rest = line.trim_start_matches('\t');
    let depth = line.len() - rest.len();
    if depth > 2 || rest.starts_with('#') {
        return None;
    }
    let spaces = rest.as_bytes().windows(2).position(|pair| pair == b"  ")?;
    let (id, name) = rest.split_at_checked(spaces)?;
    Some(Entry {
        depth,
        id: id.trim(),
        name: name.trim(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# Comment  with two spaces
C 02  Network controller
\t00  Ethernet controller
C 01  Mass storage controller
\t00  SCSI storage controller
\t08  Non-Volatile memory controller
\t\t02  NVM Express
\t\tff  Vendor specific
8086  Intel Corporation
\t1521  I350 Gigabit Network Connection
# A comment between
\t\t8086 00a3  Ethernet Network Adapter I350-T4
\t1522  I350  with two spaces
\t\t8086 0001  Other
\t\t\t8086 00a3  Too deep

c0a9  Micron
1521 no vendor
zzzz  No number
\t0001  Of nobody
";

    fn ids() -> PciIds {
        PciIds::new(TEXT.to_owned())
    }

    #[test]
    fn vendors_and_devices() {
        let ids = ids();
        assert_eq!(ids.vendor(0x8086), Some("Intel Corporation"));
        assert_eq!(ids.vendor(0xc0a9), Some("Micron"));
        assert_eq!(ids.vendor(0x1521), None);
        let i350 = ids.device(0x8086, 0x1521);
        assert_eq!(i350, Some("I350 Gigabit Network Connection"));
        let spaces = ids.device(0x8086, 0x1522);
        assert_eq!(spaces, Some("I350  with two spaces"));
        assert_eq!(ids.device(0xc0a9, 0x1521), None);
        assert_eq!(ids.device(0xc0a9, 1), None);
    }

    #[test]
    fn subsystems_belong_to_their_device() {
        let ids = ids();
        let subsystem = |device, sub| ids.subsystem((0x8086, device), (0x8086, sub));
        let expected = "Ethernet Network Adapter I350-T4";
        assert_eq!(subsystem(0x1521, 0xa3), Some(expected));
        assert_eq!(subsystem(0x1522, 0xa3), None);
        assert_eq!(subsystem(0x1522, 1), Some("Other"));
        assert_eq!(ids.subsystem((1, 2), (3, 4)), None);
    }

    #[test]
    fn the_most_exact_class() {
        let ids = ids();
        for (class, expected) in [
            (0x01_0802, Some("NVM Express")),
            (0x01_0801, Some("Non-Volatile memory controller")),
            (0x01_0002, Some("SCSI storage controller")),
            (0x01_ff00, Some("Mass storage controller")),
            (0x02_0000, Some("Ethernet controller")),
            (0x02_0002, Some("Ethernet controller")),
            (0xff_0000, None),
        ] {
            assert_eq!(ids.class(class), expected, "{class:06x}");
        }
    }

    #[test]
    fn last_name_of_a_duplicate_id_is_used() {
        let text = "1234  A\n\t0001  One\n5678  B\n1234  C\n\t0001  Two\n\t0002  Three";
        let ids = PciIds::new(text.to_owned());
        assert_eq!(ids.vendor(0x1234), Some("C"));
        assert_eq!(ids.device(0x1234, 1), Some("Two"));
        assert_eq!(ids.device(0x1234, 2), Some("Three"));
    }

    #[test]
    fn texts_of_another_kind() {
        for text in [
            "",
            "\n",
            "  ",
            "\t\t\t",
            "C \n",
            "C  x",
            "\u{fffd}  x",
            "\tx  y",
            "#",
        ] {
            let ids = PciIds::new(text.to_owned());
            assert_eq!(ids.vendor(0), None, "{text:?}");
            assert_eq!(ids.class(0), None, "{text:?}");
        }
    }

    #[test]
    fn a_huge_file() {
        let vendors = (0..1 << 16).map(|vendor| format!("{vendor:04x}  V{vendor}\n\t0001  D\n"));
        let ids = PciIds::new(vendors.collect());
        assert_eq!(ids.vendor(0xffff), Some("V65535"));
        assert_eq!(ids.device(0xffff, 1), Some("D"));
    }
}
