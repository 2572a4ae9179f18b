//! Basic authentication of one user whose password is known in clear: `-auth.user` and `-auth.pass` of
//! node_exporter 0.8.

use std::fmt;
use std::hint::black_box;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{AUTHORIZATION, HeaderMap};
use sha2::{Digest as _, Sha256};

/// Maximum bytes of credentials that are decoded.
const MAX_CREDENTIALS: usize = 8 << 10;

/// A user of basic authentication. Keeps a digest of name and password instead of these.
#[derive(Clone, PartialEq, Eq)]
pub struct BasicUser([u8; 32]);

impl BasicUser {
    /// A user with a name, which cannot contain a colon, and a password.
    #[must_use]
    pub fn new(name: &[u8], password: &[u8]) -> Self {
        Self(digest(&[name, b":", password].concat()))
    }

    /// Whether the request has this name and password. The time it takes does not depend on how much of
    /// them is right: digests of equal length are compared, each to its end.
    pub(super) fn is_sent_in(&self, headers: &HeaderMap) -> bool {
        let Some(sent) = credentials(headers) else {
            return false;
        };
        let sent = digest(&sent);
        let difference = sent
            .iter()
            .zip(&self.0)
            .fold(0, |all, (a, b)| all | (a ^ b));
        black_box(difference) == 0
    }
}

impl fmt::Debug for BasicUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicUser").finish_non_exhaustive()
    }
}

fn digest(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// The decoded credentials of a request: name, colon, password.
fn credentials(headers: &HeaderMap) -> Option<Vec<u8>> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, encoded) = value.split_at_checked("Basic ".len())?;
    if !scheme.eq_ignore_ascii_case(b"Basic ") || encoded.len() > MAX_CREDENTIALS {
        return None;
    }
    STANDARD.decode(encoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn permits(user: &BasicUser, header: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert(AUTHORIZATION, HeaderValue::from_str(header).unwrap());
        }
        user.is_sent_in(&headers)
    }

    fn basic(credentials: &str) -> String {
        format!("Basic {}", STANDARD.encode(credentials))
    }

    #[test]
    fn only_the_name_with_its_password_is_permitted() {
        let user = BasicUser::new(b"alice", b"pa:ss");
        assert!(permits(&user, Some(&basic("alice:pa:ss"))));
        let lower = basic("alice:pa:ss").replace("Basic", "basic");
        assert!(permits(&user, Some(&lower)));
        for wrong in [
            "alice:pa:s",
            "alice:pa:sss",
            "alice:",
            "alice",
            "Alice:pa:ss",
            ":pa:ss",
            "alice:pa:ss\n",
            "",
        ] {
            assert!(!permits(&user, Some(&basic(wrong))), "{wrong:?}");
        }
        let good = STANDARD.encode("alice:pa:ss");
        for header in [
            good.clone(),
            format!("Bearer {good}"),
            format!("Basic  {good}"),
            format!("Basic{good}"),
            "Basic".to_owned(),
            "Basic alice:pa:ss".to_owned(),
            "Basic \u{e9}".to_owned(),
        ] {
            assert!(!permits(&user, Some(&header)), "{header}");
        }
        assert!(!permits(&user, None));
    }

    #[test]
    fn long_credentials_are_not_decoded() {
        let long = "x".repeat(MAX_CREDENTIALS);
        let user = BasicUser::new(long.as_bytes(), b"p");
        assert!(!permits(&user, Some(&basic(&format!("{long}:p")))));
    }

    #[test]
    fn the_digest_is_not_shown() {
        assert_eq!(
            format!("{:?}", BasicUser::new(b"a", b"b")),
            "BasicUser { .. }"
        );
    }
}
