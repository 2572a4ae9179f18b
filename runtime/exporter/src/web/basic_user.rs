//! Basic authentication of one user whose password is known in clear: `-auth.user` and `-auth.pass` of
//! node_exporter 0.8.

use std::fmt;
use std::hint::black_box;

use hyper::header::HeaderMap;
use sha2::{Digest as _, Sha256};

use super::auth::Credentials;

/// A user of basic authentication. Keeps a digest of name and password instead of these.
#[derive(Clone, PartialEq, Eq)]
pub struct BasicUser([u8; 32]);

impl BasicUser {
    /// A user with a name, which cannot contain a colon, and a password.
    #[must_use]
    pub fn new(name: &[u8], password: &[u8]) -> Self {
        Self(digest(name, password))
    }

    /// Whether the request has this name and password. The time it takes does not depend on how much of
    /// them is right: digests of equal length are compared, each to its end.
    pub(super) fn is_sent_in(&self, headers: &HeaderMap) -> bool {
        let Some(Credentials { name, password }) = Credentials::of(headers) else {
            return false;
        };
        let sent = digest(&name, &password);
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

/// A name has no colon, so that the digest stands for one pair only.
fn digest(name: &[u8], password: &[u8]) -> [u8; 32] {
    let pair = Sha256::new().chain_update(name).chain_update(b":");
    pair.chain_update(password).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use hyper::header::{AUTHORIZATION, HeaderValue};

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
    fn the_digest_is_not_shown() {
        assert_eq!(
            format!("{:?}", BasicUser::new(b"a", b"b")),
            "BasicUser { .. }"
        );
    }
}
