//! Parses `Accept` as the package goautoneg does, which expfmt uses.

/// Above this number of ranges Go sorts with another algorithm, and this module does, too.
const MAX_INSERTION: usize = 12;

/// One range of an `Accept`, such as `text/plain;version=0.0.4;q=0.5`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    parameters: &'a str,
    quality: f32,
}

impl<'a> Range<'a> {
    /// `None` if the text is no media range.
    fn new(text: &'a str) -> Option<Self> {
        let (media, parameters) = split(trim(text), ';');
        let (kind, rest) = split(media, '/');
        let kind = trim(kind);
        let subtype = match split(rest, '/') {
            ("", _) if rest.is_empty() => (kind == "*").then_some("*")?,
            (subtype, "") => trim(subtype),
            _ => return None,
        };
        let mut range = Self {
            kind,
            subtype,
            parameters,
            quality: 1.0,
        };
        if let Some((_, quality)) = range.named("q") {
            range.quality = quality.parse().unwrap_or(0.0);
        }
        Some(range)
    }

    /// Type and subtype.
    pub(super) fn media(&self) -> (&'a str, &'a str) {
        (self.kind, self.subtype)
    }

    /// The value of a parameter other than `q`.
    pub(super) fn parameter(&self, name: &str) -> Option<&'a str> {
        self.named(name).map(|(_, value)| trim(value))
    }

    /// The last parameter of this name. Its value is as it was sent, with spaces.
    fn named(&self, name: &str) -> Option<(&'a str, &'a str)> {
        let parameters = self.parameters.split(';').filter_map(|parameter| {
            let (key, rest) = split(parameter, '=');
            // Another `=` in the middle of a value makes the parameter invalid, one at its end does not.
            let (value, more) = split(rest, '=');
            (!rest.is_empty() && more.is_empty()).then_some((trim(key), value))
        });
        parameters.rev().find(|(key, _)| *key == name)
    }

    /// Whether this range goes before another. Of a wildcard with a higher quality and a type with a
    /// lower one, each goes before the other: then their order decides.
    fn is_before(&self, other: &Self) -> bool {
        self.quality > other.quality
            || self.kind != "*" && other.kind == "*"
            || self.subtype != "*" && other.subtype == "*"
    }

    fn has_wildcard(&self) -> bool {
        self.kind == "*" || self.subtype == "*"
    }
}

/// The ranges of a header, in the order in which they are tried.
pub(super) fn by_preference(accept: &str) -> Vec<Range<'_>> {
    let mut ranges: Vec<_> = accept.split(',').filter_map(Range::new).collect();
    if ranges.len() > MAX_INSERTION {
        ranges.sort_by(|a, b| {
            let quality = b.quality.total_cmp(&a.quality);
            quality.then_with(|| a.has_wildcard().cmp(&b.has_wildcard()))
        });
        return ranges;
    }
    // `is_before` is not an order, so the result depends on the algorithm. Go inserts one by one.
    let mut sorted: Vec<Range<'_>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        let behind = sorted
            .iter()
            .rev()
            .take_while(|other| range.is_before(other));
        sorted.insert(sorted.len() - behind.count(), range);
    }
    sorted
}

/// The text before and after the first `separator`; all and nothing if there is none.
fn split(text: &str, separator: char) -> (&str, &str) {
    text.split_once(separator).unwrap_or((text, ""))
}

/// The text without spaces around it. Tabs stay.
fn trim(text: &str) -> &str {
    text.trim_matches(' ')
}
