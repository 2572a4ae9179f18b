//! Makes a rustls config of a section `tls_server_config`, with the checks in the toolkit's order.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::NoServerSessionStorage;

use super::clients::{ClientVerifier, Policy};
use super::{authorities, material, suites};
use crate::web::web_config::error::WebConfigError;
use crate::web::web_config::schema::TlsSection;
use firepit_exposition::escape::quoted;

/// Makes the config. `path` is the web config file, for messages.
///
/// # Errors
/// A file cannot be read, key and certificate cannot be used together, or no connection could be made.
pub(super) fn build(
    path: &Path,
    section: &TlsSection,
    http2: bool,
) -> Result<ServerConfig, WebConfigError> {
    let key_pair = |cause: String| WebConfigError::KeyPair {
        path: path.to_owned(),
        cause,
    };
    let unusable = |cause: String| WebConfigError::Unusable {
        path: path.to_owned(),
        cause,
    };
    let missing = |inline| WebConfigError::Missing {
        path: path.to_owned(),
        inline,
    };
    let cert = section.cert.as_ref().ok_or_else(|| missing("cert"))?;
    let key = section.key.as_ref().ok_or_else(|| missing("key"))?;
    let cert = material::bytes(path, "cert_file", cert)?;
    let key = material::bytes(path, "key_file", key)?;
    let certificates = material::certificates(&cert).map_err(key_pair)?;
    let key = material::key(&key).map_err(key_pair)?;
    let choice = suites::choose(section, http2);
    // Checked before the rest of the section, and reported after it, as by the toolkit.
    let mut authorities = authorities::read(path, section.client_ca.as_ref())?;
    let Some(policy) = Policy::parse(&section.client_auth_type) else {
        return Err(WebConfigError::ClientAuth {
            path: path.to_owned(),
            value: quoted(&section.client_auth_type),
        });
    };
    if section.client_ca.is_some() && policy == Policy::NoClientCert {
        return Err(WebConfigError::NoClientAuth {
            path: path.to_owned(),
        });
    }
    if section.client_ca.is_none() && policy.verifies() {
        authorities = authorities::of_system();
    }
    let choice = choice.map_err(unusable)?;
    let provider = Arc::new(choice.provider);
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&choice.versions)
        .map_err(|error| unusable(error.to_string()))?;
    let builder = if policy == Policy::NoClientCert {
        builder.with_no_client_auth()
    } else {
        let names = section.client_allowed_sans.clone();
        let verifier = ClientVerifier::new(policy, authorities, names, &provider);
        builder.with_client_cert_verifier(Arc::new(verifier.map_err(unusable)?))
    };
    let mut config = builder
        .with_single_cert(certificates, key)
        .map_err(|error| key_pair(error.to_string()))?;
    // No resumption: a client that the settings no longer admit must not come back with an old session.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.ignore_client_order = true;
    let protocols: &[&[u8]] = if http2 {
        &[b"h2", b"http/1.1"]
    } else {
        &[b"http/1.1"]
    };
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    Ok(config)
}
