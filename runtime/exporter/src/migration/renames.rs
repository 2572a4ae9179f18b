//! The metrics of node_exporter 0.6.0 to 0.8.1, and today's metrics that have the same data.
//!
//! The names, types and help texts are those of version 0.8.1. Most names changed in 0.16.0, whose
//! [upgrade guide](https://github.com/prometheus/node_exporter/blob/master/docs/V0_16_UPGRADE_GUIDE.md)
//! gives the reasons: base units, and `_total` at the end of counters.

mod table;

use std::borrow::Cow;

pub use firepit_exposition::derive::{LabelChange, Scale};
pub use table::RENAMES;

/// One old family, and the family of today that has its data.
///
/// A name may contain one `*`, which stands for the same text in both names and in the help text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rename {
    /// The collector that exposed the family.
    pub old_collector: &'static str,
    /// The old name.
    pub old: &'static str,
    /// The old type.
    pub kind: OldKind,
    /// The old help text.
    pub help: &'static str,
    /// Today's family; `None` if no collector has the data.
    pub source: Option<Source>,
}

/// A family of today, and how to turn its samples into the old ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Source {
    /// The collector that exposes the family; [`EXPORTER`] for the exporter's own.
    pub collector: &'static str,
    /// Today's name.
    pub name: &'static str,
    /// From today's value to the old one.
    pub scale: Scale,
    /// From today's labels to the old ones.
    pub labels: &'static [LabelChange],
}

/// The name of the exporter itself in place of a collector's name.
pub const EXPORTER: &str = "exporter";

/// Type of an old family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldKind {
    /// A counter.
    Counter,
    /// A gauge.
    Gauge,
    /// A summary with the quantiles 0.5, 0.9 and 0.99.
    Summary,
}

impl Rename {
    /// Whether today's family has the old name, so that it cannot be exposed in both forms.
    #[must_use]
    pub fn keeps_name(&self) -> bool {
        self.source.is_some_and(|source| source.name == self.old)
    }

    /// Whether the old family and today's are the same apart from type and help text.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.source.is_some_and(|source| {
            source.name == self.old && source.labels.is_empty() && source.scale == Scale::Same
        })
    }

    /// The old name and help text of a family of today; `None` if it is not this one.
    #[must_use]
    pub fn applied(&self, name: &str) -> Option<(Cow<'static, str>, Cow<'static, str>)> {
        let source = self.source?;
        let Some((prefix, suffix)) = source.name.split_once('*') else {
            return (source.name == name).then_some((self.old.into(), self.help.into()));
        };
        let part = name.strip_prefix(prefix)?.strip_suffix(suffix)?;
        let filled = |text: &str| Cow::Owned(text.replacen('*', part, 1));
        (!part.is_empty()).then(|| (filled(self.old), filled(self.help)))
    }
}

#[cfg(test)]
mod tests;
