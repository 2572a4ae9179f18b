//! The commands: the words of the command line that are not flags, and the flags that go with one
//! command only.
//!
//! Commands are plain words and not clap's subcommands: so every flag can stand before and behind
//! them, and one that is given twice is noticed.

use std::collections::HashSet;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, value_parser};

use super::UsageError;
use super::args::is_given;
use super::config::{ApproveArgs, Command, Language, NewArgs, RunArgs};
use super::value;

/// A command by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Scrape,
    Inspect,
    Approve,
    CheckConfig,
    Run,
    New,
}

const WORDS: [(&str, Word); 6] = [
    ("scrape", Word::Scrape),
    ("inspect", Word::Inspect),
    ("approve", Word::Approve),
    ("check-config", Word::CheckConfig),
    ("run", Word::Run),
    ("new", Word::New),
];

/// The flags that go with some commands, the one that they are first thought of with at the head.
const OWN: [(&str, &[Word]); 9] = [
    ("collector", &[Word::Scrape]),
    ("grant", &[Word::Run, Word::Approve]),
    ("option", &[Word::Run, Word::Approve]),
    ("repeat", &[Word::Run, Word::Approve]),
    ("record", &[Word::Run]),
    ("replay", &[Word::Run, Word::Approve]),
    ("language", &[Word::New]),
    ("used", &[Word::Approve]),
    ("write", &[Word::Approve]),
];

impl Word {
    pub(super) fn name(self) -> &'static str {
        (WORDS.iter())
            .find(|(_, word)| *word == self)
            .map_or("", |(name, _)| name)
    }

    /// How the command is written.
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

    /// Fewest and most words behind it.
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
    "no such command; the commands are scrape, inspect, approve, check-config, run and new, and \
     without one firepit serves"
)]
struct NoSuchCommand;

fn word(text: &str) -> Result<Word, NoSuchCommand> {
    (WORDS.iter())
        .find(|(name, _)| *name == text)
        .map(|(_, word)| *word)
        .ok_or(NoSuchCommand)
}

/// Whether a word is the name of a command.
pub(super) fn is_command(text: &str) -> bool {
    word(text).is_ok()
}

/// The command and the words behind it.
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

/// The flags that go with one command.
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
                "run, approve --used: Grant paths of this pattern and no others, such as `/sys/block/*/size`, or one \
                 interface more, such as `uname`. Repeatable.",
            ),
        Arg::new("option")
            .long("option")
            .value_name("NAME=VALUE")
            .action(ArgAction::Append)
            .value_parser(value::pair)
            .help("run, approve --used: Set an option of the collector. Repeatable."),
        Arg::new("repeat")
            .long("repeat")
            .value_name("NUMBER")
            .default_value("1")
            .value_parser(value::count)
            .help("run, approve --used: Collect so many times."),
        path("record").help("run: Write every file that the collector reads below this directory."),
        path("replay").help("run, approve --used: Read what --record wrote instead of this host."),
        Arg::new("used")
            .long("used")
            .action(ArgAction::SetTrue)
            .help("approve: Run the module once, and approve only what it used."),
        Arg::new("write")
            .long("write")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help(
                "approve: Put the entry into this configuration file, and leave the rest of it as \
                 it is.",
            ),
        Arg::new("language")
            .long("language")
            .value_name("LANGUAGE")
            .default_value("rust")
            .value_parser(value::language)
            .help("new: What the collector is written in. One of: [rust, python, c]"),
    ]
}

/// Which command it is, with its words and flags.
pub(super) fn command(matches: &ArgMatches) -> Result<Command, UsageError> {
    let word = matches.get_one::<Word>("command").copied();
    check_flags(matches, word)?;
    let operands: Vec<PathBuf> = (matches.get_many("operands"))
        .map(|operands| operands.cloned().collect())
        .unwrap_or_default();
    let Some(word) = word else {
        return Ok(Command::Serve);
    };
    let (fewest, most) = word.operands();
    if operands.len() < fewest {
        return Err(UsageError::TooFewWords(word.name(), word.usage()));
    }
    if let Some(extra) = operands.get(most) {
        let extra = extra.display().to_string();
        return Err(UsageError::TooManyWords(extra, word.usage()));
    }
    let mut operands = operands.into_iter();
    let first = operands.next().unwrap_or_default();
    let second = operands.next();
    Ok(match word {
        Word::Scrape => Command::Scrape,
        Word::Inspect => Command::Inspect {
            module: first,
            new: second,
        },
        Word::Approve => Command::Approve(approve(matches, first)?),
        Word::CheckConfig => Command::CheckConfig,
        Word::Run => Command::Run(run(matches, first)?),
        Word::New => Command::New(NewArgs {
            name: first.display().to_string(),
            directory: second,
            language: super::resolve::value::<Language>(matches, "language")?,
        }),
    })
}

/// Whether each of the flags goes with the command.
fn check_flags(matches: &ArgMatches, word: Option<Word>) -> Result<(), UsageError> {
    for (flag, owners) in OWN.iter().filter(|(flag, _)| is_given(matches, flag)) {
        if word.is_none_or(|word| !owners.contains(&word)) {
            return Err(match owners.first() {
                None | Some(Word::Scrape) => UsageError::ChoiceElsewhere,
                Some(owner) => UsageError::FlagElsewhere(flag, owner.usage()),
            });
        }
        let of_run = owners.contains(&Word::Run);
        if of_run && word == Some(Word::Approve) && !matches.get_flag("used") {
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

/// The collectors that `--collector NAME` names, where it was given.
pub(super) fn choice(matches: &ArgMatches) -> Option<HashSet<String>> {
    let names = matches.get_many::<String>("collector")?;
    Some(names.cloned().collect())
}

fn all<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, flag: &str) -> Vec<T> {
    let values = matches.get_many::<T>(flag).into_iter().flatten();
    values.cloned().collect()
}
