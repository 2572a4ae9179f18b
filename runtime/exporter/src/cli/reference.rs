//! The definitions of all flags as data, for everything that prints them: `--help`, and the pages in
//! `docs/`. The manual page and the completions take the same definitions from clap.

use clap::{Arg, Command};

use super::commands::CommandName;
use super::flags;
use firepit_sandbox::descriptor::Descriptor;

/// The flags below one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagGroup {
    /// The heading: one word, or `Collector NAME`.
    pub title: String,
    /// Its flags, in the order of their definition. Negated forms are left out.
    pub flags: Vec<Flag>,
}

/// One flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Its name without dashes.
    pub name: String,
    /// Its form with one dash and one letter.
    pub short: Option<char>,
    /// The word for its value; `None` for a switch.
    pub value: Option<String>,
    /// Its default values: at most one, unless it is repeatable.
    pub default: Vec<String>,
    /// The words that it accepts; empty if it accepts more than a few words.
    pub choices: Vec<String>,
    /// Whether it has a negated form, `--no-NAME`.
    pub is_negatable: bool,
    /// Whether it may be given several times.
    pub is_repeatable: bool,
    /// The full description.
    pub description: String,
    /// Whether the overview has it, if the overview has its group.
    pub is_common: bool,
}

/// All flags with these collectors, without hidden ones.
#[must_use]
pub fn reference(collectors: &[Descriptor]) -> Vec<FlagGroup> {
    of(&flags::command(collectors, &[]))
}

/// The usage line of each command, and what it does.
#[must_use]
pub fn commands() -> Vec<(&'static str, &'static str)> {
    let all = CommandName::all();
    all.map(|command| (command.usage(), command.about()))
        .collect()
}

fn of(command: &Command) -> Vec<FlagGroup> {
    let mut groups: Vec<FlagGroup> = Vec::new();
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        let Some(flag) = Flag::of(arg, command) else {
            continue;
        };
        let title = arg.get_help_heading().unwrap_or("Other");
        match groups.iter_mut().find(|group| group.title == title) {
            Some(group) => group.flags.push(flag),
            None => groups.push(FlagGroup {
                title: title.to_owned(),
                flags: vec![flag],
            }),
        }
    }
    groups
}

impl FlagGroup {
    /// The word after `--help` that shows it.
    #[must_use]
    pub fn topic(&self) -> String {
        match self.collector() {
            Some(collector) => collector.to_owned(),
            None => self.title.to_ascii_lowercase(),
        }
    }

    /// The collector that the flags belong to.
    #[must_use]
    pub fn collector(&self) -> Option<&str> {
        self.title.strip_prefix("Collector ")
    }
}

impl Flag {
    fn of(arg: &Arg, command: &Command) -> Option<Self> {
        let name = arg.get_long()?;
        let negated = format!("no-{name}");
        let mut all = command.get_arguments();
        let takes_value = arg.get_action().takes_values();
        let value = arg.get_value_names().and_then(|names| names.first());
        let choices = arg.get_possible_values();
        let choices = choices.iter().map(|choice| choice.get_name().to_owned());
        let defaults = arg.get_default_values().iter();
        let defaults = defaults.map(|value| value.to_string_lossy().into_owned());
        let description = arg.get_long_help().or_else(|| arg.get_help());
        Some(Self {
            name: name.to_owned(),
            short: arg.get_short(),
            value: takes_value
                .then(|| value.map_or_else(|| "VALUE".to_owned(), ToString::to_string)),
            default: if takes_value {
                defaults.collect()
            } else {
                Vec::new()
            },
            choices: if takes_value {
                choices.collect()
            } else {
                Vec::new()
            },
            is_negatable: all.any(|other| other.get_long() == Some(negated.as_str())),
            is_repeatable: matches!(arg.get_action(), clap::ArgAction::Append),
            description: description.map(ToString::to_string).unwrap_or_default(),
            is_common: !arg.is_hide_short_help_set(),
        })
    }

    /// The first sentence of the description.
    #[must_use]
    pub fn summary(&self) -> &str {
        let text = self.description.as_str();
        text.split_once(". ")
            .and_then(|(first, _)| text.get(..=first.len()))
            .unwrap_or(text)
    }
}
