//! The commands (the words on the command line that are not flags) and the command-specific flags.
//!
//! Commands are plain words rather than clap's subcommands, so every flag can come before and after them,
//! and a flag that is given twice is noticed.

use std::collections::HashSet;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, value_parser};

use super::UsageError;
use super::args::is_given;
use firepit_scaffold::{Language, Request};

use super::config::{ApproveArgs, Command, RunArgs};
use crate::values;

/// A command by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CommandName {
    Scrape,
    Inspect,
    Approve,
    CheckConfig,
    Run,
    New,
}

const COMMANDS: [(&str, CommandName); 6] = [
    ("scrape", CommandName::Scrape),
    ("inspect", CommandName::Inspect),
    ("approve", CommandName::Approve),
    ("check-config", CommandName::CheckConfig),
    ("run", CommandName::Run),
    ("new", CommandName::New),
];

/// The command-specific flags, each with the commands that it belongs to, the main one first.
const COMMAND_FLAGS: [(&str, &[CommandName]); 9] = [
    ("collector", &[CommandName::Scrape]),
    ("grant", &[CommandName::Run, CommandName::Approve]),
    ("option", &[CommandName::Run, CommandName::Approve]),
    ("repeat", &[CommandName::Run, CommandName::Approve]),
    ("record", &[CommandName::Run]),
    ("replay", &[CommandName::Run, CommandName::Approve]),
    ("language", &[CommandName::New]),
    ("used", &[CommandName::Approve]),
    ("write", &[CommandName::Approve]),
];

impl CommandName {
    pub(super) fn name(self) -> &'static str {
        COMMANDS
            .iter()
            .find(|(_, word)| *word == self)
            .map_or("", |(name, _)| name)
    }

    /// Usage line of the command.
    pub(super) fn usage(self) -> &'static str {
        match self {
            Self::Scrape => "firepit scrape",
            Self::Inspect => "firepit inspect MODULE.wasm [NEW.wasm]",
            Self::Approve => "firepit approve MODULE.wasm",
            Self::CheckConfig => "firepit check-config --config.file=FILE",
            Self::Run => "firepit run MODULE.wasm",
            Self::New => "firepit new NAME [DIRECTORY]",
        }
    }

    /// Minimum and maximum number of operands.
    fn operands(self) -> (usize, usize) {
        match self {
            Self::Scrape | Self::CheckConfig => (0, 0),
            Self::Inspect | Self::New => (1, 2),
            Self::Approve | Self::Run => (1, 1),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error(
    "no such command; the commands are scrape, inspect, approve, check-config, run and new; \
     without a command firepit serves metrics"
)]
struct NoSuchCommand;

fn word(text: &str) -> Result<CommandName, NoSuchCommand> {
    COMMANDS
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, word)| *word)
        .ok_or(NoSuchCommand)
}

/// Whether a word is the name of a command.
pub(super) fn is_command(text: &str) -> bool {
    word(text).is_ok()
}

/// The command and its operands.
pub(super) fn words() -> [Arg; 2] {
    [
        Arg::new("command")
            .value_name("COMMAND")
            .value_parser(word)
            .hide(true),
        Arg::new("operands")
            .value_name("WORD")
            .num_args(1..)
            .value_parser(value_parser!(PathBuf))
            .hide(true),
    ]
}

/// The command-specific flags.
pub(super) fn flags() -> Vec<Arg> {
    let path = |name: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name("DIRECTORY")
            .value_parser(value_parser!(PathBuf))
    };
    vec![
        Arg::new("collector")
            .long("collector")
            .value_name("NAME")
            .action(ArgAction::Append)
            .help("scrape: Run this collector only, enabled or not. Repeatable."),
        Arg::new("grant")
            .long("grant")
            .value_name("GRANT")
            .action(ArgAction::Append)
            .help(
                "run, approve --used: Grant the paths of this pattern and no others, such as `/sys/block/*/size`, \
                 or an additional interface, such as `uname`. Repeatable.",
            ),
        Arg::new("option")
            .long("option")
            .value_name("NAME=VALUE")
            .action(ArgAction::Append)
            .value_parser(values::pair)
            .help("run, approve --used: Set an option of the collector. Repeatable."),
        Arg::new("repeat")
            .long("repeat")
            .value_name("NUMBER")
            .default_value("1")
            .value_parser(values::count)
            .help("run, approve --used: Collect this many times."),
        path("record").help("run: Write every file that the collector reads below this directory."),
        path("replay").help("run, approve --used: Read the files that --record wrote instead of this host's."),
        Arg::new("used")
            .long("used")
            .action(ArgAction::SetTrue)
            .help("approve: Run the module once and grant only what it used."),
        Arg::new("write")
            .long("write")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help(
                "approve: Put the entry into this config file and leave the rest of it \
                 unchanged.",
            ),
        Arg::new("language")
            .long("language")
            .value_name("LANGUAGE")
            .default_value("rust")
            .value_parser(values::language)
            .help("new: Language of the new collector. One of: [rust, python, c]"),
    ]
}

