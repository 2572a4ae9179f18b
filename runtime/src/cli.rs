//! The command line: node_exporter's flags where it has one, the collectors' own out of their
//! descriptors, and ours.
//!
//! Two types: clap's matches, which stay in here, and [`Config`], which is all that the rest of the
//! program knows of its command line.

mod args;
mod at_file;
mod collectors;
mod config;
mod flags;
pub(crate) mod foreign;
mod modules;
mod odd;
mod place;
mod resolve;
mod shares;
mod unclaimed;
pub(crate) mod value;
mod version;
mod words;

use std::ffi::OsString;

use clap::error::{ContextKind, ErrorKind};

pub use config::{
    ApproveArgs, Command, Config, Language, ListenAddress, LogConfig, LogFormat, NewArgs, Paths,
    RunArgs, ScrapeConfig, WebConfig,
};
pub use modules::{DEFAULT_DIRECTORY, ModulePlaces, Untrusted};
pub use unclaimed::Coming;
pub(crate) use value::number;

use crate::descriptor::{Descriptor, OptionDescriptor};

/// Flags that are fine each for itself, but not here or not together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum UsageError {
    #[error("`firepit {0}` needs more words: {1}")]
    TooFewWords(&'static str, &'static str),
    #[error("unexpected argument {0:?}; write {1}")]
    TooManyWords(String, &'static str),
    #[error("--{0} goes with another command: {1} --{0} ...")]
    FlagElsewhere(&'static str, &'static str),
    #[error(
        "--{0} goes with a run of the module: firepit approve MODULE.wasm --used --{0} ..., or firepit \
         run MODULE.wasm --{0} ..."
    )]
    NeedsUsed(&'static str),
    #[error(
        "--collector NAME goes with the command `firepit scrape`; to serve some collectors only, \
         use --collector.disable-defaults and --collector.NAME for each"
    )]
    ChoiceElsewhere,
    #[error("--collector {name}: this firepit has no such collector; it has {known}")]
    NoSuchCollector { name: String, known: String },
    #[error("--collector {0} and --no-collector.{0} contradict each other; leave one out")]
    ChosenAndOff(String),
    #[error(
        "--web.config.file={0}: TLS and authentication are not supported, and nothing is served \
         without what this file asks for; leave the flag out and put a reverse proxy in front"
    )]
    WebConfig(String),
    #[error(
        "--web.systemd-socket: socket activation is not supported; leave the flag out and name the \
         addresses with --web.listen-address"
    )]
    SystemdSocket,
    #[error(
        "--scrape.max-page-bytes allows a page of {page} bytes, and --web.max-in-flight-bytes only \
         {all} for all pages together; raise the second or lower the first"
    )]
    PageAboveAll { page: usize, all: usize },
    #[error("--{0} has no value")]
    NoValue(&'static str),
}

/// Finds out where modules come from: the one thing that must be known before [`parse`] can be
/// told which collectors there are.
///
/// `args` are those of the process, the program's name first. What is wrong with them is left to
/// [`parse`] to tell.
///
/// # Errors
/// A file of arguments that cannot be read.
pub fn module_places(args: &[OsString]) -> Result<ModulePlaces, clap::Error> {
    Ok(modules::find(expand(args.iter().cloned())?))
}

/// Reads a command line.
///
/// `args` are those of the process, the program's name first. `collectors` are the descriptors
/// of all collectors, whose names differ from one another.
///
/// # Errors
/// What ends the program before it does anything: a usage error (exit status 2), or the text of
/// `--help` or `--version` (exit status 0). [`clap::Error::exit`] does the right thing for each.
pub fn parse(
    args: impl IntoIterator<Item = OsString>,
    collectors: &[Descriptor],
) -> Result<Config, clap::Error> {
    read(expand(args)?, collectors, None)
}

/// Reads the command line of a program that serves before its modules are there. `builtin` are the
/// descriptors of the collectors that are built in. Flags of other collectors are taken by their form
/// where they may be `coming`: see [`crate::settings::Choices::unclaimed`].
///
/// `None` where the command is another one, or may be: that depends on the modules.
///
/// # Errors
/// As [`parse`].
pub fn parse_serving(
    args: &[OsString],
    builtin: &[Descriptor],
    coming: &Coming,
) -> Result<Option<Config>, clap::Error> {
    let args = expand(args.iter().cloned())?;
    let names_command = (args.iter())
        .filter_map(|arg| arg.to_str())
        .any(words::is_command);
    match read(args, builtin, Some(coming)) {
        Ok(config) if config.command != Command::Serve => Ok(None),
        Ok(config) if unclaimed::has_taken_a_command(&config.choices) => Ok(None),
        Ok(config) => Ok(Some(config)),
        // What a command makes of its flags is for that to tell, and help is about all of them.
        Err(error) if names_command || error.kind() == ErrorKind::DisplayHelp => Ok(None),
        Err(error) => Err(error),
    }
}

fn read(
    args: Vec<OsString>,
    collectors: &[Descriptor],
    coming: Option<&Coming>,
) -> Result<Config, clap::Error> {
    let mut foreign = foreign::flags(collectors);
    let mut unclaimed = Vec::new();
    if let Some(coming) = coming {
        // They may be a module's.
        unclaimed = unclaimed::find(&args, collectors, coming);
        foreign.retain(|flag| !unclaimed.iter().any(|one| flag.is(one)));
    }
    let mut command = flags::command(collectors, &foreign);
    command = command.args(unclaimed.iter().flat_map(unclaimed::args));
    let matches = command
        .try_get_matches_from_mut(args)
        .map_err(without_dashes_tip)?;
    let mut config = resolve::resolve(&matches, collectors)
        .map_err(|error| command.error(ErrorKind::ArgumentConflict, error))?;
    unclaimed::add(&mut config.choices, &matches, &unclaimed);
    let warnings = foreign
        .iter()
        .filter_map(|flag| flag.warning(&matches, collectors));
    config.warnings.extend(warnings);
    Ok(config)
}

/// The flag of a collector's option, without its dashes: the one that `--help` shows.
#[must_use]
pub fn flag(collector: &Descriptor, option: &OptionDescriptor) -> String {
    let odd = odd::of(std::slice::from_ref(collector));
    odd::find(&odd, &collector.name, option).map_or_else(
        || odd::regular(&collector.name, option),
        |odd| odd.flag.to_owned(),
    )
}

/// The arguments without the program's name, and with the lines of files in their places.
fn expand(args: impl IntoIterator<Item = OsString>) -> Result<Vec<OsString>, clap::Error> {
    at_file::expand(args.into_iter().skip(1))
        .map_err(|error| flags::command(&[], &[]).error(ErrorKind::Io, error))
}

/// Takes out the advice to write an unknown flag behind `--`: no word of ours begins with a dash.
fn without_dashes_tip(mut error: clap::Error) -> clap::Error {
    if error.kind() == ErrorKind::UnknownArgument {
        error.remove(ContextKind::Suggested);
    }
    error
}

#[cfg(test)]
mod tests;
