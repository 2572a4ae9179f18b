//! Reads a response from a file, from stdin or from a server.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::client::{self, ClientError, Target, TargetError};
use firepit_exposition::escape::escaped;

/// Maximum size of a response in bytes: more than firepit ever serves.
const MAX_BYTES: u64 = 64 << 20;

/// The path of an address without one.
const PATH: &str = "/metrics";

/// Where a response comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// A server.
    Server(Target),
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The server does not answer with one.
    #[error(transparent)]
    Server(#[from] ClientError),
    /// It is too large.
    #[error("it has more than {MAX_BYTES} bytes")]
    TooLarge,
}

impl Source {
    /// The source of an operand: `-`, an address with `http://`, `https://` or `unix:`, or a file.
    ///
    /// # Errors
    /// It begins as an address, and is none.
    pub fn of(operand: &Path) -> Result<Self, TargetError> {
        Ok(match operand.to_str() {
            Some("-") => Self::Stdin,
            Some(text) if Target::is_meant(text) => Self::Server(Target::parse(text, PATH)?),
            _ => Self::File(operand.to_owned()),
        })
    }

    pub(super) fn read(&self, timeout: Duration) -> Result<Vec<u8>, ReadError> {
        match self {
            Self::File(path) => all_of(File::open(path)?),
            Self::Stdin => all_of(io::stdin().lock()),
            Self::Server(target) => Ok(client::fetch(target, timeout, MAX_BYTES)?),
        }
    }
}

fn all_of(input: impl Read) -> Result<Vec<u8>, ReadError> {
    let mut content = Vec::new();
    input.take(MAX_BYTES + 1).read_to_end(&mut content)?;
    if content.len() as u64 > MAX_BYTES {
        return Err(ReadError::TooLarge);
    }
    Ok(content)
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.write_str(&escaped(&path.display().to_string())),
            Self::Stdin => f.write_str("standard input"),
            Self::Server(target) => target.fmt(f),
        }
    }
}
