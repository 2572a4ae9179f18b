//! The options, and their consistency checks.

use firepit_sdk::filter::{Expression, Filter, IncludeExclude};
use firepit_sdk::{Descriptor, Settings};

use crate::families::{Family, families};

const DEVICES: IncludeExclude = IncludeExclude::new(
    "netdev",
    Expression::new(
        "device-include",
        "Regexp of net devices to include (mutually exclusive to device-exclude).",
    )
    .renamed(
        "device-whitelist",
        "DEPRECATED: Use collector.netdev.device-include",
    ),
    Expression::new(
        "device-exclude",
        "Regexp of net devices to exclude (mutually exclusive to device-include).",
    )
    .renamed(
        "device-blacklist",
        "DEPRECATED: Use collector.netdev.device-exclude",
    ),
)
.exclusive("device-exclude & device-include are mutually exclusive")
.logged("Parsed flag", "Parsed Flag");

/// Adds the options.
pub(crate) fn declare(descriptor: Descriptor) -> Descriptor {
    descriptor
        .include_exclude(&DEVICES)
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

/// The values of the options.
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
/// Mutually exclusive options, or an invalid expression.
pub(crate) fn read(settings: &Settings) -> Result<Options, String> {
    let netlink = settings.flag("netlink");
    Ok(Options {
        devices: settings.filter(&DEVICES)?,
        netlink,
        families: families(netlink, settings.flag("enable-detailed-metrics")),
        address_info: settings.flag("address-info"),
        label_ifalias: settings.flag("label-ifalias"),
    })
}
