//! What the firmware says of the machine, its board and its chassis.
//!
//! Reads the files of `/sys/class/dmi/id` that are named in [`FIELDS`]: strings of the firmware's
//! [SMBIOS](https://www.dmtf.org/standards/smbios) tables, some of which the kernel only shows to
//! root. Emits `node_dmi_info` with a label for each that could be read.
//!
//! The texts do not change while a host runs, so they are read once.

mod parse;

use firepit_sdk::dynamic::{Family, Sample, Samples};
use firepit_sdk::files::{self, Directory, Reason};
use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings, export};

const HELP: &str = "A metric with a constant '1' value labeled by bios_date, bios_release, bios_vendor, bios_version, board_asset_tag, board_name, board_serial, board_vendor, board_version, chassis_asset_tag, chassis_serial, chassis_vendor, chassis_version, product_family, product_name, product_serial, product_sku, product_uuid, product_version, system_vendor if provided by DMI.";

const DIRECTORY: &str = "/sys/class/dmi/id";

/// The files. Their names are those of the labels, but for `sys_vendor`.
pub const FIELDS: [&str; 20] = [
    "bios_date",
    "bios_release",
    "bios_vendor",
    "bios_version",
    "board_asset_tag",
    "board_name",
    "board_serial",
    "board_vendor",
    "board_version",
    "chassis_asset_tag",
    "chassis_serial",
    "chassis_vendor",
    "chassis_version",
    "product_family",
    "product_name",
    "product_serial",
    "product_sku",
    "product_uuid",
    "product_version",
    "sys_vendor",
];

/// The collector.
#[derive(Debug, Default)]
pub struct Dmi {
    /// The one family, once it was read.
    info: Option<Family>,
}

impl Collector for Dmi {
    fn describe() -> Descriptor {
        Descriptor::new("dmi", "Shows what the firmware says of the machine.")
            .reads(FIELDS.map(|field| format!("{DIRECTORY}/{field}")))
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self::default())
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        let info = match &self.info {
            Some(info) => info,
            None => self.info.insert(read()?),
        };
        metrics.dynamic(info.clone());
        Ok(())
    }
}

fn read() -> Result<Family, Error> {
    let contents = match Directory::new(DIRECTORY).read(FIELDS) {
        Ok(contents) => contents,
        Err(error) if error.is_not_found() => return Err(Error::NoData),
        Err(error) => return Err(failed(&error)),
    };
    let (mut label_names, mut label_values) = (Vec::new(), Vec::new());
    for (field, content) in FIELDS.into_iter().zip(contents) {
        match content {
            Ok(content) => {
                label_names.push(parse::label_name(field).to_owned());
                label_values.push(parse::label_value(&content));
            }
            Err(error) if is_withheld(error.reason) => {}
            Err(error) => return Err(failed(&error)),
        }
    }
    Ok(Family {
        name: "node_dmi_info".to_owned(),
        help: HELP.to_owned(),
        label_names,
        samples: Samples::Gauge(vec![Sample {
            label_values,
            value: 1.0,
        }]),
    })
}

/// Whether a file just gives no label. Serial numbers are for root alone; an operator may withhold
/// them from the collector as well.
fn is_withheld(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::NotFound | Reason::NotPermitted | Reason::PermissionDenied | Reason::NotAFile
    )
}

fn failed(error: &files::Error) -> Error {
    Error::failed(format!(
        "failed to read Desktop Management Interface (DMI) information: {error}"
    ))
}

export!(Dmi);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::Host;

    fn host() -> Host {
        Host::new()
            .file("/sys/class/dmi/id/bios_vendor", "SeaBIOS\n")
            .file("/sys/class/dmi/id/sys_vendor", " QEMU \n")
            .file("/sys/class/dmi/id/product_sku", "\n")
            .file("/sys/class/dmi/id/modalias", "dmi:bvnSeaBIOS:\n")
            .file("/sys/class/dmi/id/chassis_type", "1\n")
            .directory("/sys/class/dmi/id/power")
    }

    const SHOWN: &str =
        "node_dmi_info{bios_vendor=\"SeaBIOS\",product_sku=\"\",system_vendor=\"QEMU\"} 1\n";

    #[test]
    fn shows_what_there_is() {
        let out = host().run::<Dmi>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), SHOWN.to_owned()));
        let help = &out.family("node_dmi_info").unwrap().help;
        assert!(help.ends_with(" product_version, system_vendor if provided by DMI."));
    }

    #[test]
    fn reads_once() {
        let host = host();
        let mut collector = host.configure::<Dmi>([]).unwrap();
        assert_eq!(host.collect(&mut collector).text(), SHOWN);
        std::fs::remove_dir_all(host.root().join("sys")).unwrap();
        assert_eq!(host.collect(&mut collector).text(), SHOWN);
    }

    #[test]
    fn a_field_that_is_no_file_is_passed_over() {
        let out = host()
            .directory("/sys/class/dmi/id/board_name")
            .run::<Dmi>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), SHOWN.to_owned()));
    }

    #[test]
    fn a_machine_without_dmi_has_no_data() {
        let out = Host::new().run::<Dmi>([]);
        assert_eq!(
            (out.result.clone(), out.text()),
            (Err(Error::NoData), String::new())
        );
    }

    #[test]
    fn a_directory_that_is_none_fails() {
        let out = Host::new().file(DIRECTORY, "").run::<Dmi>([]);
        let error = out.result.unwrap_err().to_string();
        assert_eq!(
            error,
            "failed to read Desktop Management Interface (DMI) information: /sys/class/dmi/id: \
             not a directory"
        );
    }
}
