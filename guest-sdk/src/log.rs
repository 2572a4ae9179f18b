//! Lines for the host's log. The host adds the collector's name and the time.
//!
//! ```
//! firepit_sdk::log::debug("counter jumped backwards", &[("cpu", "0")]);
//! ```

use crate::backend;

/// How urgent a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Details for somebody who looks for a fault.
    Debug,
    /// Something worth knowing.
    Info,
    /// Something is off, the collector goes on.
    Warn,
    /// Something failed.
    Error,
}

/// Writes one message with named values.
pub fn log(level: Level, message: &str, fields: &[(&str, &str)]) {
    backend::log(level, message, fields);
}

/// Writes a message for somebody who looks for a fault.
pub fn debug(message: &str, fields: &[(&str, &str)]) {
    log(Level::Debug, message, fields);
}

/// Writes a message worth knowing.
pub fn info(message: &str, fields: &[(&str, &str)]) {
    log(Level::Info, message, fields);
}

/// Writes a message about something that is off.
pub fn warn(message: &str, fields: &[(&str, &str)]) {
    log(Level::Warn, message, fields);
}

/// Writes a message about something that failed.
pub fn error(message: &str, fields: &[(&str, &str)]) {
    log(Level::Error, message, fields);
}
