//! Parses a web config file. Unknown and duplicate keys are errors, and all of them are reported.

use std::path::Path;

use super::error::WebConfigError;
use super::schema::{Document, User};
use super::{file, headers, scalars, tls_section};
use crate::config::ConfigError;
use crate::config::cursor::Cursor;
use crate::config::problems::Problems;
use crate::config::yaml;

/// Reads and parses a web config file.
///
/// # Errors
/// It cannot be read, and whatever [`parse`] rejects.
pub(in crate::web) fn read(path: &Path) -> Result<Document, WebConfigError> {
    let content = file::read(path).map_err(|error| WebConfigError::unreadable(path, &error))?;
    let text = String::from_utf8(content).map_err(|_| WebConfigError::NotText(path.to_owned()))?;
    parse(path, &text)
}

/// Parses the text of a web config file. Relative paths in it start at the directory of `path`.
///
/// # Errors
/// The text is not YAML, or has anything that a web config file cannot have.
pub(in crate::web) fn parse(path: &Path, text: &str) -> Result<Document, WebConfigError> {
    let mut problems = Problems::default();
    let root = yaml::parse(text, &mut problems).map_err(|fault| WebConfigError::NotYaml {
        path: path.to_owned(),
        line: fault.line,
        column: fault.column,
        message: fault.message,
    })?;
    let mut document = Document::default();
    if let Some(root) = &root {
        let directory = path.parent().unwrap_or(Path::new(""));
        sections(&Cursor::root(root), directory, &mut document, &mut problems);
    }
    match problems.finish(path) {
        Ok(()) => Ok(document),
        Err(error) => Err(WebConfigError::Invalid(lines(path, &error))),
    }
}

/// One line for each problem. The word "yaml" is in each, as in the toolkit's errors.
fn lines(path: &Path, error: &ConfigError) -> Vec<String> {
    let path = path.display();
    let ConfigError::Invalid {
        problems, omitted, ..
    } = error
    else {
        return vec![format!("{path}: invalid yaml")];
    };
    let mut lines: Vec<_> = problems
        .iter()
        .map(|problem| format!("{path}:{}: invalid yaml: {}", problem.line, problem.text))
        .collect();
    if *omitted > 0 {
        lines.push(format!("{path}: and {omitted} more"));
    }
    lines
}

fn sections(root: &Cursor<'_>, directory: &Path, document: &mut Document, problems: &mut Problems) {
    if !scalars::is_mapping(root, problems) {
        return;
    }
    let known = [
        "tls_server_config",
        "http_server_config",
        "rate_limit",
        "rate_limit_per_client",
        "basic_auth_users",
    ];
    let fields = root.fields(&known, problems);
    if let Some(section) = fields.get("tls_server_config") {
        tls_section::read(section, directory, document, problems);
    }
    if let Some(section) = fields.get("http_server_config") {
        http(section, document, problems);
    }
    if let Some(section) = fields.get("rate_limit") {
        document.rate_limit = scalars::rate(section, problems);
    }
    if let Some(section) = fields.get("rate_limit_per_client") {
        document.rate_limit_per_client = scalars::rate(section, problems);
    }
    if let Some(section) = fields.get("basic_auth_users") {
        document.users = users(section, problems);
    }
}

fn http(cursor: &Cursor<'_>, document: &mut Document, problems: &mut Problems) {
    if !scalars::is_mapping(cursor, problems) {
        return;
    }
    let fields = cursor.fields(&["http2", "headers"], problems);
    let http2 = fields
        .get("http2")
        .and_then(|value| scalars::boolean(value, problems));
    document.no_http2 = http2 == Some(false);
    if let Some(section) = fields.get("headers") {
        document.headers = headers::read(section, problems);
    }
}

fn users(cursor: &Cursor<'_>, problems: &mut Problems) -> Vec<User> {
    if !scalars::is_mapping(cursor, problems) {
        return Vec::new();
    }
    let pairs = cursor.pairs(problems);
    let user = |(name, hash): &(&str, Cursor<'_>)| User {
        name: (*name).to_owned(),
        hash: scalars::text(hash, problems),
    };
    pairs.iter().map(user).collect()
}
