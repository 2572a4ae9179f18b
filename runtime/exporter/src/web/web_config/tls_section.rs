//! Reads the section `tls_server_config`.

use std::path::Path;

use super::scalars;
use super::schema::{Curve, Document, Material, Suite, TlsSection, Version};
use crate::config::cursor::{Cursor, Fields};
use crate::config::problems::Problems;
use firepit_exposition::escape::quoted;

const KEYS: [&str; 13] = [
    "cert",
    "key",
    "client_ca",
    "cert_file",
    "key_file",
    "client_ca_file",
    "client_auth_type",
    "client_allowed_sans",
    "cipher_suites",
    "curve_preferences",
    "min_version",
    "max_version",
    "prefer_server_cipher_suites",
];

const VERSIONS: [(&str, Version); 4] = [
    ("TLS10", Version::Tls10),
    ("TLS11", Version::Tls11),
    ("TLS12", Version::Tls12),
    ("TLS13", Version::Tls13),
];

const SUITES: [(&str, Suite); 13] = [
    ("TLS_AES_128_GCM_SHA256", Suite::Tls13),
    ("TLS_AES_256_GCM_SHA384", Suite::Tls13),
    ("TLS_CHACHA20_POLY1305_SHA256", Suite::Tls13),
    (
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        Suite::EcdsaAes128Gcm,
    ),
    (
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        Suite::EcdsaAes256Gcm,
    ),
    (
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        Suite::EcdsaChaCha20,
    ),
    ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", Suite::RsaAes128Gcm),
    ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", Suite::RsaAes256Gcm),
    (
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        Suite::RsaChaCha20,
    ),
    ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", Suite::Cbc),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", Suite::Cbc),
    ("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", Suite::Cbc),
    ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", Suite::Cbc),
];

const CURVES: [(&str, Curve); 5] = [
    ("X25519MLKEM768", Curve::X25519MlKem768),
    ("X25519", Curve::X25519),
    ("CurveP256", Curve::P256),
    ("CurveP384", Curve::P384),
    ("CurveP521", Curve::P521),
];

/// Reads the section, and notes settings without effect.
pub(super) fn read(
    cursor: &Cursor<'_>,
    directory: &Path,
    document: &mut Document,
    problems: &mut Problems,
) {
    if !scalars::is_mapping(cursor, problems) {
        return;
    }
    let fields = cursor.fields(&KEYS, problems);
    let mut material = |inline, file| material(&fields, inline, file, directory, problems);
    let cert = material("cert", "cert_file");
    let key = material("key", "key_file");
    let client_ca = material("client_ca", "client_ca_file");
    if let Some(prefer) = fields.get("prefer_server_cipher_suites") {
        // As in the toolkit, whose TLS library ignores it.
        scalars::boolean(prefer, problems);
    }
    let section = TlsSection {
        cert,
        key,
        client_ca,
        client_auth_type: text(&fields, "client_auth_type", problems),
        client_allowed_sans: list(&fields, "client_allowed_sans", problems)
            .iter()
            .map(|name| scalars::text(name, problems))
            .collect(),
        min_version: version(&fields, "min_version", problems),
        max_version: version(&fields, "max_version", problems),
        cipher_suites: known(&fields, "cipher_suites", "cipher", &SUITES, problems),
        curves: known(&fields, "curve_preferences", "curve", &CURVES, problems),
    };
    note(&section, &mut document.notes);
    document.tls = section;
}

/// The settings that TLS here does not know, one sentence each.
fn note(section: &TlsSection, notes: &mut Vec<String>) {
    let old = |version: Option<Version>| version.is_some_and(|it| it < Version::Tls12);
    if old(section.min_version) {
        notes.push(
            "min_version: TLS 1.0 and 1.1 are not supported, the minimum is TLS12".to_owned(),
        );
    }
    if section.cipher_suites.contains(&Suite::Cbc) {
        notes.push("cipher_suites: the CBC suites are not supported, ignoring them".to_owned());
    }
    if section.curves.contains(&Curve::P521) {
        notes.push("curve_preferences: CurveP521 is not supported, ignoring it".to_owned());
    }
}

fn text(fields: &Fields<'_>, key: &str, problems: &mut Problems) -> String {
    let value = fields.get(key).map(|value| scalars::text(value, problems));
    value.unwrap_or_default()
}

fn list<'a>(fields: &Fields<'a>, key: &str, problems: &mut Problems) -> Vec<Cursor<'a>> {
    let value = fields.get(key).map(|value| scalars::texts(value, problems));
    value.unwrap_or_default()
}

/// The file if there is one, otherwise the inline text.
fn material(
    fields: &Fields<'_>,
    inline: &str,
    file: &str,
    directory: &Path,
    problems: &mut Problems,
) -> Option<Material> {
    let inline = text(fields, inline, problems);
    let file = text(fields, file, problems);
    if !file.is_empty() {
        return Some(Material::File(directory.join(file)));
    }
    (!inline.is_empty()).then_some(Material::Inline(inline))
}

fn version(fields: &Fields<'_>, key: &str, problems: &mut Problems) -> Option<Version> {
    let cursor = fields.filled(key)?;
    let given = scalars::text(cursor, problems);
    find(cursor, &given, "TLS version", &VERSIONS, problems)
}

/// The values of a list of names.
fn known<T: Copy>(
    fields: &Fields<'_>,
    key: &str,
    what: &str,
    names: &[(&str, T)],
    problems: &mut Problems,
) -> Vec<T> {
    let list = list(fields, key, problems);
    let mut values = Vec::new();
    for cursor in &list {
        let given = scalars::text(cursor, problems);
        values.extend(find(cursor, &given, what, names, problems));
    }
    values
}

fn find<T: Copy>(
    cursor: &Cursor<'_>,
    given: &str,
    what: &str,
    names: &[(&str, T)],
    problems: &mut Problems,
) -> Option<T> {
    let found = names.iter().find(|(name, _)| *name == given);
    if found.is_none() {
        let names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        let given = quoted(given);
        let text = format!("unknown {what}: {given}; one of {}", names.join(", "));
        cursor.reject(problems, text);
    }
    found.map(|(_, value)| *value)
}
