//! Why a config file is refused.

use std::fmt::{self, Write as _};
use std::io;
use std::path::{Path, PathBuf};

use crate::ownership::Distrust;

/// A config file that cannot be used; nothing of it is.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It could not be opened or read.
    #[error("the config file {} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others than root and firepit's user can change it.
    #[error("the config file is not used: {0}")]
    Distrusted(Distrust),
    /// A directory, a pipe, a device.
    #[error("the config file {} is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// More than one mebibyte.
    #[error("the config file {} has more than {} bytes", .0.display(), super::read::MOST_BYTES)]
    TooLarge(PathBuf),
    /// It is not UTF-8.
    #[error("{}:{line}: not a text in UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The line with the first byte that is wrong, counted from 1.
        line: usize,
    },
    /// The YAML parser does not get through, or it is of a depth or length that no config has.
    #[error(
        "{}:{line}:{column}: not YAML that a config can be read from: {message}",
        path.display()
    )]
    NotYaml {
        /// The file.
        path: PathBuf,
        /// Where the parser stopped, counted from 1.
        line: usize,
        /// The character within that line, counted from 1.
        column: usize,
        /// What it says.
        message: String,
    },
    /// It is YAML, but says what a config file cannot say. The message has a line for each problem.
    #[error("{}", lines(path, problems, *omitted))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, in the order of the lines.
        problems: Vec<Problem>,
        /// How many more problems there are than these.
        omitted: usize,
    },
}

/// One thing that is wrong in a config file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// Which key it is about, and what is wrong; always one line of bounded length.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.text)
    }
}

fn lines(path: &Path, problems: &[Problem], omitted: usize) -> String {
    let path = path.display();
    let lines: Vec<_> = (problems.iter())
        .map(|problem| format!("{path}:{problem}"))
        .collect();
    let mut text = lines.join("\n");
    if omitted > 0 {
        // Writing to a text does not fail.
        let _ = write!(text, "\n{path}: and {omitted} more");
    }
    text
}
