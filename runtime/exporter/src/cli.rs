//! The command line: node_exporter's flags where it has one, the flags of collectors from their
//! descriptors, and firepit's own.
//!
//! It has two types: clap's matches, which stay in this module, and [`Config`], the only view that
//! the rest of the program has of the command line.

mod args;
mod at_file;
mod collectors;
mod commands;
mod config;
mod flags;
mod irregular;
mod paths;
mod prescan;
mod resolve;
mod shares;
mod unclaimed;
mod unsupported;
mod version;

use std::ffi::OsString;

use clap::error::{ContextKind, ErrorKind};

pub use config::{ApproveArgs, Command, Config, RunArgs};
pub use prescan::{DEFAULT_DIRECTORY, ModulePlaces};
pub use unclaimed::PossibleModules;

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
        "--web.config.file={0}: TLS and authentication are not supported, and nothing is served \
         without what this file asks for; leave the flag out and put a reverse proxy in front"
    )]
    WebConfig(String),
    #[error(
        "--scrape.max-page-bytes allows a page of {page} bytes, and --web.max-in-flight-bytes only \
         {all} for all pages together; raise the second or lower the first"
    )]
    PageAboveAll { page: usize, all: usize },
    #[error("--{0} has no value")]
    NoValue(&'static str),
}

/// The arguments of the process, with argument files (`@FILE`) replaced by their lines. Files are
/// read once.
#[derive(Debug, Clone)]
pub struct Arguments(Vec<OsString>);

impl Arguments {
    /// Reads the argument files. The first argument is the program's name.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn expand(args: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        at_file::expand(args.into_iter().skip(1))
            .map(Self)
            .map_err(|error| flags::command(&[], &[]).error(ErrorKind::Io, error))
    }
}

/// Finds the locations of modules: [`parse`] needs the collectors, and so these locations, first.
/// It reports no errors; [`parse`] does.
#[must_use]
pub fn module_places(args: &Arguments) -> ModulePlaces {
    prescan::prescan(&args.0)
}

/// Reads a command line.
///
/// `collectors` are the descriptors of all collectors, with distinct names.
///
/// # Errors
/// A usage error (exit status 2), or the text of `--help` or `--version` (exit status 0).
/// [`clap::Error::exit`] handles each.
pub fn parse(args: &Arguments, collectors: &[Descriptor]) -> Result<Config, clap::Error> {
    read(args, collectors, None)
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
    let names_command = args
        .0
        .iter()
        .filter_map(|arg| arg.to_str())
        .any(commands::is_command);
    match read(args, builtin, Some(possible_modules)) {
        Ok(config) if config.command != Command::Serve => Ok(None),
        Ok(config) if unclaimed::has_taken_a_command(&config.choices) => Ok(None),
        Ok(config) => Ok(Some(config)),
        // [`parse`] reports the errors of other commands, and help includes all modules.
        Err(error) if names_command || error.kind() == ErrorKind::DisplayHelp => Ok(None),
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
        unclaimed = unclaimed::find(&args.0, collectors, possible_modules);
        unsupported_flags.retain(|flag| !unclaimed.iter().any(|one| flag.is(one)));
    }
    let mut command = flags::command(collectors, &unsupported_flags);
    command = command.args(unclaimed.iter().flat_map(unclaimed::args));
    let matches = command
        .try_get_matches_from_mut(&args.0)
        .map_err(without_dashes_tip)?;
    let mut config = resolve::resolve(&matches, collectors)
        .map_err(|error| command.error(ErrorKind::ArgumentConflict, error))?;
    unclaimed::add(&mut config.choices, &matches, &unclaimed);
    let warnings = unsupported_flags
        .iter()
        .filter_map(|flag| flag.warning(&matches, collectors));
    config.warnings.extend(warnings);
    Ok(config)
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

/// Removes the suggestion to put an unknown flag after `--`: no argument of firepit begins with a
/// dash.
fn without_dashes_tip(mut error: clap::Error) -> clap::Error {
    if error.kind() == ErrorKind::UnknownArgument {
        error.remove(ContextKind::Suggested);
    }
    error
}

#[cfg(test)]
mod tests;
