//! Negotiates the content coding of a response by the client's `Accept-Encoding`, exactly as promhttp
//! does with the package httputil of client_golang.
//!
//! Differences to what RFC 9110 says are theirs: `*` matches every coding, also one that the header
//! rejects by name, and the response to a client that accepts none of the codings has none.

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// None.
    Identity,
    Gzip,
    Zstd,
}

impl Coding {
    /// All codings; the first of those with the highest quality is taken.
    const OFFERS: [Self; 3] = [Self::Identity, Self::Gzip, Self::Zstd];

    /// The name in headers.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// The coding for a client, by the values of all its `Accept-Encoding` headers.
pub(super) fn negotiate<'a>(values: impl Iterator<Item = &'a [u8]>) -> Coding {
    // The highest quality of each offer.
    let mut qualities = Coding::OFFERS.map(|offer| (offer, None));
    for value in values {
        for item in Items(value) {
            for (offer, best) in &mut qualities {
                let matches = item.name == b"*" || item.name == offer.as_str().as_bytes();
                if matches && best.is_none_or(|best| item.quality > best) {
                    *best = Some(item.quality);
                }
            }
        }
    }
    let mut taken = (Coding::Identity, 0.0);
    for (offer, quality) in qualities {
        if let Some(quality) = quality
            && quality > taken.1
        {
            taken = (offer, quality);
        }
    }
    taken.0
}

/// One item of the header, such as `gzip;q=0.5`.
struct Item<'a> {
    name: &'a [u8],
    quality: f64,
}

/// The items of a header's value, up to the first that is malformed.
struct Items<'a>(&'a [u8]);

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let mut rest = std::mem::take(&mut self.0);
        let end = rest.iter().position(|byte| !is_token(*byte));
        let (name, after) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
        if name.is_empty() {
            return None;
        }
        rest = skip_spaces(after);
        let mut quality = 1.0;
        if let Some(parameter) = rest.strip_prefix(b";") {
            let value = skip_spaces(parameter).strip_prefix(b"q=")?;
            (quality, rest) = parse_quality(value)?;
            rest = skip_spaces(rest);
        }
        if let Some(more) = rest.strip_prefix(b",") {
            self.0 = skip_spaces(more);
        }
        Some(Item { name, quality })
    }
}

/// A quality and the text behind it; `None` unless the text begins with 0 or 1. Any number of decimals
/// may follow.
fn parse_quality(text: &[u8]) -> Option<(f64, &[u8])> {
    let (whole, rest) = match text.split_first()? {
        (b'0', rest) => (0.0, rest),
        (b'1', rest) => (1.0, rest),
        _ => return None,
    };
    let Some(decimals) = rest.strip_prefix(b".") else {
        return Some((whole, rest));
    };
    let end = decimals.iter().position(|byte| !byte.is_ascii_digit());
    let (digits, rest) = decimals.split_at_checked(end.unwrap_or(decimals.len()))?;
    let fraction = digits.iter().rev();
    let fraction = fraction.fold(0.0, |sum, digit| (sum + f64::from(digit - b'0')) / 10.0);
    Some((whole + fraction, rest))
}

fn skip_spaces(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}

/// Whether a byte may be part of a coding's name. A slash is no character of a token, but promhttp
/// accepts it.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"()<>@,;:\\\"[]?={}".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::Coding::{Gzip, Identity, Zstd};
    use super::*;

    #[test]
    fn negotiation() {
        let table: &[(&[&str], Coding)] = &[
            (&[], Identity),
            (&[""], Identity),
            (&["gzip"], Gzip),
            (&["zstd"], Zstd),
            (&["identity"], Identity),
            (&["*"], Identity),
            (&["br"], Identity),
            (&["gzip, deflate, br, zstd"], Gzip),
            (&["zstd, gzip"], Gzip),
            (&["zstd, gzip;q=0.9"], Zstd),
            (&["zstd;q=0.9, gzip"], Gzip),
            (&["zstd", "gzip"], Gzip),
            (&["deflate", "gzip"], Gzip),
            (&["br;q=1, gzip;q=0.1"], Gzip),
            // Ties.
            (&["gzip, identity"], Identity),
            (&["zstd, identity, gzip"], Identity),
            (&["gzip;q=0.5, identity;q=0.5"], Identity),
            (&["gzip;q=0.5, identity;q=0.6"], Identity),
            (&["gzip;q=0.6, identity;q=0.5"], Gzip),
            // A wildcard counts for each coding.
            (&["gzip, *"], Identity),
            (&["gzip, *;q=0.1"], Gzip),
            (&["gzip;q=0.1, *"], Identity),
            (&["gzip;q=0, *"], Identity),
            (&["identity;q=0, *"], Identity),
            (&["identity;q=0, *;q=0.1"], Identity),
            (&["zstd;q=0.5, *;q=0.1"], Zstd),
            // Nothing is acceptable.
            (&["gzip;q=0"], Identity),
            (&["gzip;q=0.000"], Identity),
            (&["*;q=0"], Identity),
            (&["identity;q=0"], Identity),
            (&["identity;q=0, gzip;q=0, zstd;q=0"], Identity),
            // One of several.
            (&["gzip;q=0, gzip"], Gzip),
            (&["identity;q=0, gzip;q=0.01"], Gzip),
            // Spaces and malformed items, which end the line.
            (&[" gzip"], Identity),
            (&["gzip ; q=0.001 "], Gzip),
            (&["gzip ; q = 0.001"], Identity),
            (&["gzip;\tq=1\t,zstd"], Gzip),
            (&["gzip;Q=1"], Identity),
            (&["GZip"], Identity),
            (&["gzip;q=2"], Identity),
            (&["gzip;q=1.5"], Gzip),
            (&["gzip;q=NaN"], Identity),
            (&["gzip;q=-1"], Identity),
            (&["gzip;q="], Identity),
            (&["gzip;"], Identity),
            (&["gzip;level=9"], Identity),
            (&["br;level=9, gzip"], Identity),
            (&["br;level=9", "gzip"], Gzip),
            (&["gzipped"], Identity),
            (&["no-gzip"], Identity),
            (&["x;q=gzip"], Identity),
            (&[",gzip"], Identity),
            (&["gzip x"], Gzip),
            (&["br gzip"], Identity),
            (&["\u{e9}, gzip"], Identity),
        ];
        for (values, expected) in table {
            let values_as_bytes = values.iter().map(|value| value.as_bytes());
            assert_eq!(negotiate(values_as_bytes), *expected, "{values:?}");
        }
    }

    #[test]
    fn qualities() {
        let quality = |text: &'static str| parse_quality(text.as_bytes()).map(|(q, _)| q);
        assert_eq!(quality("0"), Some(0.0));
        assert_eq!(quality("1.000"), Some(1.0));
        assert_eq!(quality("0.5;x"), Some(0.5));
        assert_eq!(quality("1."), Some(1.0));
        for malformed in ["", ".5", "2", "-1", "q"] {
            assert_eq!(quality(malformed), None, "{malformed}");
        }
        let long = format!("0.{}1", "0".repeat(10_000));
        assert_eq!(parse_quality(long.as_bytes()).map(|(q, _)| q), Some(0.0));
    }
}
