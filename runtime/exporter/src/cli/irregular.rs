//! Options of node_exporter's collectors whose flag does not begin with the collector's name.
//!
//! `--help` shows the irregular flag; the regular one works as well.

use std::collections::HashSet;

use firepit_sandbox::descriptor::{Descriptor, OptionDescriptor};

/// One such option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IrregularFlag {
    /// The collector that it belongs to.
    pub(super) collector: &'static str,
    /// Its name among the collector's options.
    option: &'static str,
    /// The flag without its dashes.
    pub(super) flag: &'static str,
    /// Whether it takes a value, as opposed to being a switch.
    pub(super) takes_value: bool,
}

/// All of them.
pub(super) const IRREGULAR: [IrregularFlag; 4] = [
    IrregularFlag {
        collector: "netclass",
        option: "with-stats",
        flag: "collector.netclass_rtnl.with-stats",
        takes_value: false,
    },
    IrregularFlag {
        collector: "powersupplyclass",
        option: "ignored-supplies",
        flag: "collector.powersupply.ignored-supplies",
        takes_value: true,
    },
    IrregularFlag {
        collector: "qdisc",
        option: "qdisk-device-exclude",
        flag: "collector.qdisk.device-exclude",
        takes_value: true,
    },
    IrregularFlag {
        collector: "qdisc",
        option: "qdisk-device-include",
        flag: "collector.qdisk.device-include",
        takes_value: true,
    },
];

/// The regular flag of an option, without its dashes.
pub(super) fn regular(collector: &str, option: &OptionDescriptor) -> String {
    format!("collector.{collector}.{}", option.name)
}

/// The irregular flags of these collectors, except those that are another collector's regular flag.
pub(super) fn of(descriptors: &[Descriptor]) -> Vec<IrregularFlag> {
    let options = descriptors.iter().flat_map(|descriptor| {
        let options = descriptor.options.iter();
        options.map(|option| (descriptor.name.as_str(), option))
    });
    let taken: HashSet<String> = options
        .clone()
        .map(|(collector, option)| regular(collector, option))
        .collect();
    let is_had = |irregular: &IrregularFlag| {
        options.clone().any(|(collector, option)| {
            collector == irregular.collector && option.name == irregular.option
        })
    };
    let free = |irregular: &IrregularFlag| !taken.contains(irregular.flag) && is_had(irregular);
    IRREGULAR.into_iter().filter(free).collect()
}

/// The irregular flag of an option, if it has one.
pub(super) fn find<'a>(
    irregular: &'a [IrregularFlag],
    collector: &str,
    option: &OptionDescriptor,
) -> Option<&'a IrregularFlag> {
    irregular
        .iter()
        .find(|irregular| irregular.collector == collector && irregular.option == option.name)
}
