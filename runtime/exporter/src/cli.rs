//! The command line: node_exporter's flags where it has one, the flags of collectors from their
//! descriptors, and firepit's own.
//!
//! It has two types: clap's matches, which stay in this module, and [`Config`], the only view that
//! the rest of the program has of the command line.

mod args;
mod at_file;
mod collectors;
mod commands;
mod completion;
mod config;
mod flags;
mod help;
mod irregular;
mod layout;
mod legacy;
mod manual;
mod metrics;
mod migration;
mod paths;
mod prescan;
mod reference;
mod resolve;
mod shares;
mod texts;
mod unclaimed;
mod unsupported;
mod version;

use std::ffi::OsString;
use std::fmt::Display;
use std::num::NonZeroUsize;
use std::os::unix::ffi::OsStrExt as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

pub use config::{ApproveArgs, Command, Config, DeployTarget, DiffArgs, RunArgs};
pub use legacy::Credentials;
pub use migration::{MetricNames, Migration, shell_quoted};
pub use prescan::{DEFAULT_DIRECTORY, ModulePlaces};
pub use reference::{Flag, FlagGroup, commands as command_lines, reference};
pub use unclaimed::PossibleModules;

use commands::CommandName;
use legacy::{Action, LegacyError, Translation};

use crate::client::TargetError;
use crate::web::BasicUser;
use firepit_sandbox::descriptor::{Descriptor, OptionDescriptor};

/// Flags that are valid by themselves, but not here or not together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum UsageError {
    #[error("`firepit {0}` needs more arguments: {1}")]
    TooFewArguments(&'static str, &'static str),
    #[error("unexpected argument {0:?}; write {1}")]
    TooManyArguments(String, &'static str),
    #[error("--{0} belongs to another command: {1} --{0} ...")]
    FlagOfOtherCommand(&'static str, &'static str),
    #[error(
        "--{0} needs a run of the module: firepit approve MODULE.wasm --used --{0} ..., or firepit \
         run MODULE.wasm --{0} ..."
    )]
    NeedsUsed(&'static str),
    #[error(
        "--collector NAME belongs to the command `firepit scrape`; to serve only some collectors, \
         use --collector.disable-defaults and --collector.NAME for each"
    )]
    SelectionOfOtherCommand,
    #[error("--collector {name}: no such collector; available: {known}")]
    NoSuchCollector { name: String, known: String },
    #[error("--collector {0} and --no-collector.{0} contradict each other; leave one out")]
    SelectedAndDisabled(String),
    #[error(
        "--scrape.max-page-bytes allows a page of {page} bytes, and --web.max-in-flight-bytes only \
         {all} for all pages together; raise the second or lower the first"
    )]
    PageAboveAll { page: usize, all: usize },
    #[error(
        "the environment variable GOMAXPROCS is {0:?}, not a whole number; set a number of threads, \
         or unset it"
    )]
    Processors(String),
    #[error("--{switch} takes no value; write {}", switch_forms(switch))]
    SwitchWithValue { switch: String },
    #[error(
        "the word migrate must come first, because all words after it are the old command line: firepit \
         migrate OLD-FLAGS..."
    )]
    MigrateNotFirst,
    #[error("--{0} has no value")]
    NoValue(&'static str),
    #[error("--help {name}: no such topic; the topics are {known}, and the names of collectors")]
    NoSuchTopic { name: String, known: String },
    #[error("{0:?}: {1}")]
    Target(String, #[source] TargetError),
    #[error(
        "these flags start no server that health can ask; write its address: firepit health \
         http://HOST:PORT"
    )]
    NoTarget,
    #[error("`firepit diff` can read only one of the two responses from standard input")]
    StdinTwice,
    #[error("nothing is deployed to {0:?}; write firepit deploy systemd or kubernetes")]
    NoSuchTarget(String),
    #[error("no completions for {0:?}; write firepit completion bash, zsh or fish")]
    NoSuchShell(String),
}

/// Both forms of a switch.
fn switch_forms(switch: &str) -> String {
    let on = switch.strip_prefix("no-").unwrap_or(switch);
    format!("--{on} or --no-{on}")
}

/// The arguments of the process, with argument files (`@FILE`) replaced by their lines, and flags of old
/// versions by today's. Files are read once.
#[derive(Debug, Clone, Default)]
pub struct Arguments {
    words: Vec<OsString>,
    /// Set by flags of old versions that no word stands for.
    old: Old,
}

