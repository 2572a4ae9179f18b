//! The flags that come out of the descriptors: one that switches each collector, and one for each
//! of its options.

use std::collections::HashSet;

use clap::{Arg, ArgAction, ArgMatches};

use super::args::{is_given, position, switch};
use super::odd::{self, OddFlag, regular};
use super::{UsageError, value};
use crate::descriptor::{Descriptor, OptionDescriptor, OptionKind};
use crate::settings::{Choice, Choices};

/// Longest word in a help text; longer ones, regular expressions mostly, go on in the next line.
const MAX_WORD: usize = 80;

/// `--collector.<name>` and `--no-collector.<name>`.
pub(super) fn toggles(descriptors: &[Descriptor]) -> impl Iterator<Item = Arg> {
    descriptors.iter().flat_map(|descriptor| {
        let Descriptor { name, about, .. } = descriptor;
        let default = match descriptor.enabled_by_default {
            true => "enabled",
            false => "disabled",
        };
        let help = format!("Enable the {name} collector (default: {default}). {about}");
        switch(&toggle(name), fold(help.trim_end()))
    })
}

/// `--collector.<name>.<option>` of all collectors, and the few that are called otherwise.
pub(super) fn options(descriptors: &[Descriptor]) -> impl Iterator<Item = Arg> {
    let odd = odd::of(descriptors);
    descriptors.iter().flat_map(move |descriptor| {
        let name = &descriptor.name;
        let args = |option| option_args(name, option, odd::find(&odd, name, option));
        let args: Vec<Arg> = descriptor.options.iter().flat_map(args).collect();
        args
    })
}

fn toggle(collector: &str) -> String {
    format!("collector.{collector}")
}

fn option_args(collector: &str, option: &OptionDescriptor, odd: Option<&OddFlag>) -> Vec<Arg> {
    let flag = regular(collector, option);
    let help = help(odd.map_or(&flag, |odd| odd.flag), option);
    let valued = || Arg::new(flag.clone()).long(flag.clone()).help(help.clone());
    let args = match option.kind {
        OptionKind::Flag => switch(&flag, help).into(),
        OptionKind::Text => vec![valued().value_name("TEXT")],
        OptionKind::Number => vec![valued().value_name("NUMBER").value_parser(value::number)],
        OptionKind::RepeatedText => vec![valued().value_name("TEXT").action(ArgAction::Append)],
    };
    args.into_iter()
        .map(|arg| if option.hidden { arg.hide(true) } else { arg })
        .map(|arg| match odd {
            Some(odd) => called(arg, odd),
            None => arg,
        })
        .collect()
}

/// The flag, or its twin that switches it off, under its odd name. The regular one still works.
fn called(arg: Arg, odd: &OddFlag) -> Arg {
    let regular = arg.get_id().to_string();
    let twin = if regular.starts_with("no-") {
        "no-"
    } else {
        ""
    };
    arg.long(format!("{twin}{}", odd.flag)).alias(regular)
}

fn help(flag: &str, option: &OptionDescriptor) -> String {
    let default = option.default.join(", ");
    let default = match (option.kind, default.as_str()) {
        (_, "") => String::new(),
        (OptionKind::Flag, "true") => format!(" [default: on; --no-{flag} switches it off]"),
        (OptionKind::Flag, _) => " [default: off]".to_owned(),
        (_, default) => format!(" [default: {default}]"),
    };
    fold(&format!("{}{default}", option.help))
}

/// Breaks words that are longer than a line, behind a `|` where there is one.
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

/// What the command line says of each collector.
///
/// # Errors
/// A collector that is chosen by `--collector NAME` and does not exist, or is switched off as well.
pub(super) fn choices(
    matches: &ArgMatches,
    descriptors: &[Descriptor],
    only: Option<HashSet<String>>,
) -> Result<Choices, UsageError> {
    for name in only.iter().flatten() {
        check_choice(matches, descriptors, name)?;
    }
    let collectors = descriptors.iter().map(|descriptor| {
        let name = &descriptor.name;
        let options = descriptor.options.iter();
        let choice = Choice {
            enabled: position(matches, &toggle(name)),
            options: options
                .filter_map(|option| Some((option.name.clone(), given(matches, name, option)?)))
                .collect(),
        };
        (name.clone(), choice)
    });
    Ok(Choices {
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
            Some(false) => Err(UsageError::ChosenAndOff(name.to_owned())),
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

/// The values of an option that stands on the command line.
fn given(matches: &ArgMatches, collector: &str, option: &OptionDescriptor) -> Option<Vec<String>> {
    let flag = regular(collector, option);
    if option.kind == OptionKind::Flag {
        return position(matches, &flag).map(|on| vec![on.to_string()]);
    }
    let values = matches.get_many::<String>(&flag).into_iter().flatten();
    is_given(matches, &flag).then(|| values.cloned().collect())
}
