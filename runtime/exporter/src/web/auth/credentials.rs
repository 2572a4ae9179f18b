//! Name and password from the header `Authorization`, read as Go's `Request.BasicAuth` does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{AUTHORIZATION, HeaderMap};

const SCHEME: &[u8] = b"basic ";

/// Maximum bytes of the encoded name and password.
const MAX_ENCODED: usize = 8 << 10;

/// Name and password of a request.
pub(in crate::web) struct Credentials {
    pub(in crate::web) name: Vec<u8>,
    pub(in crate::web) password: Vec<u8>,
}

impl Credentials {
    /// Those of a request, if it has a well-formed header.
    pub(in crate::web) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(AUTHORIZATION)?.as_bytes();
        let (scheme, encoded) = value.split_at_checked(SCHEME.len())?;
        if !scheme.eq_ignore_ascii_case(SCHEME) || encoded.len() > MAX_ENCODED {
            return None;
        }
        let mut name = STANDARD.decode(encoded).ok()?;
        let colon = name.iter().position(|&byte| byte == b':')?;
        let password = name.split_off(colon + 1);
        name.truncate(colon);
        Some(Self { name, password })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_go_does() {
        let table: &[(&str, Option<(&str, &str)>)] = &[
            (
                "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
                Some(("Aladdin", "open sesame")),
            ),
            (
                "BASIC QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
                Some(("Aladdin", "open sesame")),
            ),
            ("Basic OmE6Yg==", Some(("", "a:b"))),
            ("Basic Og==", Some(("", ""))),
            // Without padding, without a colon, with a space, or with another scheme.
            ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ", None),
            ("Basic QWxhZGRpbg==", None),
            ("Basic  Og==", None),
            ("Basic", None),
            ("Bearer Og==", None),
            ("", None),
        ];
        for (value, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            let found = Credentials::of(&headers);
            let found = found.map(|it| (it.name, it.password));
            let expected = expected.map(|(name, password)| (name.into(), password.into()));
            assert_eq!(found, expected, "{value}");
        }
        assert!(Credentials::of(&HeaderMap::new()).is_none());
    }

    #[test]
    fn long_credentials_are_not_decoded() {
        // Four characters encode three bytes.
        for (bytes, is_read) in [
            (MAX_ENCODED / 4 * 3, true),
            (MAX_ENCODED / 4 * 3 + 1, false),
        ] {
            let pair = format!("a:{}", "b".repeat(bytes - 2));
            let value = format!("Basic {}", STANDARD.encode(pair));
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            assert_eq!(Credentials::of(&headers).is_some(), is_read, "{bytes}");
        }
    }
}
