//! `options:` values of a collector's own options.

use super::cursor::Cursor;
use super::problems::Problems;

/// The value of one option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionEntry {
    /// The option's name after `--collector.<collector>.`. Whether the option exists is not checked
    /// here.
    pub name: String,
    /// The texts as written: one, or the elements of a list, which may be empty.
    pub values: Vec<String>,
    /// The line of the name, counted from 1.
    pub line: usize,
}

/// Reads `options:`.
pub(super) fn read(cursor: &Cursor<'_>, problems: &mut Problems) -> Vec<OptionEntry> {
    cursor
        .pairs(problems)
        .iter()
        .filter_map(|(name, value)| {
            Some(OptionEntry {
                name: (*name).to_owned(),
                values: values(value, problems)?,
                line: value.line(),
            })
        })
        .collect()
}

fn values(cursor: &Cursor<'_>, problems: &mut Problems) -> Option<Vec<String>> {
    if cursor.is_null() {
        let expected = "a text, a number, true or false, or a list of them";
        let text = format!("expected {expected}, found nothing; write \"\" for an empty text");
        cursor.reject(problems, text);
        return None;
    }
    let owned = |cursor: &Cursor<'_>, problems: &mut Problems| {
        let text = cursor.text(problems, "a text, a number, true or false")?;
        Some(text.to_owned())
    };
    if !cursor.is_list() {
        return owned(cursor, problems).map(|text| vec![text]);
    }
    let elements = cursor.elements(problems, "a list")?;
    elements
        .iter()
        .map(|element| owned(element, problems))
        .collect()
}
