//! The collectors of node_exporter and their options, so that its command lines keep working if a collector
//! or an option does not exist here.
//!
//! Every flag below is accepted, and hidden from `--help`. A given flag without effect causes a warning,
//! unless it disables something that does not exist.

use std::collections::HashSet;

use clap::{Arg, ArgAction, ArgMatches};

use super::args::{is_given, switch};
use super::irregular;
use super::unclaimed::Unclaimed;
use crate::node_exporter::{PLAIN, WITH_OPTIONS};
use firepit_sandbox::descriptor::Descriptor;

/// A flag of node_exporter that firepit does not provide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnsupportedFlag {
    /// The node_exporter collector that it belongs to.
    collector: &'static str,
    /// The flag without its dashes.
    flag: String,
    /// Whether it takes a value, as opposed to being a switch.
    takes_value: bool,
}

/// node_exporter's collector flags except those that `descriptors` provides.
pub(super) fn flags(descriptors: &[Descriptor]) -> Vec<UnsupportedFlag> {
    let irregular = irregular::of(descriptors);
    let irregular = irregular.iter().map(|irregular| irregular.flag.to_owned());
    let provided = descriptors.iter().flat_map(provided_flags).chain(irregular);
    let provided: HashSet<String> = provided.collect();
    let mut flags = all_flags();
    flags.retain(|unsupported| !provided.contains(&unsupported.flag));
    flags
}

fn provided_flags(descriptor: &Descriptor) -> impl Iterator<Item = String> {
    let toggle = format!("collector.{}", descriptor.name);
    let options = descriptor
        .options
        .iter()
        .map(|option| irregular::regular(&descriptor.name, option));
    options.chain([toggle])
}

fn all_flags() -> Vec<UnsupportedFlag> {
    let toggles = PLAIN
        .split_whitespace()
        .chain(WITH_OPTIONS.iter().map(|(name, ..)| *name));
    let mut flags: Vec<_> = toggles
        .map(|name| UnsupportedFlag {
            collector: name,
            flag: format!("collector.{name}"),
            takes_value: false,
        })
        .collect();
    for (collector, switches, values) in WITH_OPTIONS {
        for (names, takes_value) in [(switches, false), (values, true)] {
            flags.extend(names.split_whitespace().map(|name| UnsupportedFlag {
                collector,
                flag: format!("collector.{collector}.{name}"),
                takes_value,
            }));
        }
    }
    flags.extend(irregular::IRREGULAR.map(|irregular| UnsupportedFlag {
        collector: irregular.collector,
        flag: irregular.flag.to_owned(),
        takes_value: irregular.takes_value,
    }));
    flags
}

/// Whether a flag of node_exporter's collectors, without dashes, takes a value; `None` if there is no such flag.
pub(super) fn takes_value(flag: &str) -> Option<bool> {
    let mut flags = all_flags().into_iter();
    let known = flags.find(|known| known.flag == flag)?;
    Some(known.takes_value)
}

impl UnsupportedFlag {
    /// Whether it is this flag.
    pub(super) fn is(&self, other: &Unclaimed) -> bool {
        self.flag == other.flag()
    }

    /// The arguments that accept the flag.
    pub(super) fn args(&self) -> Vec<Arg> {
        if self.takes_value {
            // Whether node_exporter accepts it repeatedly does not matter here.
            vec![
                Arg::new(self.flag.clone())
                    .long(self.flag.clone())
                    .action(ArgAction::Append)
                    .hide(true),
            ]
        } else {
            switch(&self.flag, String::new())
                .map(|arg| arg.hide(true))
                .into()
        }
    }
}

/// The warnings about given flags, one for each collector.
pub(super) fn warnings(
    flags: &[UnsupportedFlag],
    matches: &ArgMatches,
    descriptors: &[Descriptor],
) -> Vec<String> {
    let mut given: Vec<(&str, Vec<String>)> = Vec::new();
    for flag in flags.iter().filter(|flag| is_given(matches, &flag.flag)) {
        let name = format!("--{}", flag.flag);
        match given
            .iter_mut()
            .find(|(collector, _)| *collector == flag.collector)
        {
            Some((_, names)) => names.push(name),
            None => given.push((flag.collector, vec![name])),
        }
    }
    let is_there = |name: &str| descriptors.iter().any(|descriptor| descriptor.name == name);
    given
        .iter()
        .map(|(collector, flags)| warning(collector, flags, is_there(collector)))
        .collect()
}

fn warning(collector: &str, flags: &[String], is_there: bool) -> String {
    let (have, option) = match flags {
        [_] => ("has", "option"),
        _ => ("have", "options"),
    };
    let flags = flags.join(", ");
    if is_there {
        format!(
            "{flags} {have} no effect: the collector {collector:?} of this firepit has no such {option}"
        )
    } else {
        format!("{flags} {have} no effect: this firepit has no collector {collector:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firepit_sandbox::descriptor::{OptionDescriptor, OptionKind};

    fn names(descriptors: &[Descriptor]) -> Vec<String> {
        flags(descriptors)
            .into_iter()
            .map(|unsupported| unsupported.flag)
            .collect()
    }

    #[test]
    fn the_table_holds_each_flag_once() {
        let all = names(&[]);
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        assert_eq!(all.len(), 79 + 88);
        assert_eq!(
            flags(&[])
                .iter()
                .filter(|unsupported| unsupported.takes_value)
                .count(),
            65
        );
    }

    /// A collector's flags, irregular ones included, are supported as soon as it exists.
    #[test]
    fn irregular_flag_of_a_collector_is_supported() {
        let option = |name: &str| OptionDescriptor {
            name: name.to_owned(),
            help: String::new(),
            kind: OptionKind::Text,
            default: vec![String::new()],
            hidden: false,
        };
        let qdisc = Descriptor {
            name: "qdisc".to_owned(),
            about: String::new(),
            version: String::new(),
            enabled_by_default: false,
            reads: Vec::new(),
            connects: Vec::new(),
            options: ["fixtures", "device-include", "qdisk-device-include"]
                .map(option)
                .into(),
        };
        let all = names(&[]);
        let left = names(&[qdisc]);
        let gone: Vec<_> = all.iter().filter(|name| !left.contains(name)).collect();
        assert_eq!(
            gone,
            [
                "collector.qdisc",
                "collector.qdisc.device-include",
                "collector.qdisc.fixtures",
                "collector.qdisk.device-include",
            ]
        );
    }

    #[test]
    fn declared_flag_is_not_unsupported() {
        let cpu = Descriptor {
            name: "cpu".to_owned(),
            about: String::new(),
            version: String::new(),
            enabled_by_default: true,
            reads: Vec::new(),
            connects: Vec::new(),
            options: vec![OptionDescriptor {
                name: "info".to_owned(),
                help: String::new(),
                kind: OptionKind::Flag,
                default: vec!["false".to_owned()],
                hidden: false,
            }],
        };
        let all = names(&[]);
        let left = names(&[cpu]);
        let gone: Vec<_> = all.iter().filter(|name| !left.contains(name)).collect();
        assert_eq!(gone, ["collector.cpu", "collector.cpu.info"]);
    }
}
