//! The command line of node_exporter 0.6.0 to 0.8.1 (2014 and 2015), translated into today's.
//!
//! ```text
//! arguments -> is_old -> read: flags with values -> translate: today's arguments, notes -> clap
//! ```
//!
//! It is recognized by a flag that today's command line cannot have: with one dash, or with two dashes and
//! a name that is not used any more. The syntax is that of Go's package `flag`. Of a flag that is given
//! repeatedly, the last value counts. Flags of today with two dashes may stand among the old ones.
//!
//! Without `-collectors.enabled`, today's default collectors run: they include those that were the
//! default, and the set of an operator who left the choice to node_exporter has grown with each of
//! its versions.

mod collectors;
mod error;
mod flags;
mod go;
mod options;
mod read;
mod translate;

use std::ffi::OsString;

pub(super) use error::LegacyError;
pub(super) use options::modernize;
pub use translate::Credentials;
pub(super) use translate::{Action, Translation, translate};

use go::Word;

/// Whether these arguments, without the program's name, are a command line of an old version.
pub(super) fn is_old(args: &[OsString]) -> bool {
    let begins_with_flag = args.first().is_some_and(|arg| Word::of(arg).is_some());
    let mut flags = args.iter().take_while(|arg| *arg != "--");
    begins_with_flag && flags.any(|arg| Word::of(arg).is_some_and(|word| is_old_word(&word)))
}

fn is_old_word(word: &Word<'_>) -> bool {
    if word.dashes == 1 {
        return word.name != "h" || word.value.is_some();
    }
    flags::find(word.name).is_some_and(|flag| flag.is_old_with_two_dashes)
}

#[cfg(test)]
mod tests;
