//! Certificates and keys in PEM, from files or from the web config file itself.

use std::path::Path;

use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::web::web_config::error::WebConfigError;
use crate::web::web_config::file;
use crate::web::web_config::schema::Material;

/// The bytes of PEM.
///
/// # Errors
/// The file cannot be read. `path` is the web config file, and `key` its key that names the file.
pub(super) fn bytes(
    path: &Path,
    key: &'static str,
    material: &Material,
) -> Result<Vec<u8>, WebConfigError> {
    match material {
        Material::Inline(text) => Ok(text.clone().into_bytes()),
        Material::File(name) => file::read(name).map_err(|error| WebConfigError::File {
            path: path.to_owned(),
            key,
            file: name.clone(),
            cause: file::cause(&error),
        }),
    }
}

/// All certificates, in their order.
///
/// # Errors
/// A sentence, if there is none, or one is damaged.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => {
            Err("failed to find any PEM data in certificate input".to_owned())
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(format!("certificate: {}", fault(&error))),
    }
}

/// The first private key.
///
/// # Errors
/// A sentence, if there is none, or it is damaged.
pub(super) fn key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| match error {
        PemError::NoItemsFound => "failed to find any PEM data in key input".to_owned(),
        error => format!("key: {}", fault(&error)),
    })
}

/// Without the parser's details: they quote the input, which may be a key.
fn fault(error: &PemError) -> &'static str {
    match error {
        PemError::MissingSectionEnd { .. } => "a PEM section has no end",
        PemError::IllegalSectionStart { .. } => "a PEM section has a malformed begin",
        PemError::Base64Decode(_) => "a PEM section is not base64",
        _ => "malformed PEM",
    }
}
