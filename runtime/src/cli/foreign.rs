//! The collectors of node_exporter and their options, so that a command line that was written for
//! it goes on working here where a collector or an option does not exist.
//!
//! Every name below is accepted and left out of `--help`. One that was given without having an
//! effect makes a line of warning. Switching off what is not there needs no word.

use std::collections::HashSet;

use clap::{Arg, ArgAction, ArgMatches};

use super::args::{is_given, switch};
use super::odd;
use super::unclaimed::Unclaimed;
use crate::descriptor::Descriptor;

/// node_exporter's collectors on Linux that have no options.
const PLAIN: &str = "\
    bcachefs bonding btrfs buddyinfo cgroups conntrack cpu_vulnerabilities cpufreq dmi \
    dmmultipath drbd drm edac entropy fibrechannel filefd kernel_hung ksmd lnstat loadavg \
    logind mdadm meminfo meminfo_numa mountstats network_route nfs nfsd nvme nvmesubsystem \
    os powersupplyclass pressure processes schedstat selinux sockstat softirqs softnet swap \
    tcpstat thermal_zone time timex udp_queues uname watchdog xfrm xfs zfs zoneinfo";

/// Those that have: the name, the options that are on or off, and those that take a value.
const WITH_OPTIONS: [(&str, &str, &str); 28] = [
    ("arp", "netlink", "device-exclude device-include"),
    ("bcache", "priorityStats", ""),
    ("cpu", "guest info", "info.bugs-include info.flags-include"),
    (
        "diskstats",
        "",
        "device-exclude device-include ignored-devices",
    ),
    (
        "ethtool",
        "",
        "device-exclude device-include metrics-include",
    ),
    (
        "filesystem",
        "",
        "fs-types-exclude fs-types-include ignored-fs-types ignored-mount-points \
         mount-points-exclude mount-points-include mount-timeout stat-workers",
    ),
    (
        "hwmon",
        "",
        "chip-exclude chip-include sensor-exclude sensor-include",
    ),
    ("infiniband", "", "device-exclude device-include"),
    ("interrupts", "include-zeros", "name-exclude name-include"),
    ("ipvs", "", "backend-labels"),
    (
        "netclass",
        "ignore-invalid-speed netlink",
        "ignored-devices",
    ),
    (
        "netdev",
        "address-info enable-detailed-metrics label-ifalias netlink",
        "device-blacklist device-exclude device-include device-whitelist",
    ),
    ("netstat", "", "fields"),
    (
        "ntp",
        "server-is-local",
        "ip-ttl local-offset-tolerance max-distance protocol-version server server-port",
    ),
    ("pcidevice", "names", "idsfile"),
    (
        "perf",
        "disable-cache-profilers disable-hardware-profilers disable-software-profilers",
        "cache-profilers cpus hardware-profilers software-profilers tracepoint",
    ),
    ("qdisc", "", "device-exclude device-include fixtures"),
    ("rapl", "enable-zone-label", ""),
    ("runit", "", "servicedir"),
    ("slabinfo", "", "slabs-exclude slabs-include"),
    ("stat", "softirq", ""),
    ("supervisord", "", "url"),
    ("sysctl", "", "include include-info"),
    (
        "systemd",
        "enable-restarts-metrics enable-start-time-metrics enable-task-metrics private",
        "unit-blacklist unit-exclude unit-include unit-whitelist",
    ),
    ("tapestats", "", "ignored-devices"),
    ("textfile", "", "directory"),
    ("vmstat", "", "fields"),
    ("wifi", "", "fixtures"),
];

/// A flag of node_exporter's that nothing here provides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ForeignFlag {
    /// The collector that it belongs to there.
    collector: &'static str,
    /// The flag without its dashes.
    flag: String,
    /// Whether it takes a value, as against being on or off.
    takes_value: bool,
}

