//! Protects reload and shutdown against web pages: only programs may request them.
//!
//! A browser sends POST requests on behalf of any page that its user visits, to any address that it can
//! reach. It adds `Origin` to every POST, `Sec-Fetch-Site` to every request, or `Referer` if it is old.
//! Programs such as curl and the config reloader of the Prometheus operator send none of these. The
//! server's own origin proves nothing, because anyone can point a name at this address.

use hyper::header::{HeaderMap, HeaderName, ORIGIN, REFERER};

/// In this header a browser says where the requesting page comes from.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The header that identifies a request of a web page, if there is one. `Sec-Fetch-Site: none` means that
/// the user made the request.
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
    fn requests_of_web_pages_are_recognized() {
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
