//! Errors, in the words of Prometheus' own parser.

use super::Limit;

/// The reason why a text was rejected. Nothing of the text is returned then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text violates the format.
    #[error("text format parsing error in line {line}: {message}")]
    Syntax {
        /// Number of the first wrong line, from 1.
        line: usize,
        /// The problem. Quotes of the text are escaped and truncated.
        message: String,
    },
    /// The text exceeds a limit.
    #[error("{message}")]
    TooLarge {
        /// The limit.
        limit: Limit,
        /// The limit and its value.
        message: String,
    },
}