/// The command with its operands and flags.
pub(super) fn command(matches: &ArgMatches) -> Result<Command, UsageError> {
    let word = matches.get_one::<CommandName>("command").copied();
    check_flags(matches, word)?;
    let operands: Vec<PathBuf> = matches
        .get_many("operands")
        .map(|operands| operands.cloned().collect())
        .unwrap_or_default();
    let Some(word) = word else {
        return Ok(Command::Serve);
    };
    let (fewest, most) = word.operands();
    if operands.len() < fewest {
        return Err(UsageError::TooFewArguments(word.name(), word.usage()));
    }
    if let Some(extra) = operands.get(most) {
        let extra = extra.display().to_string();
        return Err(UsageError::TooManyArguments(extra, word.usage()));
    }
    let mut operands = operands.into_iter();
    let first = operands.next().unwrap_or_default();
    let second = operands.next();
    Ok(match word {
        CommandName::Scrape => Command::Scrape,
        CommandName::Inspect => Command::Inspect {
            module: first,
            new: second,
        },
        CommandName::Approve => Command::Approve(approve(matches, first)?),
        CommandName::CheckConfig => Command::CheckConfig,
        CommandName::Run => Command::Run(run(matches, first)?),
        CommandName::New => Command::New(Request {
            name: first.display().to_string(),
            directory: second,
            language: super::resolve::value::<Language>(matches, "language")?,
        }),
    })
}

/// Checks that each command-specific flag belongs to the command.
fn check_flags(matches: &ArgMatches, word: Option<CommandName>) -> Result<(), UsageError> {
    for (flag, owners) in COMMAND_FLAGS
        .iter()
        .filter(|(flag, _)| is_given(matches, flag))
    {
        if word.is_none_or(|word| !owners.contains(&word)) {
            return Err(match owners.first() {
                None | Some(CommandName::Scrape) => UsageError::SelectionOfOtherCommand,
                Some(owner) => UsageError::FlagOfOtherCommand(flag, owner.usage()),
            });
        }
        let of_run = owners.contains(&CommandName::Run);
        if of_run && word == Some(CommandName::Approve) && !matches.get_flag("used") {
            return Err(UsageError::NeedsUsed(flag));
        }
    }
    Ok(())
}

fn approve(matches: &ArgMatches, module: PathBuf) -> Result<ApproveArgs, UsageError> {
    let used = matches.get_flag("used");
    Ok(ApproveArgs {
        used: used.then(|| run(matches, module.clone())).transpose()?,
        write: matches.get_one("write").cloned(),
        module,
    })
}

fn run(matches: &ArgMatches, module: PathBuf) -> Result<RunArgs, UsageError> {
    Ok(RunArgs {
        module,
        grants: all(matches, "grant"),
        options: all(matches, "option"),
        repeat: super::resolve::value(matches, "repeat")?,
        record: matches.get_one("record").cloned(),
        replay: matches.get_one("replay").cloned(),
    })
}

/// The collectors named by `--collector NAME`, if it was given.
pub(super) fn choice(matches: &ArgMatches) -> Option<HashSet<String>> {
    let names = matches.get_many::<String>("collector")?;
    Some(names.cloned().collect())
}

fn all<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, flag: &str) -> Vec<T> {
    let values = matches.get_many::<T>(flag).into_iter().flatten();
    values.cloned().collect()
}
