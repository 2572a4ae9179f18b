//! Flags derived from descriptors: one switch for each collector, and one flag for each of its options.

use std::collections::HashSet;

use clap::{Arg, ArgAction, ArgMatches};

use super::UsageError;
use super::args::{is_given, position, switch};
use super::irregular::{self, IrregularFlag, regular};
use crate::settings::{CliOverrides, CollectorOverrides};
use crate::values;
use firepit_sandbox::descriptor::{Descriptor, OptionDescriptor, OptionKind};

/// Maximum length of a word in a help text. Longer ones, mostly regular expressions, are broken.
const MAX_WORD: usize = 80;

/// `--collector.<name>` and `--no-collector.<name>`.
pub(super) fn toggles(descriptors: &[Descriptor]) -> impl Iterator<Item = Arg> {
    descriptors.iter().flat_map(|descriptor| {
        let Descriptor { name, about, .. } = descriptor;
        let default = if descriptor.enabled_by_default {
            "enabled"
        } else {
            "disabled"
        };
        let help = format!("Enable the {name} collector (default: {default}). {about}");
        switch(&toggle(name), fold(help.trim_end()))
    })
}

/// `--collector.<name>.<option>` of all collectors, and the few with irregular names.
pub(super) fn options(descriptors: &[Descriptor]) -> impl Iterator<Item = Arg> {
    let irregular = irregular::of(descriptors);
    descriptors.iter().flat_map(move |descriptor| {
        let name = &descriptor.name;
        let args = |option| option_args(name, option, irregular::find(&irregular, name, option));
        let args: Vec<Arg> = descriptor.options.iter().flat_map(args).collect();
        args
    })
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
    let help = help(irregular.map_or(&flag, |irregular| irregular.flag), option);
    let valued = || Arg::new(flag.clone()).long(flag.clone()).help(help.clone());
    let args = match option.kind {
        OptionKind::Flag => switch(&flag, help).into(),
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

fn help(flag: &str, option: &OptionDescriptor) -> String {
    let default = option.default.join(", ");
    let default = match (option.kind, default.as_str()) {
        (_, "") => String::new(),
        (OptionKind::Flag, "true") => format!(" [default: on; --no-{flag} disables it]"),
        (OptionKind::Flag, _) => " [default: off]".to_owned(),
        (_, default) => format!(" [default: {default}]"),
    };
    fold(&format!("{}{default}", option.help))
}

/// Breaks words that are longer than a line, after a `|` if there is one.
fn fold(text: &str) -> String {
    let words: Vec<String> = text.split(' ').map(fold_word).collect();
    words.join(" ")
}

fn fold_word(word: &str) -> String {
    let mut lines = String::new();
    let mut rest = word;
    while let Some((end, _)) = rest.char_indices().nth(MAX_WORD) {
        let bar = rest.get(..end).and_then(|line| line.rfind('|'));
        let (line, tail) = rest.split_at(bar.map_or(end, |bar| bar + 1));
        lines.push_str(line);
        lines.push('\n');
        rest = tail;
    }
    lines + rest
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
