//! The problems found on the way through a file.

use std::path::Path;

use super::{ConfigError, Problem};
use crate::shown::shown;

/// Problems that are shown; a file that is something else altogether has thousands.
const MOST_PROBLEMS: usize = 50;

/// The problems of one file.
#[derive(Debug, Default)]
pub(super) struct Problems {
    list: Vec<Problem>,
    omitted: usize,
}

impl Problems {
    /// Notes one problem.
    pub(super) fn add(&mut self, line: usize, text: String) {
        match self.list.len() < MOST_PROBLEMS {
            true => self.list.push(Problem { line, text }),
            false => self.omitted += 1,
        }
    }

    /// The error that the problems come to, if there are any.
    pub(super) fn finish(self, path: &Path) -> Result<(), ConfigError> {
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

/// A text of the file between quotes, for a message.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", shown(text))
}
