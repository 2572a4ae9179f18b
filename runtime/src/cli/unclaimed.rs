//! Flags of collectors that a module may bring later: `--collector.NAME`, `--no-collector.NAME`,
//! `--collector.NAME.OPTION` and its twin, taken by their form.
//!
//! Such a flag may have a value behind a `=`, or, since nobody knows yet whether it takes one, in the
//! next word if that begins with no dash.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches};

use super::args::{is_given, position, switch};
use super::{odd, words};
use crate::descriptor::{Descriptor, check_name};
use crate::settings::{Choices, GivenFlag};

/// Which collectors modules may bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coming {
    /// Any: there is a directory of modules.
    Any,
    /// Those that the configuration file has a module for.
    Named(HashSet<String>),
}

impl Coming {
    fn may_bring(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Named(names) => names.contains(name),
        }
    }
}

/// A flag by its parts.
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

    /// The parts of an argument that has the form.
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

/// The flags of the form of which no collector of `descriptors` is meant, and of which a module may
/// bring the collector.
pub(super) fn find(
    args: &[OsString],
    descriptors: &[Descriptor],
    coming: &Coming,
) -> Vec<Unclaimed> {
    let is_there = |name: &str| descriptors.iter().any(|descriptor| descriptor.name == name);
    let odd = odd::of(descriptors);
    let is_odd = |flag: &str| odd.iter().any(|odd| odd.flag == flag);
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

/// Adds what the command line says of them.
pub(super) fn add(choices: &mut Choices, matches: &ArgMatches, unclaimed: &[Unclaimed]) {
    let mut flags: BTreeMap<String, Vec<GivenFlag>> = BTreeMap::new();
    for one in unclaimed {
        let of_collector = flags.entry(one.collector.clone()).or_default();
        let flag = one.flag();
        let given = |is_off, values| GivenFlag {
            option: one.option.clone(),
            is_off,
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

/// Whether a value of such a flag is the name of a command. Then it depends on the module whether the
/// word is a value or the command.
pub(super) fn has_taken_a_command(choices: &Choices) -> bool {
    let flags = choices.unclaimed.values().flatten();
    let mut values = flags.flat_map(|flag| flag.values.iter().flatten());
    values.any(|value| words::is_command(value))
}
