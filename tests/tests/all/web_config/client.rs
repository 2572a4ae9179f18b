//! A client with chosen TLS settings.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use firepit_tests::{Answer, PATIENCE, Request};
use rustls::crypto::aws_lc_rs::{cipher_suite, default_provider};
use rustls::pki_types::ServerName;
use rustls::{
    CipherSuite, ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedCipherSuite,
};

use super::folder::{Folder, Identity};

/// How a client connects.
#[derive(Default, Clone, Copy)]
pub(super) struct Client<'a> {
    /// Its certificate.
    pub(super) identity: Option<&'a Identity>,
    /// Its only cipher suites of TLS 1.2; empty for all, and TLS 1.3.
    pub(super) suites: &'a [SupportedCipherSuite],
    /// The protocol that it offers.
    pub(super) alpn: Option<&'a [u8]>,
    /// The only version.
    pub(super) version: Option<&'static rustls::SupportedProtocolVersion>,
}

/// An encrypted connection.
pub(super) type Stream = StreamOwned<ClientConnection, TcpStream>;

pub(super) fn tcp(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

impl Client<'_> {
    fn config(&self, folder: &Folder) -> ClientConfig {
        let mut provider = default_provider();
        if !self.suites.is_empty() {
            provider.cipher_suites = self.suites.to_vec();
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(provider));
        let builder = match self.version {
            Some(version) => builder.with_protocol_versions(&[version]),
            None if self.suites.is_empty() => builder.with_safe_default_protocol_versions(),
            None => builder.with_protocol_versions(&[&rustls::version::TLS12]),
        };
        let mut roots = RootCertStore::empty();
        roots.add(folder.authority.clone()).unwrap();
        let builder = builder.unwrap().with_root_certificates(roots);
        let mut config = match self.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => builder
                .with_client_auth_cert(vec![identity.certificate.clone()], identity.key.clone_key())
                .unwrap(),
        };
        config.alpn_protocols = self.alpn.iter().map(|name| name.to_vec()).collect();
        config
    }

    /// Connects; the handshake is complete for the client.
    pub(super) fn connect(&self, folder: &Folder, address: SocketAddr) -> io::Result<Stream> {
        self.connect_with(&self.shared(folder), address)
    }

    /// Settings for several connections, which share sessions.
    pub(super) fn shared(&self, folder: &Folder) -> Arc<ClientConfig> {
        Arc::new(self.config(folder))
    }

    /// Connects with shared settings.
    pub(super) fn connect_with(
        &self,
        config: &Arc<ClientConfig>,
        address: SocketAddr,
    ) -> io::Result<Stream> {
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(Arc::clone(config), name);
        let mut stream = StreamOwned::new(connection.unwrap(), tcp(address)?);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(stream)
    }

    /// Sends a request.
    pub(super) fn ask(
        &self,
        folder: &Folder,
        address: SocketAddr,
        request: &Request,
    ) -> io::Result<Answer> {
        request.exchange(self.connect(folder, address)?)
    }
}

/// The name of the cipher suite of a connection.
pub(super) fn suite(stream: &Stream) -> CipherSuite {
    stream.conn.negotiated_cipher_suite().unwrap().suite()
}

pub(super) const RSA_AES128: SupportedCipherSuite =
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;
pub(super) const RSA_AES256: SupportedCipherSuite =
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384;

/// What a server answers to a ClientHello that rustls would not send: a version and a cipher suite, both as
/// numbers. Returns the type of the record, and the number of an alert.
pub(super) fn hello(address: SocketAddr, version: [u8; 2], suite: [u8; 2]) -> (u8, Option<u8>) {
    let mut body = version.to_vec();
    body.extend([7; 32]);
    body.push(0);
    body.extend([0, 2]);
    body.extend(suite);
    body.extend([1, 0]);
    // Groups, point formats, signatures.
    let extensions: &[u8] = &[
        0, 10, 0, 6, 0, 4, 0, 29, 0, 23, 0, 11, 0, 2, 1, 0, 0, 13, 0, 8, 0, 6, 4, 1, 8, 4, 2, 1,
    ];
    body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
    body.extend(extensions);
    let length = u16::try_from(body.len()).unwrap();
    let mut record = vec![22, 3, 1];
    record.extend((length + 4).to_be_bytes());
    record.extend([1, 0]);
    record.extend(length.to_be_bytes());
    record.extend(&body);
    let mut stream = tcp(address).unwrap();
    stream.write_all(&record).unwrap();
    let mut head = [0; 7];
    stream.read_exact(&mut head).unwrap();
    (head[0], (head[0] == 21).then_some(head[6]))
}
