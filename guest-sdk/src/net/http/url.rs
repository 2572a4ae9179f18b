//! URLs of services.

use std::fmt;

/// The place of a resource: `http://USER:PASSWORD@HOST:PORT/PATH?QUERY`, or `unix:///PATH` for a service at a
/// Unix socket. Its debug output has no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    address: String,
    host: String,
    target: String,
    authorization: Option<String>,
}

/// A text that is not the URL of a service. The message does not show it, since it may have a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// There is no scheme, or not one of those.
    #[error("expected http://HOST:PORT/PATH or unix:///PATH")]
    Scheme,
    /// The scheme is `https`.
    #[error("https is not available, because collectors have no TLS; use http or a Unix socket")]
    Https,
    /// The host is empty or has a character that no host has.
    #[error("the host is not valid")]
    Host,
    /// The port is not one.
    #[error("the port is not a number from 1 to 65535")]
    Port,
    /// A control character, or a percent sign without two hexadecimal digits.
    #[error("a character is not valid")]
    Character,
}

impl Url {
    /// Parses a URL. What follows `#` is ignored.
    ///
    /// # Errors
    /// See [`UrlError`].
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        if url.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(UrlError::Character);
        }
        let url = url.split_once('#').map_or(url, |(url, _)| url);
        let (scheme, rest) = url.split_once(':').ok_or(UrlError::Scheme)?;
        if scheme.eq_ignore_ascii_case("https") {
            return Err(UrlError::Https);
        }
        if scheme.eq_ignore_ascii_case("unix") {
            return Self::of_socket(rest);
        }
        let rest = rest
            .strip_prefix("//")
            .filter(|_| scheme.eq_ignore_ascii_case("http"));
        Self::of_http(rest.ok_or(UrlError::Scheme)?)
    }

    fn of_socket(rest: &str) -> Result<Self, UrlError> {
        let path = rest.strip_prefix("//").unwrap_or(rest);
        if !path.starts_with('/') {
            return Err(UrlError::Scheme);
        }
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let path = String::from_utf8(decoded(path)?).map_err(|_| UrlError::Character)?;
        if path.contains('\0') {
            return Err(UrlError::Character);
        }
        Ok(Self {
            address: format!("unix:{path}"),
            host: "unix".to_owned(),
            target: "/".to_owned(),
            authorization: None,
        })
    }

    fn of_http(rest: &str) -> Result<Self, UrlError> {
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        let (name, port) = host_and_port(host)?;
        Ok(Self {
            address: format!("tcp:{name}:{port}"),
            host: host.to_owned(),
            target: as_target(target),
            authorization: user.map(basic).transpose()?,
        })
    }

    /// The same service, but another path and query: `/RPC2`.
    #[must_use]
    pub fn with_target(self, target: &str) -> Self {
        Self {
            target: as_target(target),
            ..self
        }
    }

    /// The address in the form of the descriptor: `tcp:HOST:PORT` or `unix:PATH`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn target(&self) -> &str {
        &self.target
    }

    pub(super) fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Url")
            .field("address", &self.address)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// The two parts of `HOST:PORT`; port 80 by default.
fn host_and_port(host: &str) -> Result<(&str, u16), UrlError> {
    let after_brackets = host.find(']').map_or(0, |bracket| bracket + 1);
    let (brackets, after) = host
        .split_at_checked(after_brackets)
        .ok_or(UrlError::Host)?;
    let (name, port) = match (brackets, after.split_once(':')) {
        ("", Some((name, port))) => (name, port),
        ("", None) => (after, ""),
        (_, Some(("", port))) => (brackets, port),
        (_, None) if after.is_empty() => (brackets, ""),
        _ => return Err(UrlError::Host),
    };
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let inner = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    let is_host = match inner {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !name.is_empty() && name.bytes().all(is_part),
    };
    if !is_host {
        return Err(UrlError::Host);
    }
    match port {
        "" => Ok((name, 80)),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            let port = digits.parse().ok().filter(|port| *port != 0);
            Ok((name, port.ok_or(UrlError::Port)?))
        }
        _ => Err(UrlError::Port),
    }
}

/// Path and query as a request names them: from the slash on, in visible ASCII.
fn as_target(text: &str) -> String {
    let mut target = String::with_capacity(text.len() + 1);
    if !text.starts_with('/') {
        target.push('/');
    }
    for byte in text.bytes() {
        match byte {
            b'!'..=b'~' => target.push(char::from(byte)),
            _ => {
                let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
                let digits = [digit(byte >> 4), digit(byte & 15)];
                target.push('%');
                target.extend(digits.map(|digit| digit.to_ascii_uppercase()));
            }
        }
    }
    target
}

