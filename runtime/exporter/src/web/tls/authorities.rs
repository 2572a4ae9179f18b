//! The certificate authorities for client certificates.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::material;
use crate::web::web_config::error::WebConfigError;
use crate::web::web_config::file;
use crate::web::web_config::schema::Material;

/// Where distributions keep the system's authorities, as in Go. The first that exists is read.
const SYSTEM: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The configured authorities, if there are any. As in Go, what is not a certificate is skipped: a file
/// without any gives no authority, and every client is rejected.
///
/// # Errors
/// The configured file cannot be read.
pub(super) fn read(
    path: &Path,
    configured: Option<&Material>,
) -> Result<Vec<CertificateDer<'static>>, WebConfigError> {
    let Some(material) = configured else {
        return Ok(Vec::new());
    };
    Ok(certificates(&material::bytes(
        path,
        "client_ca_file",
        material,
    )?))
}

/// The authorities of the system.
pub(super) fn of_system() -> Vec<CertificateDer<'static>> {
    let mut files = SYSTEM
        .iter()
        .filter_map(|path| file::read(Path::new(path)).ok());
    files
        .next()
        .map(|pem| certificates(&pem))
        .unwrap_or_default()
}

fn certificates(pem: &[u8]) -> Vec<CertificateDer<'static>> {
    // The reader ends after an error that it cannot skip, so that this ends too.
    CertificateDer::pem_slice_iter(pem).flatten().collect()
}
