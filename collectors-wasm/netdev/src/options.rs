//! The options, and which of them go together.

use firepit_sdk::filter::Filter;
use firepit_sdk::{Descriptor, Settings, log};

use crate::keys::Keys;

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
            "Show the stats that netlink has, not only those of /proc/net/dev. This version has no \
             netlink and reads /proc/net/dev and /sys/class/net.",
        )
        .flag(
            "address-info",
            false,
            "Collect address-info for every device. Not available in this version.",
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
    pub(crate) keys: Keys,
    pub(crate) label_ifalias: bool,
}

/// Reads the options.
///
/// # Errors
/// Options that exclude each other, a wrong expression, or what would need netlink.
pub(crate) fn read(settings: &Settings) -> Result<Options, String> {
    if settings.flag("address-info") {
        let option = "--collector.netdev.address-info";
        return Err(format!(
            "{option} needs netlink, which this version does not have"
        ));
    }
    let include = renamed(settings, "device-whitelist", "device-include")?;
    let exclude = renamed(settings, "device-blacklist", "device-exclude")?;
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
        keys: Keys::new(
            settings.flag("netlink"),
            settings.flag("enable-detailed-metrics"),
        ),
        label_ifalias: settings.flag("label-ifalias"),
    })
}

/// The value of an option that once had another name.
fn renamed<'s>(settings: &'s Settings, old: &str, new: &str) -> Result<&'s str, String> {
    let (old_value, new_value) = (settings.text(old), settings.text(new));
    let (old, new) = (
        format!("--collector.netdev.{old}"),
        format!("--collector.netdev.{new}"),
    );
    match (old_value, new_value) {
        ("", _) => Ok(new_value),
        (_, "") => {
            let message = format!("{old} is DEPRECATED and will be removed in 2.0.0, use {new}");
            log::warn(&message, &[]);
            Ok(old_value)
        }
        _ => Err(format!("{old} and {new} are mutually exclusive")),
    }
}
