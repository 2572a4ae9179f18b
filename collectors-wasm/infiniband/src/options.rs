//! The options, and which of them go together.

use firepit_sdk::filter::Filter;
use firepit_sdk::{Descriptor, Settings, log};

/// Adds the options.
pub(crate) fn declare(descriptor: Descriptor) -> Descriptor {
    descriptor
        .text(
            "device-exclude",
            "",
            "Regexp of infiniband devices to exclude (mutually exclusive to device-include).",
        )
        .text(
            "device-include",
            "",
            "Regexp of infiniband devices to include (mutually exclusive to device-exclude).",
        )
}

/// Which devices are shown.
///
/// # Errors
/// Options that exclude each other, or a wrong expression.
pub(crate) fn devices(settings: &Settings) -> Result<Filter, String> {
    let exclude = settings.text("device-exclude");
    let include = settings.text("device-include");
    if !exclude.is_empty() && !include.is_empty() {
        return Err("device-exclude & device-include are mutually exclusive".to_owned());
    }
    if !exclude.is_empty() {
        let fields = [("flag", exclude)];
        log::info("Parsed flag --collector.infiniband.device-exclude", &fields);
    }
    if !include.is_empty() {
        let fields = [("flag", include)];
        log::info("Parsed flag --collector.infiniband.device-include", &fields);
    }
    Filter::new(include, exclude)
}