/// The value of the header for `USER:PASSWORD`.
fn basic(user: &str) -> Result<String, UrlError> {
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let mut plain = decoded(user)?;
    plain.push(b':');
    plain.extend(decoded(password)?);
    Ok(format!("Basic {}", base64(&plain)))
}

/// The bytes of a text with `%41` in place of some.
fn decoded(text: &str) -> Result<Vec<u8>, UrlError> {
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            plain.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(UrlError::Character);
        };
        plain.push((high << 4 | low) as u8);
    }
    Ok(plain)
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = DIGITS.get((bits >> (18 - 6 * place) & 63) as usize);
            let is_padding = place > three.len();
            text.push(if is_padding {
                '='
            } else {
                char::from(*digit.unwrap_or(&b'='))
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> Result<(String, String, String, String), UrlError> {
        let url = Url::parse(url)?;
        let authorization = url.authorization.unwrap_or_default();
        Ok((url.address, url.host, url.target, authorization))
    }

    #[test]
    fn services() {
        for (url, address, host, target, authorization) in [
            (
                "http://localhost:9001/RPC2",
                "tcp:localhost:9001",
                "localhost:9001",
                "/RPC2",
                "",
            ),
            ("http://127.0.0.1", "tcp:127.0.0.1:80", "127.0.0.1", "/", ""),
            ("HTTP://h:/?a=b#c", "tcp:h:80", "h:", "/?a=b", ""),
            ("http://h?a=b/c", "tcp:h:80", "h", "/?a=b/c", ""),
            (
                "http://[::1]:90/x y/ü",
                "tcp:[::1]:90",
                "[::1]:90",
                "/x%20y/%C3%BC",
                "",
            ),
            ("http://[::1]", "tcp:[::1]:80", "[::1]", "/", ""),
            ("http://a:b@h/", "tcp:h:80", "h", "/", "Basic YTpi"),
            ("http://a@h/", "tcp:h:80", "h", "/", "Basic YTo="),
            (
                "http://a%40:b%3a:c@d@h/@",
                "tcp:h:80",
                "h",
                "/@",
                "Basic YUA6Yjo6Y0Bk",
            ),
            (
                "unix:///run/s%20.sock?x",
                "unix:/run/s .sock",
                "unix",
                "/",
                "",
            ),
            ("unix:/run/s", "unix:/run/s", "unix", "/", ""),
        ] {
            let expected = [address, host, target, authorization].map(str::to_owned);
            assert_eq!(parts(url), Ok(expected.into()), "{url}");
        }
        let url = Url::parse("unix:///s").unwrap().with_target("/RPC2");
        assert_eq!(url.target, "/RPC2");
    }

    #[test]
    fn other_texts() {
        for (url, error) in [
            ("", UrlError::Scheme),
            ("localhost", UrlError::Scheme),
            ("localhost:9001", UrlError::Scheme),
            ("ftp://h", UrlError::Scheme),
            ("http:/h", UrlError::Scheme),
            ("unix:s", UrlError::Scheme),
            ("unix://host/s", UrlError::Scheme),
            ("https://h", UrlError::Https),
            ("http://", UrlError::Host),
            ("http:///x", UrlError::Host),
            ("http://:80/", UrlError::Host),
            ("http://a b/", UrlError::Host),
            ("http://h%41/", UrlError::Host),
            ("http://::1/", UrlError::Host),
            ("http://[::1/", UrlError::Host),
            ("http://[::1]x/", UrlError::Host),
            ("http://[fe80::1%25eth0]/", UrlError::Host),
            ("http://[1.2.3.4]/", UrlError::Host),
            ("http://h:0/", UrlError::Port),
            ("http://h:65536/", UrlError::Port),
            ("http://h:+1/", UrlError::Port),
            ("http://h:1:2/", UrlError::Port),
            ("http://h/\r\nHost: x", UrlError::Character),
            ("http://%4@h/", UrlError::Character),
            ("unix:///s%00", UrlError::Character),
            ("unix:///s%ff", UrlError::Character),
        ] {
            assert_eq!(Url::parse(url), Err(error), "{url}");
        }
    }

    #[test]
    fn password_is_not_shown() {
        let url = Url::parse("http://user:secret@h/").unwrap();
        let shown = format!("{url:?}");
        assert!(
            !shown.contains("secret") && !shown.contains("c2Vjcm"),
            "{shown}"
        );
    }
}
