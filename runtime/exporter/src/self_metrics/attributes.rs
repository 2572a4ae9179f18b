//! The attributes of the host, which the operator sets.

use super::single;
use firepit_exposition::names::{BuiltinNames, Namespace};
use firepit_exposition::record::{Family, Samples};

/// The family `node_attributes`, with the constant value 1 and a label for each attribute, as in
/// node_exporter until 0.8.1, in a namespace. Empty without attributes. In another namespace the old
/// name is there as well, if old names are exposed.
#[must_use]
pub fn node_attributes(attributes: &[(String, String)], builtin: &BuiltinNames) -> Vec<Family> {
    if attributes.is_empty() {
        return Vec::new();
    }
    let namespace = &builtin.namespace;
    let old = (builtin.old && !namespace.is_default()).then_some(Namespace::DEFAULT_PREFIX);
    let labels: Vec<(&str, &str)> = attributes
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let help = "The node_exporter attributes.";
    let prefixes = std::iter::once(namespace.prefix()).chain(old);
    let names = prefixes.map(|prefix| format!("{prefix}attributes"));
    names
        .map(|name| single(&name, help, Samples::Gauge, &labels, 1.0))
        .collect()
}
