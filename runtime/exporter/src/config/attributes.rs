//! `attributes:`, the labels of the family `node_attributes`, and `config:`, the other key of
//! node_exporter's JSON file until 0.8.1.

use super::cursor::Cursor;
use super::problems::{Problems, in_quotes};
use firepit_exposition::validate::Bounds;

/// Reads `attributes:`: names and values of labels, sorted by name.
pub(super) fn read(cursor: &Cursor<'_>, problems: &mut Problems) -> Vec<(String, String)> {
    let bounds = Bounds::default();
    let pairs = cursor.pairs(problems);
    if pairs.len() > bounds.labels {
        let text = format!("more than {} attributes: {}", bounds.labels, pairs.len());
        cursor.reject_key(problems, text);
        return Vec::new();
    }
    let mut attributes: Vec<(String, String)> = pairs
        .iter()
        .filter_map(|(name, value)| {
            if let Err(reason) = check_name(name, &bounds) {
                value.reject_key(problems, reason);
                return None;
            }
            let text = value.text(problems, "a text")?;
            if text.len() > bounds.label_value_bytes {
                let most = bounds.label_value_bytes;
                value.reject(problems, format!("longer than {most} bytes"));
                return None;
            }
            Some(((*name).to_owned(), text.to_owned()))
        })
        .collect();
    attributes.sort();
    attributes
}

fn check_name(name: &str, bounds: &Bounds) -> Result<(), String> {
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    let is_later = |c: char| is_first(c) || c.is_ascii_digit();
    if name.len() > bounds.name_bytes || !name.starts_with(is_first) || !name.chars().all(is_later)
    {
        let most = bounds.name_bytes;
        return Err(format!(
            "the name of an attribute is that of a label: [a-zA-Z_][a-zA-Z0-9_]* with at most {most} \
             characters"
        ));
    }
    if name.starts_with("__") {
        return Err("label names that begin with __ are reserved by Prometheus".to_owned());
    }
    Ok(())
}

/// Reads `config:`. Its only known setting was the command of the collector megacli, so it has no effect: the
/// warning says so. Only texts are accepted: otherwise the key is more likely a misspelt `collectors`.
pub(super) fn old_config(cursor: &Cursor<'_>, problems: &mut Problems) -> Option<String> {
    let pairs = cursor.pairs(problems);
    let expected = "a text, as in the file of node_exporter 0.8; collectors have their entries below \
                    collectors";
    let names: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| value.text(problems, expected).is_some())
        .map(|(name, _)| in_quotes(name))
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "config file, line {}: the settings of node_exporter 0.8 have no effect: {}",
            cursor.line(),
            names.join(", ")
        )
    })
}
