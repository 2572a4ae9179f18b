//! The attributes of the host, which the operator sets.

use super::single;
use firepit_exposition::record::{Family, Samples};

/// The family `node_attributes`, with the constant value 1 and a label for each attribute, as in
/// node_exporter until 0.8.1. `None` without attributes.
#[must_use]
pub fn node_attributes(attributes: &[(String, String)]) -> Option<Family> {
    let labels: Vec<(&str, &str)> = attributes
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let help = "The node_exporter attributes.";
    let family = || single("node_attributes", help, Samples::Gauge, &labels, 1.0);
    (!labels.is_empty()).then(family)
}
