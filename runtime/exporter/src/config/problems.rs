//! The problems found in a file.

use std::path::Path;

use super::{ConfigError, Problem};
use firepit_exposition::escape::quoted;

/// Maximum number of reported problems: a file of another kind has thousands.
const MAX_PROBLEMS: usize = 50;

/// The problems of one file.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    list: Vec<Problem>,
    omitted: usize,
}

impl Problems {
    /// Adds a problem.
    pub(crate) fn add(&mut self, line: usize, text: String) {
        if self.list.len() < MAX_PROBLEMS {
            self.list.push(Problem { line, text })
        } else {
            self.omitted += 1
        }
    }

    /// Returns the problems as an error, if there are any.
    pub(crate) fn finish(self, path: &Path) -> Result<(), ConfigError> {
        let Self { mut list, omitted } = self;
        if list.is_empty() {
            return Ok(());
        }
        list.sort_by_key(|problem| problem.line);
        Err(ConfigError::Invalid {
            path: path.to_owned(),
            problems: list,
            omitted,
        })
    }
}

/// A text of the file in quotes, for a message.
pub(crate) fn in_quotes(text: &str) -> String {
    format!("\"{}\"", quoted(text))
}