/// Parts of an old command line that today's cannot express.
#[derive(Debug, Clone, Default)]
struct Old {
    /// What the log says about the old flags.
    notes: Vec<String>,
    user: Option<BasicUser>,
    /// The command, instead of the one among the words.
    command: Option<Command>,
}

impl Arguments {
    /// Reads the argument files, and translates a command line of an old version. The first argument is
    /// the program's name.
    ///
    /// # Errors
    /// A file cannot be read, or an old command line has errors.
    pub fn expand(args: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let usage = |kind, error: &dyn Display| flags::command(&[], &[]).error(kind, error);
        let words = at_file::expand(args.into_iter().skip(1))
            .map_err(|error| usage(ErrorKind::Io, &error))?;
        let old = |error: LegacyError| usage(ErrorKind::InvalidValue, &error);
        if let Some(("migrate", line)) = first_word(&words) {
            return Self::migrating(line).map_err(old);
        }
        // Scripts for completion pass on words that are only begun.
        if texts::requested(&words).is_some() || !legacy::is_old(&words) {
            let old = Old::default();
            return Ok(Self { words, old });
        }
        legacy::translate(&words).map(Self::from).map_err(old)
    }

    /// `firepit migrate LINE`.
    fn migrating(line: &[OsString]) -> Result<Self, LegacyError> {
        let wants_help = |arg: &OsString| arg == "-h" || arg == "--help";
        if line.iter().any(wants_help) {
            return Ok(Self {
                words: ["--help", "migrate"].map(OsString::from).into(),
                old: Old::default(),
            });
        }
        let command = Some(Command::Migrate(migration::of(line)?));
        Ok(Self {
            words: Vec::new(),
            old: Old {
                command,
                ..Old::default()
            },
        })
    }
}

impl From<Translation> for Arguments {
    fn from(done: Translation) -> Self {
        let user = done
            .credentials
            .map(|it| BasicUser::new(it.user.as_bytes(), it.password.as_bytes()));
        let command = done.action.map(|action| match action {
            Action::PrintCollectors => Command::PrintCollectors,
        });
        Self {
            words: done.args,
            old: Old {
                notes: done.notes,
                user,
                command,
            },
        }
    }
}

fn first_word(words: &[OsString]) -> Option<(&str, &[OsString])> {
    let (first, rest) = words.split_first()?;
    Some((first.to_str()?, rest))
}

/// Finds the locations of modules: [`parse`] needs the collectors, and so these locations, first.
/// It reports no errors; [`parse`] does.
#[must_use]
pub fn module_places(args: &Arguments) -> ModulePlaces {
    prescan::prescan(&args.words)
}

/// The number of threads that run built-in collectors, if the command line or the environment sets it:
/// `gomaxprocs` is the variable `GOMAXPROCS`. They are needed to describe the collectors, so before
/// [`parse`] can read the line. It reports no errors of the line; [`parse`] does.
///
/// # Errors
/// The variable is no number.
pub fn processors(
    args: &Arguments,
    gomaxprocs: Option<OsString>,
) -> Result<Option<NonZeroUsize>, clap::Error> {
    let of_flag = prescan::processors(&args.words);
    let Some(text) = gomaxprocs.filter(|text| of_flag.is_none() && !text.is_empty()) else {
        return Ok(of_flag);
    };
    let number = text.to_str().map(crate::values::processors);
    match number {
        Some(Ok(number)) => Ok(number),
        _ => {
            let error = UsageError::Processors(text.display().to_string());
            Err(flags::command(&[], &[]).error(ErrorKind::InvalidValue, error))
        }
    }
}

/// Reads a command line.
///
/// `collectors` are the descriptors of all collectors, with distinct names.
///
/// # Errors
/// A usage error (exit status 2), or the text of `--version` (exit status 0).
/// [`clap::Error::exit`] handles each.
pub fn parse(args: &Arguments, collectors: &[Descriptor]) -> Result<Config, clap::Error> {
    let Some(request) = texts::requested(&args.words) else {
        return read(args, collectors, None);
    };
    let text = texts::text(&request, collectors);
    let text = text.map_err(|error| {
        flags::command(collectors, &[]).error(ErrorKind::ArgumentConflict, error)
    })?;
    let config = read(&Arguments::default(), collectors, None)?;
    Ok(Config {
        command: Command::Print(text),
        ..config
    })
}

