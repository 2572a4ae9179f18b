//! From arguments to flags with values, in the order of the command line.

use std::ffi::{OsStr, OsString};

use super::LegacyError;
use super::flags::{self, FLAGS, OldFlag};
use super::go::{self, Word};
use super::options::{self, CollectorOption};

/// One flag of a command line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A flag of the table.
    Old {
        /// The row.
        flag: &'static OldFlag,
        /// The flag as written.
        spelled: String,
        /// Its value: `true` or `false` for a switch.
        value: OsString,
    },
    /// A collector's option.
    Option {
        /// Today's option.
        option: CollectorOption,
        /// The flag as written.
        spelled: String,
        /// Its value: `true` or `false` for a switch.
        value: OsString,
    },
    /// A flag of today, as written, and its value if that is a word of its own.
    Today(Vec<OsString>),
}

/// Reads all arguments.
pub(super) fn items(args: &[OsString]) -> Result<Vec<Item>, LegacyError> {
    let mut items = Vec::new();
    let mut args = args.iter().map(OsString::as_os_str).peekable();
    let mut after = String::new();
    while let Some(arg) = args.next() {
        let Some(word) = Word::of(arg) else {
            if arg == "--" && args.peek().is_none() {
                break;
            }
            return Err(LegacyError::Operand { after });
        };
        after = word.spelled();
        let mut value = |is_switch| value_of(&word, is_switch, || args.next());
        items.push(if let Some(flag) = flags::find(word.name) {
            Item::Old {
                flag,
                spelled: word.spelled(),
                value: value(flag.meaning.is_switch())?,
            }
        } else if let Some(option) = option(&word) {
            Item::Option {
                spelled: word.spelled(),
                value: value(option.is_switch)?,
                option,
            }
        } else if word.dashes == 2 {
            // Whether it takes a value is checked together with the other flags of today.
            let next = args.next_if(|next| word.value.is_none() && Word::of(next).is_none());
            Item::Today([arg].into_iter().chain(next).map(OsStr::to_owned).collect())
        } else {
            return Err(unknown(&word));
        });
    }
    Ok(items)
}

/// An option with one dash, or with an earlier name. Others with two dashes are flags of today.
fn option(word: &Word<'_>) -> Option<CollectorOption> {
    let option = options::find(word.name)?;
    (word.dashes == 1 || option.today != word.name).then_some(option)
}

fn value_of<'a>(
    word: &Word<'a>,
    is_switch: bool,
    next: impl FnOnce() -> Option<&'a OsStr>,
) -> Result<OsString, LegacyError> {
    if !is_switch {
        let value = word.value.or_else(next);
        let missing = || LegacyError::NoValue(word.spelled());
        return value.map(OsStr::to_owned).ok_or_else(missing);
    }
    let Some(value) = word.value else {
        return Ok("true".into());
    };
    match go::switch(value) {
        Some(on) => Ok(on.to_string().into()),
        None => Err(LegacyError::Value {
            flag: word.spelled(),
            value: value.to_string_lossy().into_owned(),
            expected: "write true or false",
        }),
    }
}

/// Maximum edits between an unknown flag and the suggested one.
const MAX_EDITS: usize = 3;

fn unknown(word: &Word<'_>) -> LegacyError {
    let near = FLAGS
        .iter()
        .map(|flag| (strsim::levenshtein(word.name, flag.name), flag.name));
    let near = near.filter(|&(edits, name)| edits <= MAX_EDITS.min(name.len() / 2));
    let hint = match near.min() {
        Some((_, name)) => format!("; did you mean -{name}?"),
        None => String::new(),
    };
    LegacyError::Unknown {
        flag: word.spelled(),
        hint,
    }
}
