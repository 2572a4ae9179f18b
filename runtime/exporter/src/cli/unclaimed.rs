//! Flags of collectors that a module may provide later: `--collector.NAME`, `--no-collector.NAME`,
//! `--collector.NAME.OPTION` and its negated form, recognized by their form.
//!
//! Such a flag may have a value after a `=`. Because it is not known yet whether it takes a value, the next
//! word counts as its value if it begins with no dash.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches};

use super::args::{is_given, position, switch};
use super::{commands, irregular};
use crate::settings::{CliOverrides, GivenFlag};
use firepit_sandbox::descriptor::{Descriptor, check_name};

/// Which collectors modules may provide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PossibleModules {
    /// Any: there is a module directory.
    Any,
    /// Those with a module in the configuration file.
    Named(HashSet<String>),
}

impl PossibleModules {
    fn may_bring(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Named(names) => names.contains(name),
        }
    }
}

/// The parts of a flag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Unclaimed {
    collector: String,
    option: Option<String>,
}

impl Unclaimed {
    /// The flag without its dashes, and without `no-`.
    pub(super) fn flag(&self) -> String {
        match &self.option {
            None => format!("collector.{}", self.collector),
            Some(option) => format!("collector.{}.{option}", self.collector),
        }
    }

    /// The parts of an argument that has this form.
    fn of(arg: &str) -> Option<Self> {
        let flag = arg.strip_prefix("--")?;
        let flag = flag.strip_prefix("no-").unwrap_or(flag);
        let (flag, _) = flag.split_once('=').unwrap_or((flag, ""));
        let rest = flag.strip_prefix("collector.")?;
        let (collector, option) = match rest.split_once('.') {
            None => (rest, None),
            Some((collector, option)) => (collector, Some(option)),
        };
        let is_option = |option: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            !option.is_empty() && option.chars().all(fits)
        };
        let fits = check_name(collector).is_ok() && option.is_none_or(is_option);
        fits.then(|| Self {
            collector: collector.to_owned(),
            option: option.map(str::to_owned),
        })
    }
}

/// The flags of this form that match no collector of `descriptors` and whose collector a module may
/// provide.
pub(super) fn find(
    args: &[OsString],
    descriptors: &[Descriptor],
    coming: &PossibleModules,
) -> Vec<Unclaimed> {
    let is_there = |name: &str| descriptors.iter().any(|descriptor| descriptor.name == name);
    let irregular = irregular::of(descriptors);
    let is_odd = |flag: &str| irregular.iter().any(|irregular| irregular.flag == flag);
    let flags = args.iter().take_while(|arg| *arg != "--");
    let mut found: Vec<Unclaimed> = flags
        .filter_map(|arg| Unclaimed::of(arg.to_str()?))
        .filter(|flag| !is_there(&flag.collector) && !is_odd(&flag.flag()))
        .filter(|flag| coming.may_bring(&flag.collector))
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The arguments that accept the flag.
pub(super) fn args(unclaimed: &Unclaimed) -> Vec<Arg> {
    let flag = unclaimed.flag();
    if unclaimed.option.is_none() {
        return switch(&flag, String::new())
            .map(|arg| arg.hide(true))
            .into();
    }
    let on = Arg::new(flag.clone())
        .long(flag.clone())
        .num_args(0..=1)
        .action(ArgAction::Append)
        .hide(true);
    let off = Arg::new(format!("no-{flag}"))
        .long(format!("no-{flag}"))
        .action(ArgAction::SetTrue)
        .hide(true);
    vec![on, off]
}

/// Adds these flags from the command line to the overrides.
pub(super) fn add(choices: &mut CliOverrides, matches: &ArgMatches, unclaimed: &[Unclaimed]) {
    let mut flags: BTreeMap<String, Vec<GivenFlag>> = BTreeMap::new();
    for one in unclaimed {
        let of_collector = flags.entry(one.collector.clone()).or_default();
        let flag = one.flag();
        let given = |is_negated, values| GivenFlag {
            option: one.option.clone(),
            is_negated,
            values,
        };
        if one.option.is_none() {
            let enabled = position(matches, &flag);
            let choice = choices.collectors.entry(one.collector.clone()).or_default();
            choice.enabled = enabled;
            of_collector.push(given(enabled == Some(false), vec![None]));
            continue;
        }
        if let Some(times) = matches.get_occurrences::<String>(&flag) {
            let values = times.map(|mut values| values.next().cloned()).collect();
            of_collector.push(given(false, values));
        }
        if is_given(matches, &format!("no-{flag}")) {
            of_collector.push(given(true, vec![None]));
        }
    }
    choices.unclaimed = flags;
}

/// Whether the value of such a flag is the name of a command. Then only the module can tell whether the
/// word is a value or the command.
pub(super) fn has_taken_a_command(choices: &CliOverrides) -> bool {
    let flags = choices.unclaimed.values().flatten();
    let mut values = flags.flat_map(|flag| flag.values.iter().flatten());
    values.any(|value| commands::is_command(value))
}
