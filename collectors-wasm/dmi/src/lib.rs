//! Firmware data about the machine, its board and its chassis.
//!
//! Reads the files of `/sys/class/dmi/id` that are named in [`FIELDS`]: strings of the firmware's
//! [SMBIOS](https://www.dmtf.org/standards/smbios) tables, some of which only root can read. Emits
//! `node_dmi_info` with a label for each readable file.
//!
//! The texts do not change while a host runs, so they are read once. If reading a file fails, all
//! files are read again at the next scrape.

mod parse;

use firepit_sdk::dynamic::{Family, Sample, Samples};
use firepit_sdk::files::{Directory, Reason};
use firepit_sdk::{Collector, Descriptor, Error, Metrics, ResultExt, Settings, export, skip};

const HELP: &str = "A metric with a constant '1' value labeled by bios_date, bios_release, bios_vendor, bios_version, board_asset_tag, board_name, board_serial, board_vendor, board_version, chassis_asset_tag, chassis_serial, chassis_vendor, chassis_version, product_family, product_name, product_serial, product_sku, product_uuid, product_version, system_vendor if provided by DMI.";

const FAILURE: &str = "failed to read Desktop Management Interface (DMI) information";

const DIRECTORY: &str = "/sys/class/dmi/id";

/// The files. Their names equal the labels, except `sys_vendor`.
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
    /// The family, once it was read completely.
    info: Option<Family>,
}

impl Collector for Dmi {
    fn describe() -> Descriptor {
        Descriptor::new("dmi", "Shows firmware data about the machine.")
            .reads(FIELDS.map(|field| format!("{DIRECTORY}/{field}")))
    }

    fn configure(_settings: &Settings) -> Result<Self, String> {
        Ok(Self::default())
    }

    fn collect(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        if let Some(info) = &self.info {
            metrics.dynamic(info.clone());
            return Ok(());
        }
        let (info, is_whole) = read()?;
        if is_whole {
            self.info = Some(info.clone());
        }
        metrics.dynamic(info);
        Ok(())
    }
}

/// The family, and whether it has all values of this machine.
fn read() -> Result<(Family, bool), Error> {
    let contents = match Directory::new(DIRECTORY).read(FIELDS) {
        Err(error) if error.is_not_found() => return Err(Error::NoData),
        contents => contents.context(FAILURE)?,
    };
    let (mut label_names, mut label_values) = (Vec::new(), Vec::new());
    let mut is_whole = true;
    for (field, content) in FIELDS.into_iter().zip(contents) {
        match content {
            Ok(content) => {
                label_names.push(parse::label_name(field).to_owned());
                label_values.push(parse::label_value(&content));
            }
            Err(error) if is_withheld(error.reason) => {}
            Err(error) => {
                skip::report(error);
                is_whole = false;
            }
        }
    }
    let info = Family {
        name: "node_dmi_info".to_owned(),
        help: HELP.to_owned(),
        label_names,
        samples: Samples::Gauge(vec![Sample {
            label_values,
            value: 1.0,
        }]),
    };
    Ok((info, is_whole))
}

/// Whether an error only means that the label is missing. Only root can read serial numbers, and an
/// operator may deny them to the collector.
fn is_withheld(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::NotFound | Reason::NotPermitted | Reason::PermissionDenied | Reason::NotAFile
    )
}

export!(Dmi);

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sdk::testing::{Faults, Host, Loss};

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
    fn shows_the_available_fields() {
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
    fn non_file_field_is_ignored() {
        let out = host()
            .directory("/sys/class/dmi/id/board_name")
            .run::<Dmi>([]);
        assert_eq!((out.result.clone(), out.text()), (Ok(()), SHOWN.to_owned()));
    }

    #[test]
    fn faults() {
        let host = Host::at(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures"));
        Faults::new()
            .rule(DIRECTORY, Loss::Everything, "it has all the fields")
            .rule(
                "/sys/class/dmi/id/*",
                Loss::Changes(&["node_dmi_info{"]),
                "a field is a label of the one line",
            )
            .check::<Dmi>(&host);
    }

    #[test]
    fn unreadable_field_is_retried() {
        let name = "/sys/class/dmi/id/board_name";
        let host = host().link(name, "board_name");
        let mut collector = host.configure::<Dmi>([]).unwrap();
        let out = host.collect(&mut collector);
        // ELOOP, which no attribute returns.
        assert_eq!((out.text(), out.skipped.len()), (SHOWN.to_owned(), 1));
        std::fs::remove_file(host.root().join(name.trim_start_matches('/'))).unwrap();
        let host = host.file(name, "Q35\n");
        let text = host.collect(&mut collector).text();
        assert!(text.contains("board_name=\"Q35\""), "{text}");
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
    fn file_in_place_of_the_directory_is_an_error() {
        let out = Host::new().file(DIRECTORY, "").run::<Dmi>([]);
        let error = out.result.unwrap_err().to_string();
        assert_eq!(
            error,
            "failed to read Desktop Management Interface (DMI) information: /sys/class/dmi/id: \
             not a directory"
        );
    }
}
