//! The udev properties of a disk: lines `E:NAME=VALUE` among others, in one file per device number.

/// The emitted properties. Missing properties are empty.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Properties<'a> {
    pub(crate) path: &'a str,
    pub(crate) wwn: &'a str,
    pub(crate) model: &'a str,
    pub(crate) revision: &'a str,
    scsi_ident_serial: &'a str,
    serial_short: &'a str,
    serial: &'a str,
    pub(crate) fs_type: &'a str,
    pub(crate) fs_usage: &'a str,
    pub(crate) fs_uuid: &'a str,
    pub(crate) fs_version: &'a str,
    pub(crate) dm_name: &'a str,
    pub(crate) dm_uuid: &'a str,
    pub(crate) dm_vg_name: &'a str,
    pub(crate) dm_lv_name: &'a str,
    pub(crate) dm_lv_layer: &'a str,
    /// Not empty for an ATA disk.
    pub(crate) ata: &'a str,
    /// In the order of [`ATA`].
    pub(crate) ata_values: [Option<&'a str>; 3],
}

/// Numeric properties of an ATA disk.
pub(crate) const ATA: [&str; 3] = [
    "ID_ATA_WRITE_CACHE",
    "ID_ATA_WRITE_CACHE_ENABLED",
    "ID_ATA_ROTATION_RATE_RPM",
];

impl<'a> Properties<'a> {
    /// Reads a file of udev's database. The last value of a duplicate name is used; lines of other
    /// kinds are ignored.
    pub(crate) fn parse(text: &'a str) -> Self {
        let mut properties = Self::default();
        for line in text.lines() {
            let property = line.strip_prefix("E:").and_then(|p| p.split_once('='));
            if let Some((name, value)) = property {
                properties.set(name, value);
            }
        }
        properties
    }

    fn set(&mut self, name: &str, value: &'a str) {
        let place = match name {
            "ID_PATH" => &mut self.path,
            "ID_WWN" => &mut self.wwn,
            "ID_MODEL" => &mut self.model,
            "ID_REVISION" => &mut self.revision,
            "SCSI_IDENT_SERIAL" => &mut self.scsi_ident_serial,
            "ID_SERIAL_SHORT" => &mut self.serial_short,
            "ID_SERIAL" => &mut self.serial,
            "ID_FS_TYPE" => &mut self.fs_type,
            "ID_FS_USAGE" => &mut self.fs_usage,
            "ID_FS_UUID" => &mut self.fs_uuid,
            "ID_FS_VERSION" => &mut self.fs_version,
            "DM_NAME" => &mut self.dm_name,
            "DM_UUID" => &mut self.dm_uuid,
            "DM_VG_NAME" => &mut self.dm_vg_name,
            "DM_LV_NAME" => &mut self.dm_lv_name,
            "DM_LV_LAYER" => &mut self.dm_lv_layer,
            "ID_ATA" => &mut self.ata,
            _ => return self.set_ata(name, value),
        };
        *place = value;
    }

    fn set_ata(&mut self, name: &str, value: &'a str) {
        for (place, ata) in self.ata_values.iter_mut().zip(ATA) {
            if name == ata {
                *place = Some(value);
            }
        }
    }

    /// The serial number that is most likely printed on the disk.
    pub(crate) fn serial(&self) -> &'a str {
        let serials = [self.scsi_ident_serial, self.serial_short, self.serial];
        (serials.into_iter())
            .find(|serial| !serial.is_empty())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_properties_are_parsed() {
        let text = "S:disk/by-id/x\nI:73815117\nE:ID_MODEL=A=B\nID_WWN=no\nE: ID_WWN=no\n\
                    E:ID_REVISION\nE:DM_NAME=\nE:ID_ATA=1\nE:ID_ATA_WRITE_CACHE_ENABLED=0\nG:x\n";
        let expected = Properties {
            model: "A=B",
            ata: "1",
            ata_values: [None, Some("0"), None],
            ..Properties::default()
        };
        assert_eq!(Properties::parse(text), expected);
    }

    #[test]
    fn files_without_properties() {
        for text in ["", "\n\n", "E:", "E:=", "E:==x", "\u{fffd}\0", "=\nE"] {
            assert_eq!(Properties::parse(text), Properties::default(), "{text:?}");
        }
    }

    #[test]
    fn the_first_serial_that_is_not_empty() {
        let cases = [
            ("E:ID_SERIAL=c\n", "c"),
            ("E:ID_SERIAL=c\nE:ID_SERIAL_SHORT=b\n", "b"),
            (
                "E:ID_SERIAL=c\nE:ID_SERIAL_SHORT=b\nE:SCSI_IDENT_SERIAL=a\n",
                "a",
            ),
            (
                "E:ID_SERIAL=c\nE:ID_SERIAL_SHORT=\nE:SCSI_IDENT_SERIAL=\n",
                "c",
            ),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(Properties::parse(text).serial(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_huge_file() {
        let text = "E:ID_MODEL=x\n".repeat(1 << 16) + "E:ID_MODEL=y";
        assert_eq!(Properties::parse(&text).model, "y");
    }
}
