//! The options, and which of them go together.

use firepit_sdk::filter::Filter;
use firepit_sdk::{Descriptor, Settings, log};

/// Adds the options. By default partitions, RAM disks, loop devices and floppy drives are left out.
pub(crate) fn declare(descriptor: Descriptor) -> Descriptor {
    descriptor
        .text(
            "device-exclude",
            r"^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$",
            "Regexp of diskstats devices to exclude (mutually exclusive to device-include).",
        )
        .text(
            "device-include",
            "",
            "Regexp of diskstats devices to include (mutually exclusive to device-exclude).",
        )
        .text(
            "ignored-devices",
            "",
            "DEPRECATED: Use collector.diskstats.device-exclude",
        )
        .hidden()
}

/// Which devices are shown.
///
/// # Errors
/// Options that exclude each other, or a wrong expression.
pub(crate) fn devices(settings: &Settings) -> Result<Filter, String> {
    devices_of(settings).map_err(|error| format!("failed to parse device filter flags: {error}"))
}

fn devices_of(settings: &Settings) -> Result<Filter, String> {
    let include = settings.text("device-include");
    let exclude = match (exclude(settings)?, include) {
        (Exclude::Default(default), "") => default,
        // Who asks for certain devices does not ask for the default to get in the way.
        (Exclude::Default(_), _) => "",
        (Exclude::Explicit(exclude), include) if exclude.is_empty() || include.is_empty() => {
            exclude
        }
        _ => return Err("device-exclude & device-include are mutually exclusive".to_owned()),
    };
    if !exclude.is_empty() {
        let fields = [("flag", exclude)];
        log::info("Parsed flag --collector.diskstats.device-exclude", &fields);
    }
    if !include.is_empty() {
        let fields = [("flag", include)];
        log::info("Parsed Flag --collector.diskstats.device-include", &fields);
    }
    Filter::new(include, exclude)
}

enum Exclude<'s> {
    Default(&'s str),
    Explicit(&'s str),
}

/// The value of `device-exclude`, under its old name too.
fn exclude(settings: &Settings) -> Result<Exclude<'_>, String> {
    const OLD: &str = "--collector.diskstats.ignored-devices";
    const NEW: &str = "--collector.diskstats.device-exclude";
    let exclude = settings.text("device-exclude");
    match (
        settings.text("ignored-devices"),
        settings.is_explicit("device-exclude"),
    ) {
        ("", false) => Ok(Exclude::Default(exclude)),
        ("", true) => Ok(Exclude::Explicit(exclude)),
        (old, false) => {
            let message = format!("{OLD} is DEPRECATED and will be removed in 2.0.0, use {NEW}");
            log::warn(&message, &[]);
            Ok(Exclude::Explicit(old))
        }
        (_, true) => Err(format!("{OLD} and {NEW} are mutually exclusive")),
    }
}
