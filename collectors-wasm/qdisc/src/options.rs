//! The options, and which of them go together.

use firepit_sdk::filter::Filter;
use firepit_sdk::{Descriptor, Renamed, Settings};

const INCLUDE: Renamed<'_> = Renamed {
    name: "device-include",
    flag: "--collector.qdisc.device-include",
    old_name: "qdisk-device-include",
    old_flag: "--collector.qdisk.device-include",
};
const EXCLUDE: Renamed<'_> = Renamed {
    name: "device-exclude",
    flag: "--collector.qdisc.device-exclude",
    old_name: "qdisk-device-exclude",
    old_flag: "--collector.qdisk.device-exclude",
};

/// Adds the options. The old names have another collector's name, `qdisk`.
pub(crate) fn declare(descriptor: Descriptor) -> Descriptor {
    descriptor
        .text(
            "fixtures",
            "",
            "test fixtures to use for qdisc collector end-to-end testing",
        )
        .text(
            "device-include",
            "",
            "Regexp of qdisc devices to include (mutually exclusive to device-exclude).",
        )
        .text(
            "qdisk-device-include",
            "",
            "DEPRECATED: Use collector.qdisc.device-include",
        )
        .hidden()
        .text(
            "device-exclude",
            "",
            "Regexp of qdisc devices to exclude (mutually exclusive to device-include).",
        )
        .text(
            "qdisk-device-exclude",
            "",
            "DEPRECATED: Use collector.qdisc.device-exclude",
        )
        .hidden()
}

/// Which devices are shown.
///
/// # Errors
/// Options that exclude each other, or a wrong expression.
pub(crate) fn devices(settings: &Settings) -> Result<Filter, String> {
    let include = settings.renamed(&INCLUDE)?;
    let exclude = settings.renamed(&EXCLUDE)?;
    if !include.is_empty() && !exclude.is_empty() {
        let flags = "collector.qdisc.device-include and collector.qdisc.device-exclude";
        return Err(format!("{flags} are mutaly exclusive"));
    }
    Filter::new(include, exclude)
}
