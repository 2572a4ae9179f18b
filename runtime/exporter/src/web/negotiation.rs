//! Negotiates the format of a response by the client's `Accept`, before collectors run, exactly as
//! promhttp does with expfmt of prometheus/common.
//!
//! Differences to what RFC 9110 says are theirs:
//!
//! - Only the first `Accept` line counts.
//! - `q=0` makes a range the last choice and does not forbid it.
//! - A wildcard matches no format. A client that accepts none of the formats gets the text format.
//! - Names and values of parameters are case-sensitive, and quotes are part of a value.
//! - A client can choose the `escaping` of names outside of `[a-zA-Z0-9_:]`. The choice of a range
//!   that is not taken counts as well, until a range is taken.

mod accept;

use firepit_exposition::encode::Format;
use firepit_exposition::escaping::Escaping;
use hyper::header::HeaderValue;

use accept::{Range, by_preference};

const PROTOBUF: (&str, &str) = ("application", "vnd.google.protobuf");
const OPENMETRICS: (&str, &str) = ("application", "openmetrics-text");
const TEXT: (&str, &str) = ("text", "plain");

/// The only protobuf message on offer.
const MESSAGE: &str = "io.prometheus.client.MetricFamily";

/// The format of the response, and its content type.
#[derive(Debug, Clone)]
pub(super) struct Negotiated {
    pub(super) format: Format,
    pub(super) escaping: Escaping,
    pub(super) content_type: HeaderValue,
}

/// Negotiates by an `Accept` header, empty if there is none. OpenMetrics is on offer only if
/// `openmetrics` is set.
pub(super) fn negotiate(accept: &str, openmetrics: bool) -> Negotiated {
    let mut escaping = Escaping::Underscores;
    let mut taken = Offer::Text;
    for range in by_preference(accept) {
        if let Some(wanted) = range.parameter("escaping").and_then(Escaping::from_name) {
            escaping = wanted;
        }
        if let Some(offer) = offer(&range, openmetrics) {
            taken = offer;
            break;
        }
    }
    Negotiated {
        format: taken.format(),
        escaping,
        content_type: content_type(taken, escaping),
    }
}

/// What is on offer: a format in a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offer {
    Text,
    OpenMetrics001,
    OpenMetrics100,
    Protobuf,
    ProtobufText,
    ProtobufCompactText,
}

impl Offer {
    fn format(self) -> Format {
        match self {
            Self::Text => Format::Text004,
            Self::OpenMetrics001 | Self::OpenMetrics100 => Format::OpenMetrics,
            Self::Protobuf => Format::Protobuf,
            Self::ProtobufText => Format::ProtobufText,
            Self::ProtobufCompactText => Format::ProtobufCompactText,
        }
    }

    /// The content type without the escaping.
    fn media_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics001 => "application/openmetrics-text; version=0.0.1; charset=utf-8",
            Self::OpenMetrics100 => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
            Self::ProtobufText => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=text"
            }
            Self::ProtobufCompactText => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=compact-text"
            }
        }
    }
}

/// The offer that a range takes.
fn offer(range: &Range<'_>, openmetrics: bool) -> Option<Offer> {
    let version = range.parameter("version").unwrap_or_default();
    if range.media() == PROTOBUF && range.parameter("proto") == Some(MESSAGE) {
        return match range.parameter("encoding")? {
            "delimited" => Some(Offer::Protobuf),
            "text" => Some(Offer::ProtobufText),
            "compact-text" => Some(Offer::ProtobufCompactText),
            _ => None,
        };
    }
    if range.media() == TEXT && matches!(version, "" | "0.0.4") {
        return Some(Offer::Text);
    }
    if openmetrics && range.media() == OPENMETRICS {
        return match version {
            "1.0.0" => Some(Offer::OpenMetrics100),
            "" | "0.0.1" => Some(Offer::OpenMetrics001),
            _ => None,
        };
    }
    None
}

fn content_type(offer: Offer, escaping: Escaping) -> HeaderValue {
    let media_type = offer.media_type();
    let text = format!("{media_type}; escaping={}", escaping.as_str());
    // Both parts are plain ASCII, so the text is valid.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(media_type))
}

#[cfg(test)]
mod tests;
