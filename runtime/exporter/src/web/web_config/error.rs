//! Why a web config file is rejected.

use std::io;
use std::path::{Path, PathBuf};

use super::file;

/// A web config file that cannot be used. It is rejected as a whole. The texts contain no secrets.
#[derive(Debug, thiserror::Error)]
pub enum WebConfigError {
    /// It could not be read.
    #[error("cannot read the web config file {}: {cause}; correct --web.config.file", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// It is not UTF-8.
    #[error("{}: invalid yaml: not UTF-8", .0.display())]
    NotText(PathBuf),
    /// It is not YAML.
    #[error("{}:{line}:{column}: invalid yaml: {message}", path.display())]
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
    /// It has keys or values that a web config file cannot have. The text has a line for each problem.
    #[error("{}", .0.join("\n"))]
    Invalid(Vec<String>),
    /// The hash of a password cannot be used.
    #[error(
        "{}: basic_auth_users: the hash of user \"{user}\" cannot be used: {cause}; write a bcrypt hash, \
         such as htpasswd -nB {user} prints",
        path.display()
    )]
    Hash {
        /// The file.
        path: PathBuf,
        /// The user's name, escaped.
        user: String,
        /// What is wrong with it.
        cause: String,
    },
    /// TLS is on, but a part of the key pair is not given.
    #[error(
        "{}: missing one of {inline} or {inline}_file; tls_server_config needs both a certificate and \
         a key",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
        /// The key of the inline form.
        inline: &'static str,
    },
    /// A file that it names cannot be read.
    #[error(
        "{}: failed to read {key} ({}): {cause}; relative paths start at the directory of the web \
         config file",
        path.display(),
        file.display()
    )]
    File {
        /// The web config file.
        path: PathBuf,
        /// The key that names the file.
        key: &'static str,
        /// The file.
        file: PathBuf,
        /// Why.
        cause: String,
    },
    /// Certificate and key cannot be used, or not together.
    #[error("{}: failed to load X509KeyPair: {cause}", path.display())]
    KeyPair {
        /// The web config file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// The policy for client certificates is unknown.
    #[error(
        "{}: invalid ClientAuth: {value}; one of NoClientCert, RequestClientCert, RequireAnyClientCert, \
         VerifyClientCertIfGiven, RequireAndVerifyClientCert",
        path.display()
    )]
    ClientAuth {
        /// The web config file.
        path: PathBuf,
        /// The given policy, escaped.
        value: String,
    },
    /// There are authorities for client certificates, but no client is asked for one.
    #[error(
        "{}: client CA's have been configured without a Client Auth Policy; set client_auth_type, for \
         example to RequireAndVerifyClientCert",
        path.display()
    )]
    NoClientAuth {
        /// The web config file.
        path: PathBuf,
    },
    /// No connection could be made with what is left of the settings.
    #[error("{}: tls_server_config: {cause}", path.display())]
    Unusable {
        /// The web config file.
        path: PathBuf,
        /// What is missing.
        cause: String,
    },
}

impl WebConfigError {
    /// The error of reading the web config file itself.
    pub(super) fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::Read {
            path: path.to_owned(),
            cause: file::cause(error),
        }
    }
}
