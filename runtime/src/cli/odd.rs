//! Options of node_exporter's collectors whose flag does not begin with the collector's name.
//!
//! `--help` shows them as there; the flag of the regular form works as well.

use std::collections::HashSet;

use crate::descriptor::{Descriptor, OptionDescriptor};

/// One such option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OddFlag {
    /// The collector that it belongs to.
    pub(super) collector: &'static str,
    /// Its name among the collector's options.
    option: &'static str,
    /// The flag without its dashes.
    pub(super) flag: &'static str,
    /// Whether it takes a value, as against being on or off.
    pub(super) takes_value: bool,
}

/// All of them.
pub(super) const ODD: [OddFlag; 4] = [
    OddFlag {
        collector: "netclass",
        option: "with-stats",
        flag: "collector.netclass_rtnl.with-stats",
        takes_value: false,
    },
    OddFlag {
        collector: "powersupplyclass",
        option: "ignored-supplies",
        flag: "collector.powersupply.ignored-supplies",
        takes_value: true,
    },
    OddFlag {
        collector: "qdisc",
        option: "qdisk-device-exclude",
        flag: "collector.qdisk.device-exclude",
        takes_value: true,
    },
    OddFlag {
        collector: "qdisc",
        option: "qdisk-device-include",
        flag: "collector.qdisk.device-include",
        takes_value: true,
    },
];

/// The flag that an option has by the rule, without its dashes.
pub(super) fn regular(collector: &str, option: &OptionDescriptor) -> String {
    format!("collector.{collector}.{}", option.name)
}

/// The odd flags of these collectors: none that another collector has by the rule.
pub(super) fn of(descriptors: &[Descriptor]) -> Vec<OddFlag> {
    let options = descriptors.iter().flat_map(|descriptor| {
        let options = descriptor.options.iter();
        options.map(|option| (descriptor.name.as_str(), option))
    });
    let taken: HashSet<String> = (options.clone())
        .map(|(collector, option)| regular(collector, option))
        .collect();
    let is_had = |odd: &OddFlag| {
        (options.clone())
            .any(|(collector, option)| collector == odd.collector && option.name == odd.option)
    };
    let free = |odd: &OddFlag| !taken.contains(odd.flag) && is_had(odd);
    ODD.into_iter().filter(free).collect()
}

/// The odd flag of an option, if it has one.
pub(super) fn find<'a>(
    odd: &'a [OddFlag],
    collector: &str,
    option: &OptionDescriptor,
) -> Option<&'a OddFlag> {
    odd.iter()
        .find(|odd| odd.collector == collector && odd.option == option.name)
}
