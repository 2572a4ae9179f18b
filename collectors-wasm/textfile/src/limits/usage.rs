//! The usage of files, counted as the host counts it.

use std::borrow::Cow;

use firepit_exposition::escaping::{is_plain_label, max_escaped};
use firepit_exposition::parse::work::{SEARCH, SEARCH_BYTE};
use firepit_exposition::parse::{Document, Family, Series, names};
use firepit_exposition::validate::Kind;

use super::Reason;
use crate::records::Records;
use crate::work;

/// The usage of files in the host.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// Lines of the response.
    pub(super) series: usize,
    /// Families passed to the host.
    pub(super) families: usize,
    /// Label values passed to the host, including the empty ones that complete the series of a
    /// family.
    pub(super) cells: usize,
    /// Bytes of the response.
    pub(super) text: usize,
    /// Units of work for emitting it.
    pub(super) work: u64,
}

/// Bytes of both lines of a family header in addition to names and help text.
const HEAD: usize = 28;
/// Bytes of a line in addition to names and label values: a brace, a space, a number of 24 bytes,
/// the line end.
const LINE: usize = 28;
/// The same for a line of a distribution, with a suffix and the label of the part.
const LINE_OF_DISTRIBUTION: usize = LINE + "_bucket,quantile=\"\"".len() + 24;

/// Bytes of a help text in the response.
fn on_page(help: &str) -> usize {
    let escaped = help
        .bytes()
        .filter(|byte| matches!(byte, b'\\' | b'\n' | b'"'));
    help.len() + escaped.count()
}

/// Bytes of all label names of a family in each line, including the punctuation of each label, in
/// the longest format. Lines have all label names.
fn names_on_page(document: &Document<'_>, family: &Family<'_>) -> usize {
    const MARKS: usize = "=\"\",".len();
    let names = document.label_names(family);
    names
        .map(|name| max_escaped(name, is_plain_label(name)) + MARKS)
        .sum()
}

/// The maximum bytes of the label values of a series in the response: a value without escapes in
/// the text has none there.
fn values_on_page(document: &Document<'_>, series: &Series) -> usize {
    let lengths = document.all_labels(series).map(|(_, value)| match value {
        Cow::Borrowed(value) => value.len(),
        Cow::Owned(value) => 2 * value.len(),
    });
    lengths.fold(0, usize::saturating_add)
}

impl Usage {
    /// The usage of a file.
    pub(crate) fn of(document: &Document<'_>, records: &[Records]) -> Self {
        let mut usage = Self::default();
        for (family, records) in document.families.iter().zip(records) {
            usage.add(document, family, records);
        }
        usage
    }

    fn add(&mut self, document: &Document<'_>, family: &Family<'_>, records: &Records) {
        let columns = document.label_names(family).len();
        let help = family.help.as_deref().map_or(0, on_page);
        let records_of = records.families();
        self.families += records_of;
        let is_plain = names::is_metric(family.name);
        let name = max_escaped(family.name, is_plain);
        self.text += records_of * (help + 2 * name + HEAD);
        self.work +=
            work::FAMILY * (records_of as u64).max(1) + SEARCH_BYTE * family.name.len() as u64;
        if !is_plain {
            self.work += 2 * SEARCH + SEARCH_BYTE * family.name.len() as u64;
        }
        let names = names_on_page(document, family) + name;
        for series in records.series(family) {
            let (lines, more, work) = match family.kind {
                Kind::Histogram | Kind::Summary => (
                    series.parts.len() + 3,
                    LINE_OF_DISTRIBUTION,
                    work::DISTRIBUTION_SHOWN,
                ),
                Kind::Counter | Kind::Gauge | Kind::Untyped => (1, LINE, 0),
            };
            let (mut number, mut values) = (0, 0);
            for (_, value) in document.labels(series) {
                number += 1;
                values += value.len() as u64;
            }
            self.work += work
                + work::SERIES
                + work::CELL * columns as u64
                + work::LABEL_SHOWN * number
                + work::VALUE_BYTE * values
                + work::PART * series.parts.len() as u64;
            self.series += lines;
            self.cells += columns;
            let line = names + values_on_page(document, series) + more;
            self.text = self.text.saturating_add(line.saturating_mul(lines));
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            series: self.series + other.series,
            families: self.families + other.families,
            cells: self.cells + other.cells,
            text: self.text.saturating_add(other.text),
            work: self.work.saturating_add(other.work),
        }
    }

    /// The first exceeded limit.
    pub(super) fn beyond(&self, limits: &Self) -> Option<(Reason, u64, &'static str)> {
        let of = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let counts = [
            (of(self.series), of(limits.series), Reason::Series, "series"),
            (
                of(self.families),
                of(limits.families),
                Reason::Families,
                "families",
            ),
            (
                of(self.cells),
                of(limits.cells),
                Reason::Labels,
                "label values",
            ),
            (
                of(self.text),
                of(limits.text),
                Reason::Text,
                "bytes in the response",
            ),
            (self.work, limits.work, Reason::Work, "units of work"),
        ];
        let beyond = counts.into_iter().find(|(count, limit, ..)| count > limit);
        beyond.map(|(_, limit, reason, what)| (reason, limit, what))
    }
}
