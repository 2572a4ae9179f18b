//! The typed content of a web config file.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};

/// A web config file; each value is checked on its own.
#[derive(Debug, Clone, Default)]
pub(in crate::web) struct Document {
    pub(in crate::web) tls: TlsSection,
    /// Headers of every response.
    pub(in crate::web) headers: Vec<(HeaderName, HeaderValue)>,
    /// HTTP/2 is off. It needs TLS.
    pub(in crate::web) no_http2: bool,
    /// The limit that all clients share.
    pub(in crate::web) rate_limit: Rate,
    /// The limit of each client.
    pub(in crate::web) rate_limit_per_client: Rate,
    pub(in crate::web) users: Vec<User>,
    /// Settings that are accepted without effect, for the log.
    pub(in crate::web) notes: Vec<String>,
}

/// The section `tls_server_config`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::web) struct TlsSection {
    pub(in crate::web) cert: Option<Material>,
    pub(in crate::web) key: Option<Material>,
    pub(in crate::web) client_ca: Option<Material>,
    /// As written; empty if it is not set.
    pub(in crate::web) client_auth_type: String,
    pub(in crate::web) client_allowed_sans: Vec<String>,
    pub(in crate::web) min_version: Option<Version>,
    pub(in crate::web) max_version: Option<Version>,
    /// Empty for the defaults.
    pub(in crate::web) cipher_suites: Vec<Suite>,
    /// Empty for the defaults.
    pub(in crate::web) curves: Vec<Curve>,
}

impl TlsSection {
    /// Whether TLS is on: versions, ciphers, curves and names alone do not enable it.
    pub(in crate::web) fn is_on(&self) -> bool {
        self.cert.is_some()
            || self.key.is_some()
            || self.client_ca.is_some()
            || !self.client_auth_type.is_empty()
    }

    /// The files that it names.
    pub(in crate::web) fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let all = [&self.cert, &self.key, &self.client_ca];
        all.into_iter().filter_map(|material| match material {
            Some(Material::File(path)) => Some(path),
            _ => None,
        })
    }
}

/// Where certificates or a key come from.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::web) enum Material {
    /// A file; relative paths are already joined to the directory of the web config file.
    File(PathBuf),
    /// PEM text in the web config file.
    Inline(String),
}

/// Does not show inline keys.
impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Inline(_) => f.write_str("Inline(..)"),
        }
    }
}

/// Versions of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::web) enum Version {
    Tls10,
    Tls11,
    Tls12,
    Tls13,
}

/// Cipher suites that the toolkit accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Suite {
    /// One of TLS 1.3. Accepted without effect, as by the toolkit: TLS 1.3 always has all three.
    Tls13,
    EcdsaAes128Gcm,
    EcdsaAes256Gcm,
    EcdsaChaCha20,
    RsaAes128Gcm,
    RsaAes256Gcm,
    RsaChaCha20,
    /// Not available here.
    Cbc,
}

/// Groups for the key exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Curve {
    X25519MlKem768,
    X25519,
    P256,
    P384,
    /// Not available here.
    P521,
}

/// A token bucket: one token per interval, at most `burst` of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::web) struct Rate {
    /// Zero for no limit.
    pub(in crate::web) interval: Duration,
    /// With 0, every request is rejected.
    pub(in crate::web) burst: u64,
}

/// A user with the hash of a password.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::web) struct User {
    pub(in crate::web) name: String,
    /// As written.
    pub(in crate::web) hash: String,
}

/// Does not show the hash.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
