//! How long a scraper waits for its response, as its request says.

use std::time::Duration;

use hyper::header::{HeaderMap, HeaderName};

/// Timeout of the scraper, in seconds; sent by Prometheus.
const SCRAPE_TIMEOUT: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");

/// The client's timeout. Anything but a positive number of seconds is ignored.
pub(super) fn scrape_timeout(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(SCRAPE_TIMEOUT)?;
    let seconds = value
        .to_str()
        .ok()
        .and_then(|text| text.trim().parse().ok());
    let timeout = seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|timeout| !timeout.is_zero());
    if timeout.is_none() {
        tracing::debug!(?value, "ignoring an invalid scrape timeout");
    }
    timeout
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn scrape_timeouts() {
        let table: &[(&[u8], Option<f64>)] = &[
            (b"10", Some(10.0)),
            (b" 0.5 ", Some(0.5)),
            (b"1e1", Some(10.0)),
            (b"0", None),
            (b"-0", None),
            (b"-1", None),
            (b"NaN", None),
            (b"inf", None),
            (b"1e300", None),
            (b"1e-300", None),
            (b"10s", None),
            (b"", None),
            (b"\xff", None),
        ];
        for (text, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(SCRAPE_TIMEOUT, HeaderValue::from_bytes(text).unwrap());
            let expected = expected.map(Duration::from_secs_f64);
            assert_eq!(scrape_timeout(&headers), expected, "{text:?}");
        }
        assert_eq!(scrape_timeout(&HeaderMap::new()), None);
    }
}