/// The command of a line, if it needs no collectors: health checks run every few seconds, and loading collectors takes
/// many times what they need. `None` if [`parse`] has to read the line, or report its errors.
#[must_use]
pub fn without_collectors(arguments: &[OsString]) -> Option<Command> {
    let words = arguments.iter().filter_map(|word| word.to_str());
    if !words
        .filter_map(CommandName::of)
        .any(CommandName::is_independent)
    {
        return None;
    }
    let arguments = Arguments::expand(arguments.iter().cloned()).ok()?;
    if texts::requested(&arguments.words).is_some() {
        return None;
    }
    let command = read(&arguments, &[], None).ok()?.command;
    matches!(command, Command::Health { .. } | Command::Diff(_)).then_some(command)
}

/// Reads the command line of a server before its third-party modules are loaded. `builtin` are the
/// descriptors of the built-in collectors. Flags of other collectors are recognized by their form,
/// if they are among the `possible_modules`: see [`crate::settings::CliOverrides::unclaimed`].
///
/// Returns `None` if the command is another one, or may be: that depends on the modules.
///
/// # Errors
/// See [`parse`].
pub fn parse_serving(
    args: &Arguments,
    builtin: &[Descriptor],
    possible_modules: &PossibleModules,
) -> Result<Option<Config>, clap::Error> {
    // The texts include the flags of all modules.
    if texts::requested(&args.words).is_some() {
        return Ok(None);
    }
    let names_command = args
        .words
        .iter()
        .filter_map(|arg| arg.to_str())
        .any(commands::is_command);
    match read(args, builtin, Some(possible_modules)) {
        // It needs no collectors.
        Ok(config) if matches!(config.command, Command::Migrate(_)) => Ok(Some(config)),
        Ok(config) if config.command != Command::Serve => Ok(None),
        Ok(config) if unclaimed::has_taken_a_command(&config.choices) => Ok(None),
        Ok(config) => Ok(Some(config)),
        // [`parse`] reports the errors of other commands.
        Err(_) if names_command => Ok(None),
        Err(error) => Err(error),
    }
}

fn read(
    args: &Arguments,
    collectors: &[Descriptor],
    possible_modules: Option<&PossibleModules>,
) -> Result<Config, clap::Error> {
    let mut unsupported_flags = unsupported::flags(collectors);
    let mut unclaimed = Vec::new();
    if let Some(possible_modules) = possible_modules {
        // They may belong to a module.
        unclaimed = unclaimed::find(&args.words, collectors, possible_modules);
        unsupported_flags.retain(|flag| !unclaimed.iter().any(|one| flag.is(one)));
    }
    let mut command = flags::command(collectors, &unsupported_flags);
    command = command.args(unclaimed.iter().flat_map(unclaimed::args));
    let matches = command
        .try_get_matches_from_mut(&args.words)
        .map_err(|error| in_our_words(error, &command))?;
    let mut config = resolve::resolve(&matches, collectors)
        .map_err(|error| command.error(ErrorKind::ArgumentConflict, error))?;
    unclaimed::add(&mut config.choices, &matches, &unclaimed);
    let warnings = unsupported::warnings(&unsupported_flags, &matches, collectors);
    config.warnings.extend(warnings);
    args.old.clone().apply(&mut config);
    Ok(config)
}

impl Old {
    fn apply(self, config: &mut Config) {
        config.is_old = !self.notes.is_empty();
        config.warnings.splice(..0, self.notes);
        config.web.user = self.user;
        if let Some(command) = self.command {
            config.command = command;
        }
    }
}

/// The flag of a collector's option, without its dashes, as in `--help`.
#[must_use]
pub fn flag(collector: &Descriptor, option: &OptionDescriptor) -> String {
    let irregular_flags = irregular::of(std::slice::from_ref(collector));
    irregular::find(&irregular_flags, &collector.name, option).map_or_else(
        || irregular::regular(&collector.name, option),
        |irregular| irregular.flag.to_owned(),
    )
}

/// Improves errors of clap. Of an unknown flag, removes the suggestion to put it after `--`: no argument
/// of firepit begins with a dash. Of a switch with a value, says how to write it.
fn in_our_words(mut error: clap::Error, command: &clap::Command) -> clap::Error {
    match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::UnknownArgument, _) => {
            error.remove(ContextKind::Suggested);
            error
        }
        (ErrorKind::TooManyValues, Some(ContextValue::String(switch))) => {
            let switch = switch.trim_start_matches('-').to_owned();
            let error = UsageError::SwitchWithValue { switch };
            command.clone().error(ErrorKind::TooManyValues, error)
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests;
