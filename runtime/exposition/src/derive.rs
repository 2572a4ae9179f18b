//! Derives families from valid ones: under another name, with other labels and in another unit.
//!
//! The result is a record like that of a collector, so it takes the way through
//! [`crate::validate`] as well.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::record::{self, Sample, Samples};
use crate::validate::{Family, Kind, Point, Series};

/// How to derive a family from another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule<'a> {
    /// The name of the new family.
    pub name: Cow<'a, str>,
    /// Its help text.
    pub help: Cow<'a, str>,
    /// Its type: counter, gauge or untyped.
    pub kind: Kind,
    /// From the given value to the new one.
    pub scale: Scale,
    /// From the given labels to the new ones, one change after the other.
    pub labels: &'a [LabelChange],
}

/// How a derived value follows from the given one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// The values are the same.
    Same,
    /// The given value multiplied by this number, as a whole number.
    Times(f64),
    /// The given value divided by this number, as a whole number.
    Per(f64),
    /// The given value without its fraction.
    Floor,
}

impl Scale {
    /// The derived value.
    #[must_use]
    pub fn apply(self, value: f64) -> f64 {
        match self {
            Self::Same => value,
            Self::Times(factor) => (value * factor).round(),
            Self::Per(divisor) => (value / divisor).round(),
            Self::Floor => value.floor(),
        }
    }
}

/// How derived labels follow from the given ones. Labels without a change stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelChange {
    /// The label gets another name.
    Name {
        /// The given name.
        new: &'static str,
        /// The name in the derived family.
        old: &'static str,
    },
    /// The label is dropped. Of series that differ only in such labels, the first remains.
    Absent(&'static str),
    /// The label's value gets a prefix.
    Prefix {
        /// The label.
        label: &'static str,
        /// The prefix.
        prefix: &'static str,
    },
    /// The label's value is reduced to the last segment of the path.
    BaseName(&'static str),
    /// Only series with this value of the label remain, with another value.
    Only {
        /// The label.
        label: &'static str,
        /// The given value.
        new: &'static str,
        /// The value in the derived family.
        old: &'static str,
    },
}

/// A derived family; `None` if no series remains, or if the given one has distributions.
#[must_use]
pub fn derive(family: &Family, rule: &Rule<'_>) -> Option<record::Family> {
    let shape = match rule.kind {
        Kind::Counter => Samples::Counter,
        Kind::Gauge => Samples::Gauge,
        Kind::Untyped => Samples::Untyped,
        Kind::Histogram | Kind::Summary => return None,
    };
    // All series of a valid family have the same label names.
    let mut label_names = None;
    let mut seen = BTreeSet::new();
    let mut samples = Vec::with_capacity(family.series().len());
    for series in family.series() {
        let value = match series.point() {
            Point::Value(value) => *value,
            Point::Counter(counter) => counter.value,
            Point::Histogram(_) | Point::Summary(_) => continue,
        };
        let Some(labels) = changed(series, rule.labels) else {
            continue;
        };
        let (names, values): (Vec<String>, Vec<String>) = labels.into_iter().unzip();
        if rule.drops_labels() && !seen.insert(values.clone()) {
            continue;
        }
        label_names.get_or_insert(names);
        samples.push(Sample {
            label_values: values,
            value: rule.scale.apply(value),
            extra: None,
        });
    }
    Some(record::Family {
        name: rule.name.to_string(),
        help: rule.help.to_string(),
        unit: String::new(),
        label_names: label_names?,
        samples: shape(samples),
    })
}

impl Rule<'_> {
    /// Whether two series may become one.
    fn drops_labels(&self) -> bool {
        let mut changes = self.labels.iter();
        changes.any(|change| matches!(change, LabelChange::Absent(_) | LabelChange::BaseName(_)))
    }
}

/// The labels of a series after all changes; `None` if it is left out.
fn changed(series: Series<'_>, changes: &[LabelChange]) -> Option<Vec<(String, String)>> {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let mut labels: Vec<(String, String)> = series.labels().map(owned).collect();
    for change in changes {
        match *change {
            LabelChange::Name { new, old } => {
                if let Some((name, _)) = named(&mut labels, new) {
                    old.clone_into(name);
                }
            }
            LabelChange::Absent(label) => labels.retain(|(name, _)| name != label),
            LabelChange::Prefix { label, prefix } => {
                if let Some((_, value)) = named(&mut labels, label) {
                    value.insert_str(0, prefix);
                }
            }
            LabelChange::BaseName(label) => {
                if let Some((_, value)) = named(&mut labels, label)
                    && let Some((_, base)) = value.rsplit_once('/')
                {
                    *value = base.to_owned();
                }
            }
            LabelChange::Only { label, new, old } => {
                let (_, value) = named(&mut labels, label).filter(|(_, value)| value == new)?;
                old.clone_into(value);
            }
        }
    }
    Some(labels)
}

/// The label of this name.
fn named<'a>(labels: &'a mut [(String, String)], wanted: &str) -> Option<&'a mut (String, String)> {
    labels.iter_mut().find(|(name, _)| name == wanted)
}

#[cfg(test)]
mod tests;
