//! Negotiates the format of a page by the client's `Accept`, before collectors run.
//!
//! The only format is the text format 0.0.4. Protobuf and OpenMetrics are not offered. As in
//! node_exporter, a client that accepts no text format gets it anyway. A client can choose the
//! `escaping` of names outside of `[a-zA-Z0-9_:]`.

use firepit_exposition::encode::Format;
use firepit_exposition::escaping::Escaping;
use hyper::header::HeaderValue;

/// The format of the response, and its content type.
#[derive(Debug, Clone)]
pub(super) struct Negotiated {
    pub(super) format: Format,
    pub(super) escaping: Escaping,
    pub(super) content_type: HeaderValue,
}

/// Negotiates by an `Accept` header, empty if there is none.
pub(super) fn negotiate(accept: &str) -> Negotiated {
    let mut escaping = Escaping::Underscores;
    for range in by_preference(accept) {
        if let Some(wanted) = range.parameter("escaping").and_then(Escaping::from_name) {
            escaping = wanted;
        }
        if range.is_text_format() {
            break;
        }
    }
    Negotiated {
        format: Format::Text004,
        escaping,
        content_type: content_type(escaping),
    }
}

/// The value of a `q` parameter; `None` unless it is a number from 0 to 1.
pub(super) fn quality(text: &str) -> Option<f32> {
    text.parse().ok().filter(|q| (0.0..=1.0).contains(q))
}

fn content_type(escaping: Escaping) -> HeaderValue {
    HeaderValue::from_static(match escaping {
        Escaping::AllowUtf8 => "text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8",
        Escaping::Underscores => "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
        Escaping::Dots => "text/plain; version=0.0.4; charset=utf-8; escaping=dots",
        Escaping::Values => "text/plain; version=0.0.4; charset=utf-8; escaping=values",
    })
}

/// One range of an `Accept`, such as `text/plain;version=0.0.4;q=0.5`.
struct Range<'a> {
    media: &'a str,
    parameters: &'a str,
}

impl<'a> Range<'a> {
    fn new(text: &'a str) -> Self {
        let (media, parameters) = text.split_once(';').unwrap_or((text, ""));
        Self {
            media: media.trim(),
            parameters,
        }
    }

    fn parameter(&self, name: &str) -> Option<&'a str> {
        self.parameters.split(';').find_map(|parameter| {
            let (key, value) = parameter.split_once('=')?;
            let value = value.trim().trim_matches('"');
            key.trim().eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// 1 if there is no `q`, 0 if it is malformed.
    fn quality(&self) -> f32 {
        self.parameter("q")
            .map_or(1.0, |q| quality(q).unwrap_or(0.0))
    }

    fn is_text_format(&self) -> bool {
        self.media.eq_ignore_ascii_case("text/plain")
            && matches!(self.parameter("version"), None | Some("" | "0.0.4"))
    }
}

/// The ranges, highest quality first; among equal ones, those without a wildcard first.
fn by_preference(accept: &str) -> Vec<Range<'_>> {
    let mut ranges: Vec<_> = accept.split(',').map(Range::new).collect();
    ranges.sort_by(|a, b| {
        let quality = b.quality().total_cmp(&a.quality());
        quality.then_with(|| a.media.contains('*').cmp(&b.media.contains('*')))
    });
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaping_is_confirmed() {
        let prometheus = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
            application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
            text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        let table = [
            ("", "underscores"),
            ("*/*", "underscores"),
            ("text/html", "underscores"),
            ("application/openmetrics-text", "underscores"),
            (prometheus, "allow-utf-8"),
            ("text/plain;escaping=dots", "dots"),
            ("text/plain; Escaping = \"values\"", "values"),
            ("text/plain;escaping=unheard-of", "underscores"),
            ("text/plain;q=0.5, */*;q=0.1;escaping=dots", "underscores"),
            ("text/plain;q=0.5, */*;q=0.9;escaping=dots", "dots"),
            ("*/*;escaping=dots, text/plain", "underscores"),
            ("text/plain;q=x, text/plain;q=0.1;escaping=values", "values"),
            (
                "text/plain;version=2;escaping=values,text/plain;q=0.5",
                "values",
            ),
            (";;;,,=;q=;escaping", "underscores"),
        ];
        for (accept, escaping) in table {
            let expected = format!("text/plain; version=0.0.4; charset=utf-8; escaping={escaping}");
            assert_eq!(negotiate(accept).content_type, expected, "{accept}");
        }
    }

    #[test]
    fn qualities() {
        for (text, expected) in [
            ("1", Some(1.0)),
            ("0", Some(0.0)),
            ("0.5", Some(0.5)),
            ("1.000", Some(1.0)),
            ("1.001", None),
            ("-1", None),
            ("NaN", None),
            ("inf", None),
            ("", None),
            ("0,5", None),
        ] {
            assert_eq!(quality(text), expected, "{text}");
        }
    }
}
