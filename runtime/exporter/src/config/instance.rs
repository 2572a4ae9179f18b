//! `instances:` and `metric_prefix:`, which accept a few forms.

use super::cursor::Cursor;
use super::problems::Problems;
use crate::values;
use firepit_exposition::validate::NamePrefix;

/// Maximum length of a metric name prefix, in bytes.
const MAX_PREFIX_LENGTH: usize = 128;

/// Lifetime of the collector's instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instances {
    /// From scrape to scrape, until it fails.
    Kept,
    /// For one scrape.
    Fresh,
    /// For this many scrapes, above zero.
    RecycleEvery(u64),
}

/// Reads `instances:`.
pub(super) fn instances(cursor: &Cursor<'_>, problems: &mut Problems) -> Option<Instances> {
    const WANTED: &str = "kept, fresh or {recycle_every: NUMBER}";
    if cursor.is_text() {
        return match cursor.text(problems, WANTED)? {
            "kept" => Some(Instances::Kept),
            "fresh" => Some(Instances::Fresh),
            _ => {
                cursor.reject_shape(problems, WANTED);
                None
            }
        };
    }
    if !cursor.is_filled_map() {
        cursor.reject_shape(problems, WANTED);
        return None;
    }
    cursor
        .fields(&["recycle_every"], problems)
        .value("recycle_every", problems, "a whole number", values::count)
        .map(Instances::RecycleEvery)
}

/// Reads `metric_prefix:`.
pub(super) fn metric_prefix(cursor: &Cursor<'_>, problems: &mut Problems) -> Option<NamePrefix> {
    const WANTED: &str = "{require: PREFIX} or {add: PREFIX}";
    if !cursor.is_filled_map() {
        cursor.reject_shape(problems, WANTED);
        return None;
    }
    let fields = cursor.fields(&["require", "add"], problems);
    let mut read = |key| fields.value(key, problems, "the beginning of a metric name", prefix);
    let (require, add) = (read("require"), read("add"));
    if fields.get("require").is_some() && fields.get("add").is_some() {
        cursor.reject(problems, "has both require and add; keep one of them");
    }
    require
        .map(NamePrefix::Require)
        .or(add.map(NamePrefix::Add))
}

fn prefix(text: &str) -> Result<String, String> {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || "_:".contains(c));
    let goes_on = |c: char| c.is_ascii_alphanumeric() || "_:".contains(c);
    if begins && text.chars().all(goes_on) && text.len() <= MAX_PREFIX_LENGTH {
        return Ok(text.to_owned());
    }
    Err(format!(
        "not of the form [a-zA-Z_:][a-zA-Z0-9_:]* with at most {MAX_PREFIX_LENGTH} characters"
    ))
}
