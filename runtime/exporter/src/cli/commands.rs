//! The commands (the words on the command line that are not flags) and the command-specific flags.
//!
//! Commands are plain words rather than clap's subcommands, so every flag can come before and after them,
//! and a flag that is given twice is noticed.

mod flags;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, ValueHint, value_parser};

use super::UsageError;
use super::args::is_given;
use super::completion::Shell;
use super::config::{ApproveArgs, Command, DeployTarget, DiffArgs, RunArgs};
use super::manual;
use crate::client::Target;
use crate::comparison::{Rules, Source};
use firepit_sandbox::descriptor::Descriptor;
use firepit_scaffold::{Language, Request};

/// The path that `firepit health` asks for.
const HEALTHY: &str = "/-/healthy";

pub(super) use flags::flags;

/// A command by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CommandName {
    Scrape,
    Inspect,
    Approve,
    CheckConfig,
    Run,
    New,
    Deploy,
    Completion,
    Man,
    Migrate,
    Health,
    Diff,
}

const COMMANDS: [(&str, CommandName); 12] = [
    ("scrape", CommandName::Scrape),
    ("inspect", CommandName::Inspect),
    ("approve", CommandName::Approve),
    ("check-config", CommandName::CheckConfig),
    ("run", CommandName::Run),
    ("new", CommandName::New),
    ("health", CommandName::Health),
    ("diff", CommandName::Diff),
    ("deploy", CommandName::Deploy),
    ("completion", CommandName::Completion),
    ("man", CommandName::Man),
    ("migrate", CommandName::Migrate),
];

/// The command-specific flags, each with the commands that it belongs to, the main one first.
const COMMAND_FLAGS: [(&str, &[CommandName]); 14] = [
    ("collector", &[CommandName::Scrape]),
    ("grant", &[CommandName::Run, CommandName::Approve]),
    ("option", &[CommandName::Run, CommandName::Approve]),
    ("repeat", &[CommandName::Run, CommandName::Approve]),
    ("record", &[CommandName::Run]),
    ("replay", &[CommandName::Run, CommandName::Approve]),
    ("language", &[CommandName::New]),
    ("used", &[CommandName::Approve]),
    ("write", &[CommandName::Approve]),
    ("timeout", &[CommandName::Health, CommandName::Diff]),
    ("tolerance", &[CommandName::Diff]),
    ("ignore", &[CommandName::Diff]),
    ("lines", &[CommandName::Diff]),
    ("quiet", &[CommandName::CheckConfig]),
];

impl CommandName {
    pub(super) fn name(self) -> &'static str {
        COMMANDS
            .iter()
            .find(|(_, word)| *word == self)
            .map_or("", |(name, _)| name)
    }

    /// The command of this name.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut commands = COMMANDS.iter();
        commands.find(|(name, _)| *name == text).map(|it| it.1)
    }

    /// All commands.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        COMMANDS.iter().map(|(_, word)| *word)
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
            Self::Deploy => "firepit deploy TARGET [FLAGS]",
            Self::Completion => "firepit completion SHELL",
            Self::Man => "firepit man",
            Self::Migrate => "firepit migrate OLD-FLAGS...",
            Self::Health => "firepit health [URL]",
            Self::Diff => "firepit diff OLD NEW",
        }
    }

    /// What the command does, for its line in the texts.
    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Scrape => "print one metrics response to stdout",
            Self::Inspect => "print what a module asks for, or how two versions differ",
            Self::Approve => "print the config entry that lets a module run",
            Self::CheckConfig => "validate flags, config and modules, then exit",
            Self::Run => "run one module by hand, and print what it did",
            Self::New => "write the project of a new collector",
            Self::Deploy => "print a unit (systemd) or a manifest (kubernetes)",
            Self::Completion => "print completions for bash, zsh or fish",
            Self::Man => "print the manual page, for man -l -",
            Self::Migrate => "print an old command line in its form of today",
            Self::Health => "exit with 0 if a server answers, for health checks",
            Self::Diff => "compare two metrics responses: files or URLs",
        }
    }

    /// Whether the overview shows it. Of the others it shows the names.
    pub(super) fn is_common(self) -> bool {
        !matches!(
            self,
            Self::New | Self::Deploy | Self::Completion | Self::Man | Self::Migrate
        )
    }

    /// Whether it needs no collectors, so that it can be run before they are loaded.
    pub(super) fn is_independent(self) -> bool {
        matches!(self, Self::Health | Self::Diff)
    }

    /// The command-specific flags that belong to it.
    pub(super) fn flags(self) -> impl Iterator<Item = &'static str> {
        let of_it = COMMAND_FLAGS
            .iter()
            .filter(move |(_, owners)| owners.contains(&self));
        of_it.map(|(flag, _)| *flag)
    }

    /// Minimum and maximum number of operands.
    fn operands(self) -> (usize, usize) {
        match self {
            Self::Scrape | Self::CheckConfig | Self::Man => (0, 0),
            Self::Migrate => (0, usize::MAX),
            Self::Inspect | Self::New => (1, 2),
            Self::Approve | Self::Run | Self::Deploy | Self::Completion => (1, 1),
            Self::Health => (0, 1),
            Self::Diff => (2, 2),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum NoSuchCommand {
    #[error("the empty argument \"\" is neither a flag nor a command; leave it out")]
    Empty,
    #[error(
        "no such command; the commands are {}; without a command firepit serves metrics",
        names()
    )]
    Unknown,
}

