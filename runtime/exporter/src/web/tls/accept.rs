//! The handshake of one connection.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::live::LiveTls;
use super::prefixed::Prefixed;

/// An encrypted stream.
pub(in crate::web) type Accepted<S> = TlsStream<Prefixed<S>>;

/// First bytes of plain HTTP requests, as in Go.
const HTTP: [&[u8]; 5] = [b"GET /", b"HEAD ", b"POST ", b"PUT /", b"OPTIO"];

/// The response to plain HTTP, to the byte as in Go.
const NOT_TLS: &[u8] =
    b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

/// Maximum bytes and time to read what a rejected client still sends: closing a connection with unread
/// bytes could take the response from it.
const REST: (u64, Duration) = (16 * 1024, Duration::from_secs(1));

/// Why a connection is not encrypted.
#[derive(Debug, thiserror::Error)]
pub(in crate::web) enum Refused {
    /// The client speaks plain HTTP, and has its response.
    #[error("client sent an HTTP request to an HTTPS server")]
    PlainHttp,
    /// The settings cannot be used at the moment.
    #[error("the TLS settings cannot be used")]
    NoConfig,
    /// The handshake failed, or the connection did.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Makes the handshake. The caller limits its time.
///
/// # Errors
/// There is no encrypted connection; the stream is closed.
pub(in crate::web) async fn accept<S>(stream: S, tls: &LiveTls) -> Result<Accepted<S>, Refused>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = Prefixed::read(stream).await?;
    if HTTP.contains(&stream.prefix()) {
        stream.write_all(NOT_TLS).await?;
        end(stream).await;
        return Err(Refused::PlainHttp);
    }
    let config = tls.current().ok_or(Refused::NoConfig)?;
    let handshake = TlsAcceptor::from(config).accept(stream).into_fallible();
    match handshake.await {
        Ok(stream) => Ok(stream),
        Err((error, stream)) => {
            end(stream).await;
            Err(error.into())
        }
    }
}

/// Ends a connection so that the client gets what was written last, an alert for example.
async fn end(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    // The client may be gone, and whatever it still sends does not matter.
    let _ = stream.shutdown().await;
    let (bytes, time) = REST;
    let mut rest = stream.take(bytes);
    let _ = timeout(time, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await;
}

/// Whether the client chose HTTP/2.
pub(in crate::web) fn chose_http2<S>(stream: &Accepted<S>) -> bool {
    let (_, connection) = stream.get_ref();
    connection.alpn_protocol() == Some(b"h2")
}
