//! Lines for the host's log. The host adds the collector's name and the time.
//!
//! ```
//! firepit_sdk::log::debug("counter jumped backwards", &[("cpu", "0")]);
//! ```

use crate::backend;

/// The severity of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Details for debugging.
    Debug,
    /// A noteworthy event.
    Info,
    /// A problem; the collector continues.
    Warn,
    /// A failure.
    Error,
}

/// Logs a message with named values.
pub fn log(level: Level, message: &str, fields: &[(&str, &str)]) {
    backend::log(level, message, fields);
}

/// Logs a message for debugging.
pub fn debug(message: &str, fields: &[(&str, &str)]) {
    log(Level::Debug, message, fields);
}

/// Logs a noteworthy event.
pub fn info(message: &str, fields: &[(&str, &str)]) {
    log(Level::Info, message, fields);
}

/// Logs a problem.
pub fn warn(message: &str, fields: &[(&str, &str)]) {
    log(Level::Warn, message, fields);
}

/// Logs a failure.
pub fn error(message: &str, fields: &[(&str, &str)]) {
    log(Level::Error, message, fields);
}
