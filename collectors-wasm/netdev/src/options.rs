//! The options, and which of them go together.

use firepit_sdk::filter::Filter;
use firepit_sdk::{Descriptor, Renamed, Settings, log};

use crate::families::{Family, families};

const INCLUDE: Renamed<'_> = Renamed {
    name: "device-include",
    flag: "--collector.netdev.device-include",
    old_name: "device-whitelist",
    old_flag: "--collector.netdev.device-whitelist",
};
const EXCLUDE: Renamed<'_> = Renamed {
    name: "device-exclude",
    flag: "--collector.netdev.device-exclude",
    old_name: "device-blacklist",
    old_flag: "--collector.netdev.device-blacklist",
};

/// Adds the options.
pub(crate) fn declare(descriptor: Descriptor) -> Descriptor {
    descriptor
        .text(
            "device-include",
            "",
            "Regexp of net devices to include (mutually exclusive to device-exclude).",
        )
        .text(
            "device-exclude",
            "",
            "Regexp of net devices to exclude (mutually exclusive to device-include).",
        )
        .text(
            "device-whitelist",
            "",
            "DEPRECATED: Use collector.netdev.device-include",
        )
        .hidden()
        .text(
            "device-blacklist",
            "",
            "DEPRECATED: Use collector.netdev.device-exclude",
        )
        .hidden()
        .flag(
            "netlink",
            true,
            "Use netlink to gather stats instead of /proc/net/dev.",
        )
        .flag(
            "address-info",
            false,
            "Collect address-info for every device",
        )
        .flag(
            "enable-detailed-metrics",
            false,
            "Use (incompatible) metric names that provide more detailed stats on Linux",
        )
        .flag("label-ifalias", false, "Add ifAlias label")
}

/// What the options say.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) devices: Filter,
    pub(crate) netlink: bool,
    pub(crate) families: &'static [Family],
    pub(crate) address_info: bool,
    pub(crate) label_ifalias: bool,
}

/// Reads the options.
///
/// # Errors
/// Options that exclude each other, or a wrong expression.
pub(crate) fn read(settings: &Settings) -> Result<Options, String> {
    let netlink = settings.flag("netlink");
    let include = settings.renamed(&INCLUDE)?;
    let exclude = settings.renamed(&EXCLUDE)?;
    if !include.is_empty() && !exclude.is_empty() {
        return Err("device-exclude & device-include are mutually exclusive".to_owned());
    }
    if !exclude.is_empty() {
        let fields = [("flag", exclude)];
        log::info("Parsed flag --collector.netdev.device-exclude", &fields);
    }
    if !include.is_empty() {
        let fields = [("flag", include)];
        log::info("Parsed Flag --collector.netdev.device-include", &fields);
    }
    Ok(Options {
        devices: Filter::new(include, exclude)?,
        netlink,
        families: families(netlink, settings.flag("enable-detailed-metrics")),
        address_info: settings.flag("address-info"),
        label_ifalias: settings.flag("label-ifalias"),
    })
}
