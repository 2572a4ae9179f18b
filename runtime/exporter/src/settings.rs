//! The settings of one collector. Flags take precedence over the configuration file, the file over environment
//! variables that node_exporter knows, and these over the collector's own defaults.

mod environment;
mod follows;
mod unclaimed;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use crate::config::{Entry, OptionEntry};
use crate::values::number;
use firepit_exposition::escape::quoted;
use firepit_sandbox::descriptor::{Descriptor, OptionDescriptor, OptionKind, Setting};
use firepit_sandbox::grants::options_of;

pub use self::environment::{EnvironmentError, EnvironmentOptions};
pub(crate) use self::follows::follow;
pub use self::unclaimed::GivenFlag;

/// Overrides of collectors on the command line and in the environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CliOverrides {
    /// The only collectors that run, if `--collector NAME` was given.
    pub only: Option<HashSet<String>>,
    /// Whether collectors that are not enabled by name are disabled.
    pub disable_defaults: bool,
    /// By name of the collector.
    pub collectors: HashMap<String, CollectorOverrides>,
    /// Flags of collectors that did not exist when the command line was parsed, by name of the
    /// collector: recognized by their form, and checked once a module provides the collector.
    pub unclaimed: BTreeMap<String, Vec<GivenFlag>>,
    /// Options from environment variables.
    pub environment: EnvironmentOptions,
}

/// Overrides of one collector on the command line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CollectorOverrides {
    /// Whether it runs.
    pub enabled: Option<bool>,
    /// The values of its options.
    pub options: HashMap<String, Vec<String>>,
}

/// A value that a collector does not accept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The file sets an option that the collector does not have.
    #[error(
        "{}:{line}: invalid option of collector {collector}: no option \"{}\"; {}",
        file.display(),
        quoted(option),
        known_options(known)
    )]
    NoSuchOption {
        /// The collector.
        collector: String,
        /// The option.
        option: String,
        /// The file.
        file: PathBuf,
        /// The line in the file.
        line: usize,
        /// The options that it has.
        known: Vec<String>,
    },
    /// The file sets a value of another form than the option has.
    #[error(
        "{}:{line}: invalid option of collector {collector}: {option} must be {expected}",
        file.display()
    )]
    Value {
        /// The collector.
        collector: String,
        /// The option.
        option: String,
        /// The file.
        file: PathBuf,
        /// The line in the file.
        line: usize,
        /// The form.
        expected: &'static str,
    },
    /// The file has a key for a built-in collector that is valid for third-party modules only.
    #[error(
        "{}:{line}: {collector} is a built-in collector, which a module cannot replace; remove \
         {key}",
        file.display()
    )]
    Builtin {
        /// The collector.
        collector: String,
        /// The file.
        file: PathBuf,
        /// The line in the file.
        line: usize,
        /// The key.
        key: &'static str,
    },
    /// An environment variable sets an option to a value that it cannot have.
    #[error("{variable} cannot be used for --collector.{collector}.{option}: {problem}")]
    Environment {
        /// The collector.
        collector: String,
        /// The option.
        option: String,
        /// The variable.
        variable: &'static str,
        /// What is wrong.
        problem: EnvironmentError,
    },
    /// A flag sets an option that this version of the collector does not have.
    #[error(
        "invalid option of collector {collector}: --collector.{collector}.{option} is set, but this \
         version has no such option"
    )]
    FlagWithoutOption {
        /// The collector.
        collector: String,
        /// The option.
        option: String,
    },
    /// The flag of an option has the wrong form.
    #[error("invalid option of collector {collector}: --collector.{collector}.{option} {expected}")]
    FlagValue {
        /// The collector.
        collector: String,
        /// The option.
        option: String,
        /// What is wrong.
        expected: &'static str,
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
pub fn is_enabled(descriptor: &Descriptor, choices: &CliOverrides, entry: Option<&Entry>) -> bool {
    let name = &descriptor.name;
    if let Some(only) = &choices.only {
        return only.contains(name);
    }
    choices.enables(name, descriptor.enabled_by_default, entry)
}

impl CliOverrides {
    /// Whether a collector runs, apart from [`Self::only`].
    fn enables(&self, name: &str, by_default: bool, entry: Option<&Entry>) -> bool {
        let by_flag = self.collectors.get(name).and_then(|choice| choice.enabled);
        let by_file = entry.and_then(|entry| entry.enabled);
        by_flag
            .or(by_file)
            .unwrap_or(by_default && !self.disable_defaults)
    }
}

/// The values of all options of a collector, in the order of its descriptor.
///
/// # Errors
/// If a flag or a line of the file does not match the collector's options.
pub fn settings(
    descriptor: &Descriptor,
    choices: &CliOverrides,
    entry: Option<&Entry>,
) -> Result<Vec<Setting>, SettingsError> {
    let name = &descriptor.name;
    let find = |expected: &str| {
        descriptor
            .options
            .iter()
            .find(|option| option.name == expected)
    };
    let flags = choices.options(descriptor)?;
    let of_file: &[OptionEntry] = entry.map_or(&[], |entry| &entry.options);
    if let Some(entry) = entry {
        let no_such = |option: &str, line: usize| SettingsError::NoSuchOption {
            collector: name.clone(),
            option: option.to_owned(),
            file: entry.file.clone(),
            line,
            known: descriptor
                .options
                .iter()
                .map(|option| option.name.clone())
                .collect(),
        };
        for option in &entry.options {
            let known = find(&option.name).ok_or_else(|| no_such(&option.name, option.line))?;
            check(entry, known, option)?;
        }
        if let Some((option, line)) = granted_options(entry).find(|(it, _)| find(it).is_none()) {
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

/// The options whose directories or addresses are granted, with their lines.
fn granted_options(entry: &Entry) -> impl Iterator<Item = (&str, usize)> {
    let grants = entry.grants.iter();
    let reads = grants
        .clone()
        .flat_map(|grants| grants.reads.iter().flatten());
    let directories = reads.filter_map(|read| {
        let (option, _) = read.pattern.strip_prefix('{')?.split_once('}')?;
        Some((option, read.line))
    });
    let connects = grants.flat_map(|grants| grants.connects.iter().flatten());
    let addresses = connects.flat_map(|it| options_of(&it.address).map(|name| (name, it.line)));
    directories.chain(addresses)
}

/// Checks that the entry of a built-in collector has no keys that are valid for modules only.
///
/// # Errors
/// If it has a module or a digest: a built-in collector has no file.
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
    let (fits, expected) = match (option.kind, given.values.as_slice()) {
        (OptionKind::Flag, [value]) => (value == "true" || value == "false", "true or false"),
        (OptionKind::Flag, _) => (false, "true or false"),
        (OptionKind::Number, [value]) => (number(value).is_ok(), "a number"),
        (OptionKind::Number, _) => (false, "a number"),
        (OptionKind::Text, values) => (values.len() == 1, "one text"),
        (OptionKind::RepeatedText, _) => (true, "texts"),
    };
    if fits {
        Ok(())
    } else {
        Err(SettingsError::Value {
            collector: entry.name.clone(),
            option: option.name.clone(),
            file: entry.file.clone(),
            line: given.line,
            expected,
        })
    }
}

#[cfg(test)]
mod tests;
