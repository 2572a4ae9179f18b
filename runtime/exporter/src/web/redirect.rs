//! Paths as Go's HTTP server takes them: it resolves `%` escapes, and redirects a path that is written in a roundabout
//! way, such as `//metrics` and `/./metrics`, before it routes.

use std::fmt::Write as _;

/// A path without escapes. `None` if an escape has not two hexadecimal digits.
pub(super) fn unescape(path: &str) -> Option<Vec<u8>> {
    let mut bytes = path.bytes();
    let mut unescaped = Vec::with_capacity(path.len());
    while let Some(byte) = bytes.next() {
        unescaped.push(if byte == b'%' {
            let high = hex(bytes.next()?)?;
            high << 4 | hex(bytes.next()?)?
        } else {
            byte
        });
    }
    Some(unescaped)
}

fn hex(digit: u8) -> Option<u8> {
    let digit = char::from(digit).to_digit(16)?;
    u8::try_from(digit).ok()
}

/// Where a path with its query is redirected to; `None` if the path is written plainly.
///
/// Empty segments and `.` are left out, and `..` takes the segment before it along. A slash at the end stays.
/// The location begins with one slash, and no character follows it that browsers take for a second one: it
/// never leads to another host.
pub(super) fn location(path: &[u8], query: Option<&str>) -> Option<String> {
    let clean = clean(path)?;
    let mut location = escape(&clean, |byte| {
        byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@".contains(&byte)
    });
    if let Some(query) = query {
        location.push('?');
        location.push_str(&escape(query.as_bytes(), |byte| byte.is_ascii_graphic()));
    }
    Some(location)
}

fn clean(path: &[u8]) -> Option<Vec<u8>> {
    let inner = path.strip_prefix(b"/")?;
    let mut segments = Vec::new();
    for segment in inner.split(|&byte| byte == b'/') {
        match segment {
            b"" | b"." => {}
            b".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    let mut clean = Vec::with_capacity(path.len());
    for segment in &segments {
        clean.push(b'/');
        clean.extend_from_slice(segment);
    }
    if inner.ends_with(b"/") || segments.is_empty() {
        clean.push(b'/');
    }
    (clean != path).then_some(clean)
}

fn escape(text: &[u8], is_plain: impl Fn(u8) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for &byte in text {
        if is_plain(byte) {
            escaped.push(byte.into());
        } else {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// The body of a redirect.
pub(super) fn body(location: &str) -> String {
    let mut body = String::from("<a href=\"");
    for character in location.chars() {
        match character {
            '&' => body.push_str("&amp;"),
            '<' => body.push_str("&lt;"),
            '>' => body.push_str("&gt;"),
            '"' => body.push_str("&#34;"),
            '\'' => body.push_str("&#39;"),
            other => body.push(other),
        }
    }
    body.push_str("\">Moved Permanently</a>.\n\n");
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(path: &str) -> Option<String> {
        location(&unescape(path).unwrap(), None)
    }

    #[test]
    fn paths_are_cleaned_as_gos_server_does() {
        for (path, clean) in [
            ("//metrics", "/metrics"),
            ("///metrics", "/metrics"),
            ("/./metrics", "/metrics"),
            ("/%2e/metrics", "/metrics"),
            ("/metrics/.", "/metrics"),
            ("/a/../metrics", "/metrics"),
            ("/../../metrics", "/metrics"),
            ("/metrics//", "/metrics/"),
            ("//metrics/", "/metrics/"),
            ("/metrics/..", "/"),
            ("/metrics/../", "/"),
            ("//", "/"),
            ("//nope", "/nope"),
            ("/a%2Fb//c", "/a/b/c"),
            ("//a%25", "/a%25"),
        ] {
            assert_eq!(to(path).as_deref(), Some(clean), "{path}");
        }
        for path in [
            "/",
            "/metrics",
            "/metrics/",
            "/...",
            "/..a",
            "/a%2F..a",
            "",
            "*",
            "a/../b",
            "/%25",
        ] {
            assert_eq!(to(path), None, "{path}");
        }
        let with_query = location(b"//metrics", Some("collect[]=cpu&a=//"));
        assert_eq!(with_query.as_deref(), Some("/metrics?collect[]=cpu&a=//"));
        assert_eq!(location(b"//", Some("")).as_deref(), Some("/?"));
        for path in ["/%", "/%4", "/%zz", "/%4g", "/%+1", "/%é"] {
            assert_eq!(unescape(path), None, "{path}");
        }
    }

    /// Browsers take a backslash for a slash, and `//host` for another host.
    #[test]
    fn redirect_cannot_leave_the_host_or_inject_a_line() {
        for (path, clean) in [
            ("//evil.example/", "/evil.example/"),
            ("/x/../\\evil.example", "/%5Cevil.example"),
            ("/./%5C/evil.example", "/%5C/evil.example"),
            ("/.//%2Fevil.example", "/evil.example"),
            ("//a%0d%0Ab: c", "/a%0D%0Ab:%20c"),
            ("//é\"<>'(", "/%C3%A9%22%3C%3E%27%28"),
            ("//%FF", "/%FF"),
        ] {
            assert_eq!(to(path).as_deref(), Some(clean), "{path}");
        }
        let query = location(b"//", Some("a=\"<é \r\n")).unwrap();
        assert_eq!(query, "/?a=\"<%C3%A9%20%0D%0A");
        assert_eq!(
            body(&query),
            "<a href=\"/?a=&#34;&lt;%C3%A9%20%0D%0A\">Moved Permanently</a>.\n\n"
        );
    }
}
