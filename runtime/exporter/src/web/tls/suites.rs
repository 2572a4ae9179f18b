//! Versions, cipher suites and groups of a config, in the server's order.

use rustls::crypto::aws_lc_rs::{self, cipher_suite as all, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::{SupportedCipherSuite, SupportedProtocolVersion, version};

use crate::web::web_config::schema::{Curve, Suite, TlsSection, Version};

/// The cipher suites of TLS 1.3, all of which are always on, in Go's order.
const TLS13: [SupportedCipherSuite; 3] = [
    all::TLS13_AES_128_GCM_SHA256,
    all::TLS13_AES_256_GCM_SHA384,
    all::TLS13_CHACHA20_POLY1305_SHA256,
];

/// The cipher suites of TLS 1.2, in Go's order.
const TLS12: [(Suite, SupportedCipherSuite); 6] = [
    (
        Suite::EcdsaAes128Gcm,
        all::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    ),
    (
        Suite::RsaAes128Gcm,
        all::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ),
    (
        Suite::EcdsaAes256Gcm,
        all::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    ),
    (
        Suite::RsaAes256Gcm,
        all::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    ),
    (
        Suite::EcdsaChaCha20,
        all::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ),
    (
        Suite::RsaChaCha20,
        all::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ),
];

/// The groups, the preferred one first. The first resists quantum computers.
const GROUPS: [(Curve, &dyn SupportedKxGroup); 4] = [
    (Curve::X25519MlKem768, kx_group::X25519MLKEM768),
    (Curve::X25519, kx_group::X25519),
    (Curve::P256, kx_group::SECP256R1),
    (Curve::P384, kx_group::SECP384R1),
];

/// The cryptography that a section allows.
pub(super) struct Choice {
    pub(super) provider: CryptoProvider,
    pub(super) versions: Vec<&'static SupportedProtocolVersion>,
}

/// Applies the section's versions, cipher suites and curves. `http2` is whether HTTP/2 will be offered.
///
/// # Errors
/// A sentence, if no connection could be made, or HTTP/2 lacks a cipher suite that it requires.
pub(super) fn choose(section: &TlsSection, http2: bool) -> Result<Choice, String> {
    let min = section.min_version.unwrap_or(Version::Tls12);
    let max = section.max_version.unwrap_or(Version::Tls13);
    if max < Version::Tls12 {
        return Err(
            "max_version: TLS 1.0 and 1.1 are not supported, and no other version is left; remove \
             max_version or set TLS12 or TLS13"
                .to_owned(),
        );
    }
    if min > max {
        return Err("min_version is above max_version, and no version is left".to_owned());
    }
    let tls12 = tls12_suites(section);
    let mut versions = Vec::new();
    if max >= Version::Tls13 {
        versions.push(&version::TLS13);
    }
    if min <= Version::Tls12 && !tls12.is_empty() {
        versions.push(&version::TLS12);
    }
    if versions.is_empty() {
        return Err(
            "cipher_suites: none of these is supported with TLS 1.2, and TLS 1.3 is off; add \
             TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or \
             TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, or set max_version to TLS13"
                .to_owned(),
        );
    }
    if http2 && min <= Version::Tls12 && !has_http2_suite(&section.cipher_suites) {
        return Err(
            "http2: TLSConfig.CipherSuites is missing an HTTP/2-required AES_128_GCM_SHA256 cipher \
             (need at least one of TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or \
             TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256); add one, or set http2: false in \
             http_server_config"
                .to_owned(),
        );
    }
    let groups = groups(section);
    let only_new = groups
        .iter()
        .all(|group| group.name() == rustls::NamedGroup::X25519MLKEM768);
    if groups.is_empty() || only_new && max == Version::Tls12 {
        return Err(
            "curve_preferences: none of these is supported; add X25519, CurveP256 or CurveP384"
                .to_owned(),
        );
    }
    Ok(Choice {
        provider: CryptoProvider {
            cipher_suites: TLS13.into_iter().chain(tls12).collect(),
            kx_groups: groups,
            ..aws_lc_rs::default_provider()
        },
        versions,
    })
}

fn tls12_suites(section: &TlsSection) -> Vec<SupportedCipherSuite> {
    let named = &section.cipher_suites;
    let chosen = TLS12
        .iter()
        .filter(|(suite, _)| named.is_empty() || named.contains(suite));
    chosen.map(|(_, suite)| *suite).collect()
}

fn groups(section: &TlsSection) -> Vec<&'static dyn SupportedKxGroup> {
    let named = &section.curves;
    let chosen = GROUPS
        .iter()
        .filter(|(curve, _)| named.is_empty() || named.contains(curve));
    chosen.map(|(_, group)| *group).collect()
}

/// Whether the cipher suite that HTTP/2 requires over TLS 1.2 is on.
fn has_http2_suite(named: &[Suite]) -> bool {
    named.is_empty()
        || named.contains(&Suite::RsaAes128Gcm)
        || named.contains(&Suite::EcdsaAes128Gcm)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(suites: &[Suite], curves: &[Curve]) -> TlsSection {
        TlsSection {
            cipher_suites: suites.to_vec(),
            curves: curves.to_vec(),
            ..TlsSection::default()
        }
    }

    fn names(choice: &Choice) -> Vec<String> {
        let suites = choice.provider.cipher_suites.iter();
        suites
            .skip(3)
            .map(|suite| format!("{:?}", suite.suite()))
            .collect()
    }

    #[test]
    fn the_default_is_everything_with_the_new_group_first() {
        let choice = choose(&section(&[], &[]), true).unwrap();
        assert_eq!(names(&choice).len(), 6);
        assert_eq!(choice.versions.len(), 2);
        let first = choice.provider.kx_groups[0].name();
        assert_eq!(first, rustls::NamedGroup::X25519MLKEM768);
    }

    #[test]
    fn the_order_of_the_file_does_not_matter() {
        let suites = [Suite::RsaAes256Gcm, Suite::Cbc, Suite::RsaAes128Gcm];
        let choice = choose(&section(&suites, &[]), true).unwrap();
        assert_eq!(
            names(&choice),
            [
                "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
            ]
        );
    }

    fn refusal(section: &TlsSection, http2: bool) -> String {
        choose(section, http2).map(|_| ()).unwrap_err()
    }

    #[test]
    fn settings_without_usable_algorithms_are_rejected() {
        let old = TlsSection {
            max_version: Some(Version::Tls11),
            ..TlsSection::default()
        };
        assert!(refusal(&old, false).starts_with("max_version"));
        let reversed = TlsSection {
            min_version: Some(Version::Tls13),
            max_version: Some(Version::Tls12),
            ..TlsSection::default()
        };
        assert!(refusal(&reversed, false).starts_with("min_version"));
        let cbc = TlsSection {
            max_version: Some(Version::Tls12),
            ..section(&[Suite::Cbc], &[])
        };
        assert!(refusal(&cbc, false).starts_with("cipher_suites"));
        let p521 = section(&[], &[Curve::P521]);
        assert!(refusal(&p521, false).starts_with("curve_preferences"));
        let new = TlsSection {
            max_version: Some(Version::Tls12),
            ..section(&[], &[Curve::X25519MlKem768])
        };
        assert!(refusal(&new, false).starts_with("curve_preferences"));
        let no_http2 = section(&[Suite::RsaAes256Gcm], &[]);
        assert!(refusal(&no_http2, true).contains("missing an HTTP/2-required"));
        assert!(choose(&no_http2, false).is_ok());
        let tls13 = TlsSection {
            min_version: Some(Version::Tls13),
            ..no_http2
        };
        assert!(choose(&tls13, true).is_ok());
    }
}
