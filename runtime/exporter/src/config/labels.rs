//! `labels:` constant labels of a collector's series.

use super::cursor::Cursor;
use super::problems::Problems;
use firepit_exposition::validate::ConstantLabels;

/// Reads `labels:`.
pub(super) fn read(cursor: &Cursor<'_>, problems: &mut Problems) -> ConstantLabels {
    let pairs = cursor.pairs(problems);
    let labels = pairs.iter().filter_map(|(name, value)| {
        let text = value.text(problems, "a text or a number")?;
        if let Err(error) = ConstantLabels::check(name, text) {
            value.reject(problems, error);
            return None;
        }
        Some(((*name).to_owned(), text.to_owned()))
    });
    let labels: Vec<(String, String)> = labels.collect();
    ConstantLabels::new(labels).unwrap_or_else(|error| {
        cursor.reject(problems, error);
        ConstantLabels::default()
    })
}
