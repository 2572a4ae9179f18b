//! `instances:` and `metric_prefix:`, which take one of a few forms.

use super::cursor::Cursor;
use super::problems::Problems;
use crate::cli::value;

/// Longest prefix of a metric's name, in bytes.
const LONGEST_PREFIX: usize = 128;

/// How long an instance of the collector lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instances {
    /// From scrape to scrape, until it fails.
    Kept,
    /// For one scrape.
    Fresh,
    /// For so many scrapes, above zero.
    RecycleEvery(u64),
}

/// What becomes of a family by its name. The text is the beginning of a metric's name:
/// `[a-zA-Z_:][a-zA-Z0-9_:]*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetricPrefix {
    /// A family whose name does not begin so is refused.
    Require(String),
    /// Every name gets this in front.
    Add(String),
}

/// Reads `instances:`.
pub(super) fn instances(cursor: &Cursor<'_>, problems: &mut Problems) -> Option<Instances> {
    const WANTED: &str = "kept, fresh or {recycle_every: NUMBER}";
    if cursor.is_text() {
        return match cursor.text(problems, WANTED)? {
            "kept" => Some(Instances::Kept),
            "fresh" => Some(Instances::Fresh),
            _ => {
                cursor.refuse_shape(problems, WANTED);
                None
            }
        };
    }
    if !cursor.is_filled_map() {
        cursor.refuse_shape(problems, WANTED);
        return None;
    }
    cursor
        .fields(&["recycle_every"], problems)
        .value("recycle_every", problems, "a whole number", value::count)
        .map(Instances::RecycleEvery)
}

/// Reads `metric_prefix:`.
pub(super) fn metric_prefix(cursor: &Cursor<'_>, problems: &mut Problems) -> Option<MetricPrefix> {
    const WANTED: &str = "{require: PREFIX} or {add: PREFIX}";
    if !cursor.is_filled_map() {
        cursor.refuse_shape(problems, WANTED);
        return None;
    }
    let fields = cursor.fields(&["require", "add"], problems);
    let mut read = |key| fields.value(key, problems, "the beginning of a metric name", prefix);
    let (require, add) = (read("require"), read("add"));
    if fields.get("require").is_some() && fields.get("add").is_some() {
        cursor.refuse(problems, "has both require and add; take one");
    }
    require
        .map(MetricPrefix::Require)
        .or(add.map(MetricPrefix::Add))
}

fn prefix(text: &str) -> Result<String, String> {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || "_:".contains(c));
    let goes_on = |c: char| c.is_ascii_alphanumeric() || "_:".contains(c);
    if begins && text.chars().all(goes_on) && text.len() <= LONGEST_PREFIX {
        return Ok(text.to_owned());
    }
    Err(format!(
        "not of the form [a-zA-Z_:][a-zA-Z0-9_:]* with at most {LONGEST_PREFIX} characters"
    ))
}