/// Whether node_exporter has a collector of this name, on Linux.
pub(crate) fn is_collector(name: &str) -> bool {
    let mut plain = PLAIN.split_whitespace();
    plain.any(|known| known == name) || WITH_OPTIONS.iter().any(|(known, ..)| *known == name)
}

/// node_exporter's collector flags without those that `descriptors` provides.
pub(super) fn flags(descriptors: &[Descriptor]) -> Vec<ForeignFlag> {
    let odd = odd::of(descriptors);
    let odd = odd.iter().map(|odd| odd.flag.to_owned());
    let provided = descriptors.iter().flat_map(provided_flags).chain(odd);
    let provided: HashSet<String> = provided.collect();
    let mut flags = all_flags();
    flags.retain(|foreign| !provided.contains(&foreign.flag));
    flags
}

fn provided_flags(descriptor: &Descriptor) -> impl Iterator<Item = String> {
    let toggle = format!("collector.{}", descriptor.name);
    let options = (descriptor.options.iter()).map(|option| odd::regular(&descriptor.name, option));
    options.chain([toggle])
}

fn all_flags() -> Vec<ForeignFlag> {
    let toggles = (PLAIN.split_whitespace()).chain(WITH_OPTIONS.iter().map(|(name, ..)| *name));
    let mut flags: Vec<_> = toggles
        .map(|name| ForeignFlag {
            collector: name,
            flag: format!("collector.{name}"),
            takes_value: false,
        })
        .collect();
    for (collector, switches, values) in WITH_OPTIONS {
        for (names, takes_value) in [(switches, false), (values, true)] {
            flags.extend(names.split_whitespace().map(|name| ForeignFlag {
                collector,
                flag: format!("collector.{collector}.{name}"),
                takes_value,
            }));
        }
    }
    flags.extend(odd::ODD.map(|odd| ForeignFlag {
        collector: odd.collector,
        flag: odd.flag.to_owned(),
        takes_value: odd.takes_value,
    }));
    flags
}

impl ForeignFlag {
    /// Whether it is this flag.
    pub(super) fn is(&self, other: &Unclaimed) -> bool {
        self.flag == other.flag()
    }

    /// The arguments that accept the flag.
    pub(super) fn args(&self) -> Vec<Arg> {
        match self.takes_value {
            // Whether it could be repeated there does not matter here.
            true => vec![
                Arg::new(self.flag.clone())
                    .long(self.flag.clone())
                    .action(ArgAction::Append)
                    .hide(true),
            ],
            false => switch(&self.flag, String::new())
                .map(|arg| arg.hide(true))
                .into(),
        }
    }

    /// What to tell of it where it was given.
    pub(super) fn warning(
        &self,
        matches: &ArgMatches,
        descriptors: &[Descriptor],
    ) -> Option<String> {
        if !is_given(matches, &self.flag) {
            return None;
        }
        let Self {
            collector, flag, ..
        } = self;
        Some(
            match descriptors
                .iter()
                .any(|descriptor| descriptor.name == *collector)
            {
                true => format!(
                    "--{flag} has no effect: the collector {collector:?} of this firepit has no such \
                 option"
                ),
                false => {
                    format!("--{flag} has no effect: this firepit has no collector {collector:?}")
                }
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor::{OptionDescriptor, OptionKind};

    fn names(descriptors: &[Descriptor]) -> Vec<String> {
        flags(descriptors)
            .into_iter()
            .map(|foreign| foreign.flag)
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
                .filter(|foreign| foreign.takes_value)
                .count(),
            65
        );
    }

    /// The flags of a collector, odd ones too, are no longer foreign as soon as it is there.
    #[test]
    fn what_is_oddly_named_is_provided_too() {
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
    fn what_a_descriptor_provides_is_not_foreign() {
        let cpu = Descriptor {
            name: "cpu".to_owned(),
            about: String::new(),
            version: String::new(),
            enabled_by_default: true,
            reads: Vec::new(),
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
