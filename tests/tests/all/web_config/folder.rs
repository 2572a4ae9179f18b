//! The toolkit's test data, by name: certificates made here, and the web config files that name them.

use std::fs;
use std::path::Path;

use firepit_tests::Directory;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PKCS_RSA_SHA256, RsaKeySize, SanType,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The lowest cost that bcrypt has: the tests are not about its time.
const COST: u32 = 4;

/// A certificate with its key.
pub(super) struct Identity {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) key: PrivateKeyDer<'static>,
}

/// A directory with certificates.
pub(super) struct Folder {
    directory: Directory,
    pub(super) authority: CertificateDer<'static>,
    /// Self-signed, and its own authority.
    pub(super) client: Identity,
    /// Self-signed, with the names `test3` and others.
    pub(super) client2: Identity,
}

fn params(name: &str, sans: &[&str]) -> CertificateParams {
    let sans: Vec<String> = sans.iter().map(|san| (*san).to_owned()).collect();
    let mut params = CertificateParams::new(sans).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// As `openssl req -x509` makes them: an authority, too.
fn self_signed(name: &str, sans: Vec<SanType>) -> (KeyPair, rcgen::Certificate) {
    let mut params = params(name, &[]);
    params.subject_alt_names = sans;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    (key, certificate)
}

fn identity((key, certificate): &(KeyPair, rcgen::Certificate)) -> Identity {
    Identity {
        certificate: certificate.der().clone(),
        key: PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap(),
    }
}

impl Folder {
    /// With `server.crt` (RSA, signed by an authority), its key, and certificates of clients.
    pub(super) fn new() -> Self {
        let mut authority = params("authority", &[]);
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().unwrap();
        let certificate = authority.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(authority, authority_key);

        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let mut server = params("server", &["localhost", "127.0.0.1"]);
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let server = server.signed_by(&key, &issuer).unwrap();

        let client = self_signed("client", Vec::new());
        let sans = vec![
            SanType::DnsName("test3".try_into().unwrap()),
            SanType::Rfc822Name("ops@example.org".try_into().unwrap()),
            SanType::URI("spiffe://example.org/prometheus".try_into().unwrap()),
            SanType::IpAddress("2001:db8::7".parse().unwrap()),
        ];
        let client2 = self_signed("client2", sans);
        let directory = Directory::new()
            .file("server.crt", server.pem())
            .file("server.key", key.serialize_pem())
            .file("tls-ca-chain.pem", certificate.pem())
            .file("client_selfsigned.pem", client.1.pem())
            .file("client2_selfsigned.pem", client2.1.pem());
        Self {
            directory,
            authority: certificate.der().clone(),
            client: identity(&client),
            client2: identity(&client2),
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a web config file, and returns its path. `CERT`, `KEY` and `CLIENT_CA` in the text stand for
    /// usual lines of `tls_server_config`, `HASH(x)` for a bcrypt hash.
    pub(super) fn write(&self, name: &str, text: &str) -> String {
        let path = self.path().join(name);
        // By rename: a reader never sees half of it.
        let new = self.path().join("new");
        fs::write(&new, self.expand(text)).unwrap();
        fs::rename(&new, &path).unwrap();
        path.display().to_string()
    }

    fn expand(&self, text: &str) -> String {
        let inline = |file: &str| {
            let pem = fs::read_to_string(self.path().join(file)).unwrap();
            let lines: Vec<_> = pem.lines().map(|line| format!("    {line}\n")).collect();
            format!("|\n{}", lines.concat())
        };
        let mut text = text
            .replace("PAIR", "cert_file: server.crt\n  key_file: server.key")
            .replace("INLINE_CERT", &inline("server.crt"))
            .replace("INLINE_KEY", &inline("server.key"));
        while let Some((before, rest)) = text.split_once("HASH(") {
            let (password, after) = rest.split_once(')').unwrap();
            let hash = bcrypt::hash(password, COST).unwrap();
            text = format!("{before}{hash}{after}");
        }
        text
    }
}
