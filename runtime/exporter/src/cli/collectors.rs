//! Flags derived from descriptors: one switch for each collector, and one flag for each of its options.

use std::collections::HashSet;

use clap::{Arg, ArgAction, ArgMatches};

use super::UsageError;
use super::args::{is_given, position, switch};
use super::irregular::{self, IrregularFlag, regular};
use crate::settings::{CliOverrides, CollectorOverrides};
use crate::values;
use firepit_sandbox::descriptor::{Descriptor, OptionDescriptor, OptionKind};

/// The flags of all collectors: `--collector.NAME`, `--no-collector.NAME`, and one for each option.
/// Each collector has a heading of its own.
pub(super) fn args(descriptors: &[Descriptor]) -> Vec<Arg> {
    let irregular = irregular::of(descriptors);
    let of_collector = |descriptor: &Descriptor| {
        let name = &descriptor.name;
        let options = descriptor.options.iter();
        let options = options.flat_map(|option| {
            option_args(name, option, irregular::find(&irregular, name, option))
        });
        let heading = heading(name);
        let args = toggles(descriptor).into_iter().chain(options);
        let args: Vec<Arg> = args.map(|arg| arg.help_heading(heading.clone())).collect();
        args
    };
    descriptors.iter().flat_map(of_collector).collect()
}

/// The heading of a collector's flags.
pub(super) fn heading(collector: &str) -> String {
    format!("Collector {collector}")
}

fn toggles(descriptor: &Descriptor) -> [Arg; 2] {
    let Descriptor { name, about, .. } = descriptor;
    let default = if descriptor.enabled_by_default {
        "enabled"
    } else {
        "disabled"
    };
    let help = format!("Enable the {name} collector (default: {default}). {about}");
    switch(&toggle(name), help.trim_end())
}

fn toggle(collector: &str) -> String {
    format!("collector.{collector}")
}

fn option_args(
    collector: &str,
    option: &OptionDescriptor,
    irregular: Option<&IrregularFlag>,
) -> Vec<Arg> {
    let flag = regular(collector, option);
    let shown = irregular.map_or(flag.as_str(), |irregular| irregular.flag);
    let valued = || {
        let arg = Arg::new(flag.clone()).long(flag.clone());
        arg.help(option.help.clone())
            .default_values(defaults(option))
    };
    let args = match option.kind {
        OptionKind::Flag => switch(&flag, switch_help(shown, option)).into(),
        OptionKind::Text => vec![valued().value_name("TEXT")],
        OptionKind::Number => vec![valued().value_name("NUMBER").value_parser(values::number)],
        OptionKind::RepeatedText => vec![valued().value_name("TEXT").action(ArgAction::Append)],
    };
    args.into_iter()
        .map(|arg| if option.hidden { arg.hide(true) } else { arg })
        .map(|arg| match irregular {
            Some(irregular) => renamed(arg, irregular),
            None => arg,
        })
        .collect()
}

/// The default values that the texts show. An empty one says nothing. A number that the flag does
/// not accept, such as `inf`, would be an error of every command line.
fn defaults(option: &OptionDescriptor) -> Vec<String> {
    let shown = |value: &&String| {
        let fits = option.kind != OptionKind::Number || values::number(value).is_ok();
        fits && !value.is_empty()
    };
    option.default.iter().filter(shown).cloned().collect()
}

/// Renames the flag or its negated form to its irregular name. The regular name still works.
fn renamed(arg: Arg, irregular: &IrregularFlag) -> Arg {
    let regular = arg.get_id().to_string();
    let negated = if regular.starts_with("no-") {
        "no-"
    } else {
        ""
    };
    arg.long(format!("{negated}{}", irregular.flag))
        .alias(regular)
}

fn switch_help(flag: &str, option: &OptionDescriptor) -> String {
    let is_on = option.default.first().is_some_and(|value| value == "true");
    if is_on {
        format!("{} (on by default; --no-{flag} disables it)", option.help)
    } else {
        option.help.clone()
    }
}

/// The overrides that the command line sets for each collector.
///
/// # Errors
/// If `--collector NAME` names a collector that does not exist or is disabled as well.
pub(super) fn choices(
    matches: &ArgMatches,
    descriptors: &[Descriptor],
    only: Option<HashSet<String>>,
) -> Result<CliOverrides, UsageError> {
    for name in only.iter().flatten() {
        check_choice(matches, descriptors, name)?;
    }
    let collectors = descriptors.iter().map(|descriptor| {
        let name = &descriptor.name;
        let options = descriptor.options.iter();
        let choice = CollectorOverrides {
            enabled: position(matches, &toggle(name)),
            options: options
                .filter_map(|option| Some((option.name.clone(), given(matches, name, option)?)))
                .collect(),
        };
        (name.clone(), choice)
    });
    Ok(CliOverrides {
        only,
        disable_defaults: position(matches, "collector.disable-defaults") == Some(true),
        collectors: collectors.collect(),
        unclaimed: Default::default(),
        environment: Default::default(),
    })
}

fn check_choice(
    matches: &ArgMatches,
    descriptors: &[Descriptor],
    name: &str,
) -> Result<(), UsageError> {
    if descriptors.iter().any(|descriptor| descriptor.name == name) {
        return match position(matches, &toggle(name)) {
            Some(false) => Err(UsageError::SelectedAndDisabled(name.to_owned())),
            _ => Ok(()),
        };
    }
    let names: Vec<_> = descriptors
        .iter()
        .map(|descriptor| descriptor.name.as_str())
        .collect();
    Err(UsageError::NoSuchCollector {
        name: name.to_owned(),
        known: names.join(", "),
    })
}

/// The values of an option on the command line.
fn given(matches: &ArgMatches, collector: &str, option: &OptionDescriptor) -> Option<Vec<String>> {
    let flag = regular(collector, option);
    if option.kind == OptionKind::Flag {
        return position(matches, &flag).map(|on| vec![on.to_string()]);
    }
    let values = matches.get_many::<String>(&flag).into_iter().flatten();
    is_given(matches, &flag).then(|| values.cloned().collect())
}
