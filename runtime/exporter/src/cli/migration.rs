//! `firepit migrate`: today's command line for an old one.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

use super::legacy::{self, Action, Credentials, LegacyError};

/// Today's form of an old command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Arguments of today, without the program's name.
    pub args: Vec<OsString>,
    /// Sentences about the old flags.
    pub notes: Vec<String>,
    /// Which metrics the old program exposed.
    pub metrics: MetricNames,
    /// The user of basic authentication, who needs a web config file.
    pub user: Option<Credentials>,
}

/// The names of the metrics of an old command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetricNames {
    /// Those of these collectors of node_exporter 0.6 to 0.8.
    Old(Vec<String>),
    /// Those of later versions.
    Later,
}

/// Translates a command line, which may begin with the path of a program.
///
/// # Errors
/// It is not a command line of node_exporter.
pub(super) fn of(line: &[OsString]) -> Result<Migration, LegacyError> {
    let is_program = |arg: &OsString| !arg.as_bytes().starts_with(b"-");
    let line = match line.split_first() {
        Some((program, rest)) if is_program(program) => rest,
        _ => line,
    };
    if line.is_empty() {
        return Err(LegacyError::NothingToMigrate);
    }
    if !legacy::is_old(line) {
        let (args, notes) = legacy::modernize(line);
        return Ok(Migration {
            args,
            notes,
            metrics: MetricNames::Later,
            user: None,
        });
    }
    let done = legacy::translate(line)?;
    let mut args = done.args;
    if done.action == Some(Action::PrintCollectors) {
        args.insert(0, "check-config".into());
    }
    Ok(Migration {
        args,
        notes: done.notes,
        metrics: MetricNames::Old(done.collectors),
        user: done.credentials,
    })
}

/// An argument as a shell reads it.
#[must_use]
pub fn shell_quoted(arg: &OsStr) -> Vec<u8> {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"@%+=:,./_-".contains(byte);
    let bytes = arg.as_bytes();
    if !bytes.is_empty() && bytes.iter().all(is_plain) {
        return bytes.to_owned();
    }
    let mut quoted = vec![b'\''];
    for &byte in bytes {
        match byte {
            b'\'' => quoted.extend(br"'\''"),
            byte => quoted.push(byte),
        }
    }
    quoted.push(b'\'');
    quoted
}
