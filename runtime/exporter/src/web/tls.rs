//! TLS with rustls: from the settings of a web config file to an encrypted stream.
//!
//! ```text
//! section -> material: PEM -> build: a rustls config -> live: read anew -> accept: one handshake
//! ```
//!
//! Built only if the file enables TLS. No session is resumed, so no session outlives a change of the
//! settings. Only this module and its children name rustls.

mod accept;
mod authorities;
mod build;
mod client;
mod clients;
mod live;
mod material;
mod names;
mod prefixed;
mod suites;

pub(super) use accept::{Refused, accept, chose_http2};
pub(crate) use client::encrypted;
pub(super) use live::LiveTls;

/// Fills a buffer from the random generator of the cryptographic library.
///
/// # Errors
/// A sentence, if the system has no random numbers.
pub(super) fn fill_with_random_bytes(bytes: &mut [u8]) -> Result<(), String> {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let filled = provider.secure_random.fill(bytes);
    filled.map_err(|_| "the system has no random numbers".to_owned())
}
