//! The config file: what an operator says of each collector, read from YAML into typed values.
//!
//! ```text
//! text -> yaml: tree of nodes with lines -> cursor: shapes and keys -> entry: values -> ConfigFile
//! ```
//!
//! Nothing here knows which collectors there are: whether one has an option, or asks for what is
//! granted, is seen where the file meets the modules. The file is checked strictly, because a
//! misspelt key that counts for nothing would be a grant or a limit that the operator believes in.
//! Every problem is told, not only the first.

mod cursor;
mod entry;
mod error;
mod grants;
mod instance;
mod keys;
mod limits;
mod merge;
mod options;
mod outline;
mod problems;
mod read;
mod yaml;

use std::path::{Path, PathBuf};

pub use error::{ConfigError, Problem};
pub use grants::{GrantsEntry, ReadsEntry};
pub use instance::{Instances, MetricPrefix};
pub use limits::LimitsEntry;
pub use merge::{EntryText, MergeError, merge};
pub use options::OptionEntry;

use cursor::Cursor;
use problems::Problems;
use yaml::Node;

/// A config file, every value checked for itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfigFile {
    /// Where it was read.
    pub path: PathBuf,
    /// One for each collector, in the order of the file. No name occurs twice.
    pub collectors: Vec<Entry>,
}

/// What the file says of one collector; what it leaves out is `None` or empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The collector's name: `[a-z][a-z0-9_]*`, at most 64 characters.
    pub name: String,
    /// The config file.
    pub file: PathBuf,
    /// The line of the name, counted from 1.
    pub line: usize,
    /// The module's file; a relative path is already joined to the directory of the config file.
    pub module: Option<PathBuf>,
    /// SHA-256 of the module's file, 64 hexadecimal digits in lower case.
    pub sha256: Option<String>,
    /// Whether the collector runs.
    pub enabled: Option<bool>,
    /// Values of the collector's own options, each name once.
    pub options: Vec<OptionEntry>,
    /// What the collector may do.
    pub grants: Option<GrantsEntry>,
    /// Bounds that differ from those of all collectors.
    pub limits: LimitsEntry,
    /// How long an instance lives.
    pub instances: Option<Instances>,
    /// What becomes of the names of its families.
    pub metric_prefix: Option<MetricPrefix>,
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
    /// A file that cannot be read, is too large or no text, and everything that [`Self::parse`]
    /// refuses.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        Self::parse(path, &read::text(path)?)
    }

    /// Reads the text of a config file. `path` stands in messages, and its directory is the one
    /// that the paths of modules begin at. A text with nothing in it sets nothing.
    ///
    /// # Errors
    /// A text that is too large, no YAML, or has anything in it that a config file cannot have.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        if text.len() > read::MOST_BYTES {
            return Err(ConfigError::TooLarge(path.to_owned()));
        }
        let mut problems = Problems::default();
        let root = yaml::parse(text, &mut problems).map_err(|fault| ConfigError::NotYaml {
            path: path.to_owned(),
            line: fault.line,
            column: fault.column,
            message: fault.message,
        })?;
        let collectors = match &root {
            Some(root) => collectors(root, path, &mut problems),
            None => Vec::new(),
        };
        problems.finish(path)?;
        Ok(Self {
            path: path.to_owned(),
            collectors,
        })
    }
}

fn collectors(root: &Node, path: &Path, problems: &mut Problems) -> Vec<Entry> {
    let root = Cursor::root(root);
    if root.is_null() {
        return Vec::new();
    }
    let fields = root.fields(&["collectors"], problems);
    match fields.get("collectors") {
        Some(collectors) if !collectors.is_null() => (collectors.pairs(problems).iter())
            .map(|(name, cursor)| entry::read(name, cursor, path, problems))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
