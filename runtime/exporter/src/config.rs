//! The config file: what the operator sets for each collector, and the attributes of the host, parsed from YAML into typed values.
//!
//! ```text
//! text -> yaml: tree of nodes with lines -> cursor: shapes and keys -> entry: values -> ConfigFile
//! ```
//!
//! This module does not know which collectors exist. Whether a collector has an option, or asks for a
//! granted path, is checked when the file is applied to the modules. Parsing is strict, because a misspelt
//! key that is ignored would be a grant or a limit that the operator relies on. All problems are reported,
//! not only the first.

mod attributes;
pub(crate) mod cursor;
mod entry;
mod error;
mod grants;
mod instance;
mod keys;
mod labels;
mod limits;
mod merge;
mod options;
mod outline;
pub(crate) mod problems;
mod read;
mod reference;
pub(crate) mod yaml;

use firepit_exposition::names::BuiltinNames;
use firepit_exposition::validate::{ConstantLabels, NamePrefix};
use std::path::{Path, PathBuf};

pub use error::{ConfigError, Problem};
pub use grants::{ConnectsEntry, GrantsEntry, ReadsEntry};
pub use instance::Instances;
pub use limits::LimitsEntry;
pub use merge::{EntryText, MergeError, merge};
pub use options::OptionEntry;
pub use reference::{Key, reference};

use cursor::Cursor;
use problems::Problems;
use yaml::Node;

/// A config file; each value is checked on its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfigFile {
    /// Path of the file.
    pub path: PathBuf,
    /// One entry for each collector, in the order of the file. Names are unique.
    pub collectors: Vec<Entry>,
    /// Names and values of the labels of `node_attributes`, sorted and unique.
    pub attributes: Vec<(String, String)>,
    /// Sentences about keys without effect.
    pub warnings: Vec<String>,
}

/// The entry of one collector. Keys that are missing are `None` or empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The collector's name: `[a-z][a-z0-9_]*`, at most 64 characters.
    pub name: String,
    /// The config file.
    pub file: PathBuf,
    /// The line of the name, counted from 1.
    pub line: usize,
    /// The module's file. A relative path is already joined to the directory of the config file.
    pub module: Option<PathBuf>,
    /// SHA-256 of the module's file, 64 hexadecimal digits in lower case.
    pub sha256: Option<String>,
    /// Whether the collector runs.
    pub enabled: Option<bool>,
    /// Values of the collector's own options. Names are unique.
    pub options: Vec<OptionEntry>,
    /// What the collector may do.
    pub grants: Option<GrantsEntry>,
    /// Limits that differ from the global ones.
    pub limits: LimitsEntry,
    /// Lifetime of an instance.
    pub instances: Option<Instances>,
    /// Required or added prefix of its metric names.
    pub metric_prefix: Option<NamePrefix>,
    /// Labels that each of its series gets.
    pub labels: ConstantLabels,
}

impl ConfigFile {
    /// The entry of a collector.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.collectors.iter().find(|entry| entry.name == name)
    }

    /// Reads a config file. It has to be a regular file, or a link to one.
    ///
    /// # Errors
    /// If the file cannot be read, is too large or not UTF-8, and whatever [`Self::parse`] rejects.
    pub fn read(path: &Path, builtin: &BuiltinNames) -> Result<Self, ConfigError> {
        Self::parse_with(path, &read::text(path)?, builtin)
    }

    /// Parses the text of a config file. `path` appears in messages, and relative paths of modules
    /// start at its directory. An empty text sets nothing.
    ///
    /// # Errors
    /// If the text is too large, not YAML, or has anything that a config file cannot have.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        Self::parse_with(path, text, &BuiltinNames::default())
    }

    /// Like [`Self::parse`], with other names of the built-in families: some names cannot be granted.
    ///
    /// # Errors
    /// See [`Self::parse`].
    pub fn parse_with(
        path: &Path,
        text: &str,
        builtin: &BuiltinNames,
    ) -> Result<Self, ConfigError> {
        if text.len() > read::MAX_BYTES {
            return Err(ConfigError::TooLarge(path.to_owned()));
        }
        let mut problems = Problems::default();
        let root = yaml::parse(text, &mut problems).map_err(|fault| ConfigError::NotYaml {
            path: path.to_owned(),
            line: fault.line,
            column: fault.column,
            message: fault.message,
        })?;
        let mut file = Self {
            path: path.to_owned(),
            ..Self::default()
        };
        if let Some(root) = &root {
            file.fill(root, builtin, &mut problems);
        }
        problems.finish(path)?;
        Ok(file)
    }

    fn fill(&mut self, root: &Node, builtin: &BuiltinNames, problems: &mut Problems) {
        let root = Cursor::root(root);
        if root.is_null() {
            return;
        }
        let fields = root.fields(&reference::key_names(&reference::TOP), problems);
        if let Some(collectors) = fields.filled("collectors") {
            let entries = collectors.pairs(problems);
            let mut read = |(name, cursor): &(&str, Cursor<'_>)| {
                entry::read(name, cursor, &self.path, builtin, problems)
            };
            self.collectors = entries.iter().map(&mut read).collect();
        }
        if let Some(attributes) = fields.filled("attributes") {
            self.attributes = attributes::read(attributes, problems);
        }
        if let Some(config) = fields.filled("config") {
            self.warnings
                .extend(attributes::old_config(config, problems));
        }
    }
}

#[cfg(test)]
mod tests;
