//! Who may reload and end the program: programs, and no page of a browser.
//!
//! A browser sends POST requests for any page that somebody looks at, to any address that it can
//! reach. It says so: by `Origin` with every POST, by `Sec-Fetch-Site` with every request, or by
//! `Referer` if it is old. Programs such as curl and the reloader of Prometheus' operator send none
//! of these. An origin that is this server's own proves nothing, as a name can be made to lead here.

use hyper::header::{HeaderMap, HeaderName, ORIGIN, REFERER};

/// By which a browser says where the page comes from that made it ask.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The header that shows that a page of a browser asks, if one does. `Sec-Fetch-Site: none` is the
/// user's own doing.
pub(super) fn sent_by_a_page(headers: &HeaderMap) -> Option<HeaderName> {
    let fetched = headers.get_all(SEC_FETCH_SITE).iter();
    if fetched.into_iter().any(|site| site != "none") {
        return Some(SEC_FETCH_SITE);
    }
    [ORIGIN, REFERER]
        .into_iter()
        .find(|name| headers.contains_key(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_told_from_programs() {
        let table: &[(&[(&str, &str)], bool)] = &[
            (&[], false),
            (&[("user-agent", "curl/8"), ("host", "elsewhere")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-site")], true),
            (&[("sec-fetch-site", "cross-site")], true),
            (&[("sec-fetch-site", "none"), ("sec-fetch-site", "x")], true),
            (&[("origin", "http://elsewhere")], true),
            (&[("origin", "null")], true),
            (&[("origin", "")], true),
            (&[("sec-fetch-site", "none"), ("origin", "null")], true),
            (&[("referer", "http://elsewhere/x")], true),
        ];
        for (headers, expected) in table {
            let mut map = HeaderMap::new();
            for (name, value) in *headers {
                map.append(*name, value.parse().unwrap());
            }
            assert_eq!(sent_by_a_page(&map).is_some(), *expected, "{headers:?}");
        }
    }
}
