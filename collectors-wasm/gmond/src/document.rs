//! The document that gmond sends.

use std::collections::BTreeMap;

use firepit_sdk::parse::{self, excerpt};
use firepit_sdk::skip;
use firepit_sdk::xml::{self, Element, Event, Reader};

/// Maximum series: far more than any cluster has.
const SERIES: usize = 10_000;

/// Maximum malformed values that are reported one by one.
const REPORTS: usize = 100;

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

impl Document {
    /// Parses a document from a source, an address. A metric whose value is malformed is skipped.
    pub(crate) fn parse(bytes: &[u8], source: &str) -> Result<Self, DocumentError> {
        if bytes.starts_with(&[0x1f, 0x8b]) {
            return Err(DocumentError::Compressed);
        }
        let mut document = Self::default();
        let mut reader = Reader::new(bytes);
        let (mut cluster, mut is_known) = (String::new(), false);
        let (mut series, mut malformed) = (0, 0);
        while let Some(event) = reader.next()? {
            let Event::Start(element) = event else {
                continue;
            };
            match element.name() {
                "GANGLIA_XML" => is_known = true,
                other if !is_known => return Err(DocumentError::Other(excerpt(other).to_owned())),
                "CLUSTER" => {
                    let [name] = element.attributes(["NAME"])?;
                    cluster = name.unwrap_or_default().into_owned();
                }
                "METRIC" => {
                    let Some((name, value)) = number(&element, source, &mut malformed)? else {
                        reader.skip()?;
                        continue;
                    };
                    let family = document.families.entry(name).or_default();
                    // All hosts have the same descriptions.
                    if family.help.is_empty() {
                        family.help = description(&mut reader)?;
                    } else {
                        reader.skip()?;
                    }
                    series += usize::from(family.set(&cluster, value));
                    if series > SERIES {
                        return Err(DocumentError::Series);
                    }
                }
                _ => {}
            }
        }
        Ok(document)
    }
}

impl Family {
    /// Sets the value of a cluster; whether it is the first one.
    fn set(&mut self, cluster: &str, value: f64) -> bool {
        match self.clusters.get_mut(cluster) {
            Some(known) => {
                *known = value;
                false
            }
            None => {
                self.clusters.insert(cluster.to_owned(), value);
                true
            }
        }
    }
}

/// The number of a metric, and the name of its family; `None` if it has none.
fn number(
    element: &Element<'_>,
    source: &str,
    malformed: &mut usize,
) -> Result<Option<(String, f64)>, DocumentError> {
    let values = element.attributes(["NAME", "VAL", "TYPE"])?;
    let [name, text, kind] = values.map(Option::unwrap_or_default);
    if kind == "string" {
        return Ok(None);
    }
    if let Some(number) = parse::float(text.trim()) {
        return Ok(Some((family_name(&name), number)));
    }
    *malformed += 1;
    if *malformed <= REPORTS {
        let (name, text) = (excerpt(&name), excerpt(&text));
        let problem = format!("{name}: expected a number, found {text:?}");
        skip::report(parse::Error::new(source, problem));
    }
    Ok(None)
}

/// The description of a metric, up to the metric's end.
fn description(reader: &mut Reader<'_>) -> Result<String, DocumentError> {
    let mut help = String::new();
    let mut depth = 1;
    while depth > 0 {
        match reader.next()? {
            Some(Event::Start(extra)) => {
                depth += 1;
                if extra.name() == "EXTRA_ELEMENT"
                    && let [Some(name), Some(value)] = extra.attributes(["NAME", "VAL"])?
                    && name == "DESC"
                {
                    help = value.into_owned();
                }
            }
            Some(Event::End) => depth -= 1,
            Some(Event::Text(_)) => {}
            None => break,
        }
    }
    Ok(help)
}

/// The name of a metric as Prometheus permits it.
fn family_name(metric: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if metric.chars().all(is_part) {
        return ["ganglia_", metric].concat();
    }
    let part = metric.chars().map(|c| if is_part(c) { c } else { '_' });
    "ganglia_".chars().chain(part).collect()
}
