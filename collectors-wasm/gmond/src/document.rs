//! The document that gmond sends.

use std::borrow::Cow;
use std::collections::BTreeMap;

use firepit_sdk::parse::{self, excerpt};
use firepit_sdk::skip;
use firepit_sdk::xml::{self, Element, Event, Reader};

/// Maximum series: far more than any cluster has.
const SERIES: usize = 10_000;

/// The metrics of a document.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// By metric name.
    pub(crate) families: BTreeMap<String, Family>,
}

/// A metric of all clusters.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Family {
    /// The first description.
    pub(crate) help: String,
    /// The last value of each cluster.
    pub(crate) clusters: BTreeMap<String, f64>,
}

/// Why a document has no metrics.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DocumentError {
    #[error("{0}")]
    Xml(#[from] xml::Error),
    #[error("the document is compressed; write gzip_output = no to gmond.conf")]
    Compressed,
    #[error("the document is not of Ganglia: its element is {0:?}")]
    Other(String),
    #[error("more than {SERIES} series")]
    Series,
}

/// A metric whose description may follow.
#[derive(Debug)]
struct Metric {
    name: String,
    value: f64,
    help: String,
}

impl Document {
    /// Parses a document from a source, an address. A metric whose value is malformed is skipped.
    pub(crate) fn parse(bytes: &[u8], source: &str) -> Result<Self, DocumentError> {
        if bytes.starts_with(&[0x1f, 0x8b]) {
            return Err(DocumentError::Compressed);
        }
        let mut document = Self::default();
        let mut reader = Reader::new(bytes);
        let (mut cluster, mut series, mut is_known) = (String::new(), 0, false);
        while let Some(event) = reader.next()? {
            let Event::Start(element) = event else {
                continue;
            };
            match element.name() {
                "GANGLIA_XML" => is_known = true,
                other if !is_known => return Err(DocumentError::Other(excerpt(other).to_owned())),
                "CLUSTER" => cluster = attribute(&element, "NAME")?.into_owned(),
                "METRIC" => {
                    let metric = metric(&mut reader, &element, source)?;
                    series +=
                        usize::from(metric.is_some_and(|metric| document.add(metric, &cluster)));
                    if series > SERIES {
                        return Err(DocumentError::Series);
                    }
                }
                _ => {}
            }
        }
        Ok(document)
    }

    /// Adds a value; whether it is the first one of its series.
    fn add(&mut self, metric: Metric, cluster: &str) -> bool {
        let family = self.families.entry(metric.name).or_default();
        if family.help.is_empty() {
            family.help = metric.help;
        }
        family
            .clusters
            .insert(cluster.to_owned(), metric.value)
            .is_none()
    }
}

/// A metric, up to its end; `None` if it has no number.
fn metric(
    reader: &mut Reader<'_>,
    element: &Element<'_>,
    source: &str,
) -> Result<Option<Metric>, DocumentError> {
    let mut help = String::new();
    let mut depth = 1;
    while depth > 0 {
        match reader.next()? {
            Some(Event::Start(extra)) => {
                depth += 1;
                let is_help =
                    extra.name() == "EXTRA_ELEMENT" && attribute(&extra, "NAME")? == "DESC";
                if is_help {
                    help = attribute(&extra, "VAL")?.into_owned();
                }
            }
            Some(Event::End) => depth -= 1,
            Some(Event::Text(_)) => {}
            None => break,
        }
    }
    if attribute(element, "TYPE")? == "string" {
        return Ok(None);
    }
    let (name, text) = (attribute(element, "NAME")?, attribute(element, "VAL")?);
    let Some(value) = parse::float(text.trim()) else {
        let problem = format!(
            "{}: expected a number, found {:?}",
            excerpt(&name),
            excerpt(&text)
        );
        skip::report(parse::Error::new(source, problem));
        return Ok(None);
    };
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let part = name.chars().map(|c| if is_part(c) { c } else { '_' });
    let name = "ganglia_".chars().chain(part).collect();
    Ok(Some(Metric { name, value, help }))
}

/// The value of an attribute; empty without it.
fn attribute<'a>(element: &Element<'a>, name: &str) -> Result<Cow<'a, str>, xml::Error> {
    Ok(element.attribute(name)?.unwrap_or_default())
}
