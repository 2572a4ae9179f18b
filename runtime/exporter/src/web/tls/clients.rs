//! Checks the certificates of clients, by the five policies of Go's TLS library.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    SignatureScheme,
};

use super::names;

/// A policy for client certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    /// Clients are not asked for one.
    NoClientCert,
    /// Clients are asked, and may send any or none.
    RequestClientCert,
    /// Clients have to send one, which may be any.
    RequireAnyClientCert,
    /// Clients may send none, or one of an authority.
    VerifyClientCertIfGiven,
    /// Clients have to send one of an authority.
    RequireAndVerifyClientCert,
}

impl Policy {
    /// Reads `client_auth_type`; empty if it is not set.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "" | "NoClientCert" => Self::NoClientCert,
            "RequestClientCert" => Self::RequestClientCert,
            "RequireAnyClientCert" | "RequireClientCert" => Self::RequireAnyClientCert,
            "VerifyClientCertIfGiven" => Self::VerifyClientCertIfGiven,
            "RequireAndVerifyClientCert" => Self::RequireAndVerifyClientCert,
            _ => return None,
        })
    }

    /// Whether certificates have to be signed by an authority.
    pub(super) fn verifies(self) -> bool {
        matches!(
            self,
            Self::VerifyClientCertIfGiven | Self::RequireAndVerifyClientCert
        )
    }

    fn is_mandatory(self) -> bool {
        matches!(
            self,
            Self::RequireAnyClientCert | Self::RequireAndVerifyClientCert
        )
    }
}

/// Checks client certificates. Without a certificate it is not called.
#[derive(Debug)]
pub(super) struct ClientVerifier {
    is_mandatory: bool,
    issuer: Issuer,
    /// Names of which a certificate must have one; empty for any name.
    allowed_names: Vec<String>,
    algorithms: WebPkiSupportedAlgorithms,
}

/// Where certificates have to come from.
#[derive(Debug)]
enum Issuer {
    /// Anywhere.
    Any,
    /// No certificate is valid, because there is no authority.
    Nobody,
    Authorities {
        /// Themselves valid as certificates of clients.
        certificates: Vec<CertificateDer<'static>>,
        chain: Arc<dyn ClientCertVerifier>,
    },
}

impl ClientVerifier {
    /// A verifier for a policy other than [`Policy::NoClientCert`].
    ///
    /// # Errors
    /// rustls cannot use the authorities.
    pub(super) fn new(
        policy: Policy,
        authorities: Vec<CertificateDer<'static>>,
        allowed_names: Vec<String>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, String> {
        let issuer = if policy.verifies() {
            Issuer::of(authorities, provider)?
        } else {
            Issuer::Any
        };
        Ok(Self {
            is_mandatory: policy.is_mandatory(),
            issuer,
            allowed_names,
            algorithms: provider.signature_verification_algorithms,
        })
    }
}

impl Issuer {
    fn of(
        certificates: Vec<CertificateDer<'static>>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates.iter().cloned());
        if roots.is_empty() {
            return Ok(Self::Nobody);
        }
        let builder =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
        let chain = builder.build().map_err(|error| error.to_string())?;
        Ok(Self::Authorities {
            certificates,
            chain,
        })
    }

    fn check(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        match self {
            Self::Any => Ok(()),
            Self::Nobody => Err(CertificateError::UnknownIssuer.into()),
            // As in Go, and unlike in rustls, a listed certificate is valid itself: the usual way with
            // self-signed ones.
            Self::Authorities { certificates, .. }
                if certificates.contains(certificate)
                    && names::is_valid_client(certificate, now) =>
            {
                Ok(())
            }
            Self::Authorities { chain, .. } => chain
                .verify_client_cert(certificate, intermediates, now)
                .map(|_| ()),
        }
    }
}

impl ClientCertVerifier for ClientVerifier {
    fn offer_client_auth(&self) -> bool {
        true
    }

    fn client_auth_mandatory(&self) -> bool {
        self.is_mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        match &self.issuer {
            Issuer::Authorities { chain, .. } => chain.root_hint_subjects(),
            Issuer::Any | Issuer::Nobody => &[],
        }
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.issuer.check(certificate, intermediates, now)?;
        if !self.allowed_names.is_empty()
            && !names::has_allowed_name(certificate, &self.allowed_names)
        {
            tracing::debug!("could not find allowed SANs in client cert");
            // Its alert is bad_certificate, as in the toolkit.
            return Err(CertificateError::NotValidForName.into());
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
