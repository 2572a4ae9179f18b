//! Options of collectors that had other names in earlier versions of node_exporter.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};

use super::go::Word;

use crate::cli::unsupported;

/// Earlier names of today's flags, without dashes.
const RENAMED: [(&str, &str); 13] = [
    (
        "collector.diskstats.ignored-devices",
        "collector.diskstats.device-exclude",
    ),
    (
        "collector.filesystem.ignored-fs-types",
        "collector.filesystem.fs-types-exclude",
    ),
    (
        "collector.filesystem.ignored-mount-points",
        "collector.filesystem.mount-points-exclude",
    ),
    (
        "collector.netdev.device-blacklist",
        "collector.netdev.device-exclude",
    ),
    (
        "collector.netdev.device-whitelist",
        "collector.netdev.device-include",
    ),
    (
        "collector.netdev.ignored-devices",
        "collector.netdev.device-exclude",
    ),
    ("collector.procfs", "path.procfs"),
    (
        "collector.qdisk.device-exclude",
        "collector.qdisc.device-exclude",
    ),
    (
        "collector.qdisk.device-include",
        "collector.qdisc.device-include",
    ),
    ("collector.sysfs", "path.sysfs"),
    (
        "collector.systemd.unit-blacklist",
        "collector.systemd.unit-exclude",
    ),
    (
        "collector.systemd.unit-whitelist",
        "collector.systemd.unit-include",
    ),
    // Never a flag without `=`.
    ("web.config", "web.config.file"),
];

/// Today's name of a flag that had another one.
pub(super) fn renamed(name: &str) -> Option<&'static str> {
    let row = RENAMED.iter().find(|(old, _)| *old == name);
    row.map(|(_, new)| *new)
}

/// An option of a collector that was written with one dash.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CollectorOption {
    /// Today's flag, without dashes.
    pub(super) today: Cow<'static, str>,
    /// Whether it takes no value.
    pub(super) is_switch: bool,
}

/// The option of this name, if a version of node_exporter has it.
pub(super) fn find(name: &str) -> Option<CollectorOption> {
    if let Some(today) = renamed(name) {
        return Some(CollectorOption {
            today: today.into(),
            is_switch: false,
        });
    }
    let takes_value = unsupported::takes_value(name)?;
    Some(CollectorOption {
        today: name.to_owned().into(),
        is_switch: !takes_value,
    })
}

/// Replaces earlier names in a command line with two dashes, and says which.
pub(in crate::cli) fn modernize(args: &[OsString]) -> (Vec<OsString>, Vec<String>) {
    let mut notes = Vec::new();
    let modern = args.iter().map(|arg| {
        let word = Word::of(arg).filter(|word| word.dashes == 2);
        let Some((word, today)) = word.and_then(|word| Some((word, renamed(word.name)?))) else {
            return arg.clone();
        };
        notes.push(format!(
            "{} is deprecated; today's flag is --{today}",
            word.spelled()
        ));
        let mut modern = OsString::from(format!("--{today}"));
        if let Some(value) = word.value {
            modern.push(OsStr::new("="));
            modern.push(value);
        }
        modern
    });
    (modern.collect(), notes)
}
