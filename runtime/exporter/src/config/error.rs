//! Why a config file is rejected.

use std::fmt::{self, Write as _};
use std::io;
use std::path::{Path, PathBuf};

use firepit_sandbox::ownership::Distrust;

/// A config file that cannot be used. It is rejected as a whole.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It could not be opened or read.
    #[error("cannot read the config file {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Users other than root and firepit's own can change it.
    #[error("the config file is rejected: {0}")]
    Distrusted(Distrust),
    /// A directory, a pipe, a device.
    #[error("the config file {} is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// More than one mebibyte.
    #[error("the config file {} has more than {} bytes", .0.display(), super::read::MAX_BYTES)]
    TooLarge(PathBuf),
    /// It is not UTF-8.
    #[error("{}:{line}: not UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The line with the first invalid byte, counted from 1.
        line: usize,
    },
    /// The YAML parser fails, or the file is deeper or longer than any config.
    #[error(
        "{}:{line}:{column}: invalid YAML: {message}",
        path.display()
    )]
    NotYaml {
        /// The file.
        path: PathBuf,
        /// Where the parser stopped, counted from 1.
        line: usize,
        /// The character within that line, counted from 1.
        column: usize,
        /// The parser's message.
        message: String,
    },
    /// Valid YAML, but not a valid config file. The message has a line for each problem.
    #[error("{}", lines(path, problems, *omitted))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The problems, in the order of the lines.
        problems: Vec<Problem>,
        /// Number of further problems.
        omitted: usize,
    },
}

/// One problem of a config file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// The key and what is wrong with it; always one line of bounded length.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.text)
    }
}

fn lines(path: &Path, problems: &[Problem], omitted: usize) -> String {
    let path = path.display();
    let lines: Vec<_> = problems
        .iter()
        .map(|problem| format!("{path}:{problem}"))
        .collect();
    let mut text = lines.join("\n");
    if omitted > 0 {
        // Writing to a string does not fail.
        let _ = write!(text, "\n{path}: and {omitted} more");
    }
    text
}