fn names() -> String {
    let names: Vec<&str> = COMMANDS.iter().map(|(name, _)| *name).collect();
    match names.split_last() {
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

fn word(text: &str) -> Result<CommandName, NoSuchCommand> {
    CommandName::of(text).ok_or(match text {
        "" => NoSuchCommand::Empty,
        _ => NoSuchCommand::Unknown,
    })
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
            .value_hint(ValueHint::AnyPath)
            .value_parser(value_parser!(PathBuf))
            .hide(true),
    ]
}

/// The command with its operands and flags.
pub(super) fn command(
    matches: &ArgMatches,
    descriptors: &[Descriptor],
) -> Result<Command, UsageError> {
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
        CommandName::CheckConfig => Command::CheckConfig {
            is_quiet: matches.get_flag("quiet"),
        },
        CommandName::Run => Command::Run(run(matches, first)?),
        CommandName::New => Command::New(Request {
            name: first.display().to_string(),
            directory: second,
            language: super::resolve::value::<Language>(matches, "language")?,
        }),
        CommandName::Deploy => Command::Deploy(deploy_target(&first)?),
        CommandName::Completion => Command::Print(Shell::of(&first)?.script(descriptors)),
        CommandName::Man => Command::Print(manual::page(descriptors)),
        CommandName::Migrate => return Err(UsageError::MigrateNotFirst),
        CommandName::Health => Command::Health {
            target: health(matches, matches.contains_id("operands").then_some(&first))?,
            timeout: super::resolve::value(matches, "timeout")?,
        },
        CommandName::Diff => Command::Diff(diff(matches, &first, &second.unwrap_or_default())?),
    })
}

fn deploy_target(word: &Path) -> Result<DeployTarget, UsageError> {
    let mut targets = DeployTarget::ALL.into_iter();
    let target = targets.find(|target| Path::new(target.name()) == word);
    target.ok_or_else(|| UsageError::NoSuchTarget(word.display().to_string()))
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

/// The server to ask: that of the operand, or the one that these flags start.
fn health(matches: &ArgMatches, operand: Option<&PathBuf>) -> Result<Target, UsageError> {
    if let Some(operand) = operand {
        let text = operand.to_string_lossy();
        return Target::parse(&text, HEALTHY)
            .map_err(|error| UsageError::Target(text.into_owned(), error));
    }
    let listeners = super::resolve::listen(matches);
    let mut targets = (listeners.iter()).filter_map(|it| Target::of_listener(it, HEALTHY));
    targets.next().ok_or(UsageError::NoTarget)
}

fn diff(matches: &ArgMatches, old: &Path, new: &Path) -> Result<DiffArgs, UsageError> {
    let source = |operand: &Path| {
        let text = operand.display().to_string();
        Source::of(operand).map_err(|error| UsageError::Target(text, error))
    };
    let (old, new) = (source(old)?, source(new)?);
    if old == Source::Stdin && new == Source::Stdin {
        return Err(UsageError::StdinTwice);
    }
    Ok(DiffArgs {
        old,
        new,
        rules: Rules {
            tolerance: super::resolve::value(matches, "tolerance")?,
            ignored: all(matches, "ignore"),
            lines: super::resolve::value(matches, "lines")?,
            timeout: super::resolve::value(matches, "timeout")?,
        },
    })
}

/// The collectors named by `--collector NAME`, if it was given.
pub(super) fn only(matches: &ArgMatches) -> Option<HashSet<String>> {
    let names = matches.get_many::<String>("collector")?;
    Some(names.cloned().collect())
}

fn all<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, flag: &str) -> Vec<T> {
    let values = matches.get_many::<T>(flag).into_iter().flatten();
    values.cloned().collect()
}
