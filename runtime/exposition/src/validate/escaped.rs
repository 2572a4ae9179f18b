//! A copy of a family whose names are escaped.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::family::{Family, Head, Naming, Row};
use super::rules::fits_unit;
use super::texts::Texts;
use super::{MaxBytes, compare_rows};
use crate::escaping::Escaping;

/// A family after escaping.
pub(crate) struct Escaped {
    /// Its name.
    pub(crate) name: String,
    /// `None` if no series is left.
    pub(crate) family: Option<Family>,
    /// Number of series that cannot be written: two of their labels have one name now, or a label has a
    /// name that Prometheus reserves.
    pub(crate) unwritable: usize,
    /// Number of series that have the labels of another series now.
    pub(crate) duplicates: usize,
}

impl Family {
    /// Escapes the metric name and the label names.
    pub(crate) fn escaped(self, scheme: Escaping) -> Escaped {
        let name = scheme.metric(self.name()).into_owned();
        let old_names = (self.texts).range(self.head.label_names, self.head.labels);
        let columns = Columns::new(old_names.map(|name| scheme.label(name).into_owned()));
        let mut texts = Texts::default();
        let unit = Some(self.unit()).filter(|unit| fits_unit(&name, unit, self.kind()));
        let head = Head {
            name: texts.push(&name),
            help: texts.push(self.help()),
            unit: unit.map(|unit| texts.push(unit)),
            kind: self.head.kind,
            names: Naming::Escaped,
            label_names: texts.len(),
            labels: columns.names.len(),
            max_bytes: 0,
        };
        for name in &columns.names {
            texts.push(name);
        }
        let mut size = MaxBytes::of(&head, &texts);
        let mut rows = Vec::with_capacity(self.rows.len());
        let mut unwritable = 0;
        for row in self.rows {
            let values = self.texts.range(row.label_values, self.head.labels);
            let Some(values) = columns.values(values) else {
                unwritable += 1;
                continue;
            };
            let label_values = texts.len();
            let before = texts.bytes();
            for value in values {
                texts.push(value);
            }
            size.add(texts.bytes() - before, &row.point);
            rows.push(Row {
                label_values,
                point: row.point,
            });
        }
        let compare = |a: &Row, b: &Row| compare_rows(a, b, head.labels, &texts);
        rows.sort_by(compare);
        let all = rows.len();
        rows.dedup_by(|later, kept| compare(later, kept).is_eq());
        let duplicates = all - rows.len();
        let head = Head {
            max_bytes: size.total,
            ..head
        };
        let texts = Arc::new(texts);
        Escaped {
            family: (!rows.is_empty()).then_some(Family { texts, head, rows }),
            name,
            unwritable,
            duplicates,
        }
    }
}

/// The labels of the copy.
struct Columns {
    /// Distinct names, sorted.
    names: Vec<String>,
    /// For each label of the original its place among the names; `None` if the label cannot be written.
    places: Vec<Option<usize>>,
}

impl Columns {
    fn new(escaped: impl Iterator<Item = String>) -> Self {
        let escaped: Vec<String> = escaped.collect();
        let is_writable = |name: &&String| !name.starts_with("__");
        let mut names: Vec<String> = escaped.iter().filter(is_writable).cloned().collect();
        names.sort();
        names.dedup();
        let places: BTreeMap<&str, usize> = names.iter().map(String::as_str).zip(0..).collect();
        let place = |name: &String| places.get(name.as_str()).copied();
        Self {
            places: escaped.iter().map(place).collect(),
            names,
        }
    }

    /// The values of a series in the order of the names. For Prometheus an empty value is the same as no
    /// label, so only values that are not empty exclude each other.
    fn values<'a>(&self, old: impl Iterator<Item = &'a str>) -> Option<Vec<&'a str>> {
        let mut values = vec![""; self.names.len()];
        let given = old.zip(&self.places).filter(|(value, _)| !value.is_empty());
        for (value, place) in given {
            let free = values.get_mut((*place)?).filter(|held| held.is_empty());
            *free? = value;
        }
        Some(values)
    }
}
