//! The names in a client's certificate, and its validity where rustls does not check it.

use std::net::IpAddr;

use rustls::pki_types::{CertificateDer, UnixTime};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{ExtendedKeyUsage, SubjectAltName};

const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
const ANY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");

/// Whether one of the certificate's alternative names (DNS, e-mail, IP address, URI) is among the allowed
/// ones, character by character. Not if it cannot be parsed.
pub(super) fn has_allowed_name(certificate: &CertificateDer<'_>, allowed: &[String]) -> bool {
    let Ok(certificate) = Certificate::from_der(certificate) else {
        return false;
    };
    let Ok(Some((_, SubjectAltName(names)))) = certificate.tbs_certificate.get() else {
        return false;
    };
    let is_allowed = |name: &str| allowed.iter().any(|allowed| allowed == name);
    names.iter().any(|name| match name {
        GeneralName::DnsName(name) => is_allowed(name.as_str()),
        GeneralName::Rfc822Name(name) => is_allowed(name.as_str()),
        GeneralName::UniformResourceIdentifier(name) => is_allowed(name.as_str()),
        GeneralName::IpAddress(octets) => {
            address(octets.as_bytes()).is_some_and(|it| is_allowed(&it.to_string()))
        }
        _ => false,
    })
}

/// An address of 4 or 16 bytes. IPv4 inside of IPv6 is IPv4, as Go writes it.
fn address(octets: &[u8]) -> Option<IpAddr> {
    let address = match <[u8; 4]>::try_from(octets) {
        Ok(four) => IpAddr::from(four),
        Err(_) => IpAddr::from(<[u8; 16]>::try_from(octets).ok()?),
    };
    Some(address.to_canonical())
}

/// Whether a certificate is valid now, and may identify a client.
pub(super) fn is_valid_client(certificate: &CertificateDer<'_>, now: UnixTime) -> bool {
    let Ok(certificate) = Certificate::from_der(certificate) else {
        return false;
    };
    let validity = &certificate.tbs_certificate.validity;
    let begin = validity.not_before.to_unix_duration().as_secs();
    let end = validity.not_after.to_unix_duration().as_secs();
    let usages = certificate.tbs_certificate.get::<ExtendedKeyUsage>();
    let may_identify = match usages {
        Ok(None) => true,
        Ok(Some((_, ExtendedKeyUsage(usages)))) => usages
            .iter()
            .any(|usage| *usage == CLIENT_AUTH || *usage == ANY_USAGE),
        Err(_) => false,
    };
    (begin..=end).contains(&now.as_secs()) && may_identify
}
