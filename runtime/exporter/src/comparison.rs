//! Compares two metrics responses: families, types, help texts, series and values.
//!
//! ```text
//! read: a file or an answer -> firepit_exposition::parse -> families: one by one -> report: bounded lines
//! ```

mod families;
mod read;
mod report;
mod rules;

use firepit_exposition::parse::{self, Document, parse};

pub use read::{ReadError, Source};
pub use report::Report;
pub use rules::{Ignored, RuleError, Rules, Tolerance};

/// Limits on one response. A scrape by Prometheus has a hundredth of it.
const LIMITS: parse::Limits = parse::Limits {
    samples: 500_000,
    families: 50_000,
    labels: 4_000_000,
    label_names: 10_000,
    work: u64::MAX,
};

/// Why two responses cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// One of them cannot be read.
    #[error("cannot read {1}")]
    Read(#[source] ReadError, Source),
    /// One of them is not in the text format.
    #[error("{1} is not a metrics response in Prometheus' text format")]
    Parse(#[source] parse::Error, Source),
}

/// Reads and compares two responses.
///
/// # Errors
/// One of them cannot be read or parsed.
pub fn compare(old: &Source, new: &Source, rules: &Rules) -> Result<Report, CompareError> {
    let read = |source: &Source| {
        let text = source.read(rules.timeout);
        text.map_err(|error| CompareError::Read(error, source.clone()))
    };
    let (old_text, new_text) = (read(old)?, read(new)?);
    let (old, new) = (parsed(&old_text, old)?, parsed(&new_text, new)?);
    Ok(families::compare(&old, &new, rules))
}

fn parsed<'a>(text: &'a [u8], source: &Source) -> Result<Document<'a>, CompareError> {
    let (document, _work) = parse(text, &LIMITS);
    document.map_err(|error| CompareError::Parse(error, source.clone()))
}

#[cfg(test)]
mod tests;
