//! What holds for one collector: a flag goes before the configuration file, and that before the
//! collector's own defaults.

mod unclaimed;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use crate::config::{Entry, OptionEntry};
use crate::descriptor::{Descriptor, OptionDescriptor, OptionKind, Setting};
use crate::shown::shown;

pub use self::unclaimed::GivenFlag;

/// What the command line says of collectors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    /// Those that run and no others, where `--collector NAME` was given.
    pub only: Option<HashSet<String>>,
    /// Whether all collectors are off that nobody switches on by name.
    pub disable_defaults: bool,
    /// By name of the collector.
    pub collectors: HashMap<String, Choice>,
    /// Flags of collectors that were not there when the command line was read, by name of the
    /// collector: taken by their form, and checked once a module brings the collector.
    pub unclaimed: BTreeMap<String, Vec<GivenFlag>>,
}

/// What the command line says of one collector.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// Whether it runs.
    pub enabled: Option<bool>,
    /// The values of its options.
    pub options: HashMap<String, Vec<String>>,
}

/// A value that a collector cannot be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The file sets an option that the collector does not have.
    #[error(
        "{}:{line}: collector {collector} has no option \"{}\"; {}",
        file.display(),
        shown(option),
        known_options(known)
    )]
    NoSuchOption {
        /// The collector.
        collector: String,
        /// The option.
        option: String,
        /// The file.
        file: PathBuf,
        /// Where in the file.
        line: usize,
        /// The options that it has.
        known: Vec<String>,
    },
    /// The file sets a value of another form than the option has.
    #[error(
        "{}:{line}: option {option} of collector {collector} must be {wanted}",
        file.display()
    )]
    Value {
        /// The collector.
        collector: String,
        /// The option.
        option: String,
        /// The file.
        file: PathBuf,
        /// Where in the file.
        line: usize,
        /// The form.
        wanted: &'static str,
    },
    /// The file says of a built-in collector what is for modules from files only.
    #[error(
        "{}:{line}: {collector} is a built-in collector, and nothing can take its place; leave out \
         {key}",
        file.display()
    )]
    Builtin {
        /// The collector.
        collector: String,
        /// The file.
        file: PathBuf,
        /// Where in the file.
        line: usize,
        /// The key.
        key: &'static str,
    },
    /// A flag sets an option that this version of the collector does not have.
    #[error(
        "--collector.{collector}.{option} was given, and this version of the collector has no such \
         option"
    )]
    FlagWithoutOption {
        /// The collector.
        collector: String,
        /// The option.
        option: String,
    },
    /// A flag of an option is not as that option wants it.
    #[error("--collector.{collector}.{option} {wanted}")]
    FlagValue {
        /// The collector.
        collector: String,
        /// The option.
        option: String,
        /// What it wants.
        wanted: &'static str,
    },
}

fn known_options(known: &[String]) -> String {
    match known {
        [] => "it has no options".to_owned(),
        known => format!("it has {}", known.join(", ")),
    }
}

/// Whether a collector runs.
#[must_use]
pub fn is_enabled(descriptor: &Descriptor, choices: &Choices, entry: Option<&Entry>) -> bool {
    let name = &descriptor.name;
    if let Some(only) = &choices.only {
        return only.contains(name);
    }
    let by_flag = (choices.collectors.get(name)).and_then(|choice| choice.enabled);
    let by_file = entry.and_then(|entry| entry.enabled);
    (by_flag.or(by_file)).unwrap_or(descriptor.enabled_by_default && !choices.disable_defaults)
}

/// The values of all options of a collector, in the order of its descriptor.
///
/// # Errors
/// A flag or a line of the file that the collector's options do not take.
pub fn settings(
    descriptor: &Descriptor,
    choices: &Choices,
    entry: Option<&Entry>,
) -> Result<Vec<Setting>, SettingsError> {
    let name = &descriptor.name;
    let find = |wanted: &str| {
        descriptor
            .options
            .iter()
            .find(|option| option.name == wanted)
    };
    let flags = choices.options(descriptor)?;
    let of_file: &[OptionEntry] = entry.map_or(&[], |entry| &entry.options);
    if let Some(entry) = entry {
        let no_such = |option: &str, line: usize| SettingsError::NoSuchOption {
            collector: name.clone(),
            option: option.to_owned(),
            file: entry.file.clone(),
            line,
            known: (descriptor.options.iter())
                .map(|option| option.name.clone())
                .collect(),
        };
        for option in &entry.options {
            let known = find(&option.name).ok_or_else(|| no_such(&option.name, option.line))?;
            check(entry, known, option)?;
        }
        if let Some((option, line)) = granted_directories(entry).find(|(it, _)| find(it).is_none())
        {
            return Err(no_such(option, line));
        }
    }
    if let Some(option) = flags.keys().find(|option| find(option).is_none()) {
        return Err(SettingsError::FlagWithoutOption {
            collector: name.clone(),
            option: option.clone(),
        });
    }
    let setting = |option: &OptionDescriptor| {
        let by_flag = flags.get(&option.name);
        let by_file = of_file.iter().find(|entry| entry.name == option.name);
        let given = by_flag.or(by_file.map(|entry| &entry.values));
        Setting {
            name: option.name.clone(),
            explicit: given.is_some(),
            values: given.unwrap_or(&option.default).clone(),
        }
    };
    Ok(descriptor.options.iter().map(setting).collect())
}

/// The options whose directories are granted, with their lines.
fn granted_directories(entry: &Entry) -> impl Iterator<Item = (&str, usize)> {
    let grants = entry.grants.iter();
    let reads = grants.flat_map(|grants| grants.reads.iter().flatten());
    reads.filter_map(|read| {
        let (option, _) = read.pattern.strip_prefix('{')?.split_once('}')?;
        Some((option, read.line))
    })
}

/// Holds what the file says of a built-in collector against what can be said of one.
///
/// # Errors
/// A module or a digest: there is no file that these could be about.
pub fn check_builtin(entry: &Entry) -> Result<(), SettingsError> {
    let key = match (&entry.module, &entry.sha256) {
        (Some(_), _) => "module",
        (None, Some(_)) => "sha256",
        (None, None) => return Ok(()),
    };
    Err(SettingsError::Builtin {
        collector: entry.name.clone(),
        file: entry.file.clone(),
        line: entry.line,
        key,
    })
}

fn check(
    entry: &Entry,
    option: &OptionDescriptor,
    given: &OptionEntry,
) -> Result<(), SettingsError> {
    let (fits, wanted) = match (option.kind, given.values.as_slice()) {
        (OptionKind::Flag, [value]) => (value == "true" || value == "false", "true or false"),
        (OptionKind::Flag, _) => (false, "true or false"),
        (OptionKind::Number, [value]) => {
            (value.parse::<f64>().is_ok_and(f64::is_finite), "a number")
        }
        (OptionKind::Number, _) => (false, "a number"),
        (OptionKind::Text, values) => (values.len() == 1, "one text"),
        (OptionKind::RepeatedText, _) => (true, "texts"),
    };
    match fits {
        true => Ok(()),
        false => Err(SettingsError::Value {
            collector: entry.name.clone(),
            option: option.name.clone(),
            file: entry.file.clone(),
            line: given.line,
            wanted,
        }),
    }
}

#[cfg(test)]
mod tests;
