//! Merges the entry of one collector into the text of a config file, and leaves everything else as written.
//!
//! The text is edited by lines rather than written anew, so that comments and order stay. The result is
//! parsed and compared with the previous file: if anything other than the entry's module, digest and grants
//! differs, the merge fails.

use std::path::{Path, PathBuf};

use super::outline::{Form, Located, outline};
use super::{ConfigError, ConfigFile, Entry, GrantsEntry};

mod lines;

use lines::{Lines, indented};

/// The entry of one collector, as YAML. The lists begin with the line of their key, and are indented as if
/// that line had no indentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryText {
    /// The collector's name.
    pub name: String,
    /// The path of its module, as a scalar.
    pub module: String,
    /// The digest of the module.
    pub sha256: String,
    /// The lines of `reads:`.
    pub reads: Vec<String>,
    /// The lines of `connects:`, or none if the module declares no address. Then an existing list
    /// stays.
    pub connects: Vec<String>,
    /// The lines of `interfaces:`.
    pub interfaces: Vec<String>,
}

/// Why an entry cannot be merged into a file.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// The file is not a valid config file, or the result would not be one.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The file has a form that cannot be edited.
    #[error(
        "{}:{line}: {what} is written {how}, which cannot be edited: write it as indented lines, or add \
         the entry by hand",
        path.display()
    )]
    Form {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Which part.
        what: String,
        /// Its form.
        how: &'static str,
    },
    /// The edit would have changed something else as well.
    #[error(
        "{}: the entry of {name} cannot be added without changing something else; add it by \
         hand",
        path.display()
    )]
    Unsure {
        /// The file.
        path: PathBuf,
        /// The collector.
        name: String,
    },
}

impl EntryText {
    /// All lines of the entry, its name first.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{}:", self.name)];
        lines.extend(indented(2, &self.head()));
        lines.push("  enabled: true".to_owned());
        lines.extend(indented(2, &self.grants()));
        lines
    }

    fn head(&self) -> Vec<String> {
        vec![self.module_line(), self.sha256_line()]
    }

    fn module_line(&self) -> String {
        format!("module: {}", self.module)
    }

    fn sha256_line(&self) -> String {
        format!("sha256: {}", self.sha256)
    }

    /// The lines of a list of grants; `None` if the entry says nothing about it.
    fn list(&self, key: &str) -> Option<&[String]> {
        let lines = match key {
            "reads" => &self.reads,
            "connects" => &self.connects,
            "interfaces" => &self.interfaces,
            _ => return None,
        };
        (!lines.is_empty()).then_some(lines)
    }

    fn grants(&self) -> Vec<String> {
        let mut lines = vec!["grants:".to_owned()];
        for list in [&self.reads, &self.connects, &self.interfaces] {
            lines.extend(indented(2, list));
        }
        lines
    }
}

/// Merges an entry into the text of a config file: appends a new one, or replaces module, digest and grants
/// of an existing one. Returns the new text.
///
/// # Errors
/// If the text is not a config file, or has a form that cannot be edited.
pub fn merge(path: &Path, text: &str, entry: &EntryText) -> Result<String, MergeError> {
    let before = ConfigFile::parse(path, text)?;
    let mut editor = Editor {
        path,
        lines: Lines::new(text),
        entry,
    };
    editor.edit(outline(text).as_ref())?;
    let text = editor.lines.text();
    let unsure = || MergeError::Unsure {
        path: path.to_owned(),
        name: entry.name.clone(),
    };
    let after = ConfigFile::parse(path, &text).map_err(|_| unsure())?;
    if is_intended(&before, &after, entry) {
        Ok(text)
    } else {
        Err(unsure())
    }
}

struct Editor<'a> {
    path: &'a Path,
    lines: Lines,
    entry: &'a EntryText,
}

impl Editor<'_> {
    fn edit(&mut self, root: Option<&Located>) -> Result<(), MergeError> {
        let Some(root) = root.filter(|root| !root.is_empty()) else {
            self.lines.append(0, &["collectors:".to_owned()]);
            self.lines.append(2, &self.entry.lines());
            return Ok(());
        };
        self.check("the file", root)?;
        let Some((key, entries)) = root.pairs().first() else {
            return Err(self.unedited("the file", root, "without a key"));
        };
        if entries.is_empty() {
            let indent = key.column + 2;
            self.lines.insert(key.line + 1, indent, &self.entry.lines());
            return Ok(());
        }
        self.check("collectors", entries)?;
        match entries.find(&self.entry.name) {
            Some(at) => self.update(entries, at),
            None => {
                let column = entries.pairs().first().map_or(2, |(key, _)| key.column);
                self.lines.append(column, &self.entry.lines());
                Ok(())
            }
        }
    }

    fn update(&mut self, entries: &Located, at: usize) -> Result<(), MergeError> {
        let Some((key, old)) = entries.pairs().get(at) else {
            return Ok(());
        };
        if old.is_empty() {
            let entry = self.entry.lines();
            let body = entry.get(1..).unwrap_or_default();
            // The lines are indented by two already.
            self.lines.insert(key.line + 1, key.column, body);
            return Ok(());
        }
        self.check(&self.entry.name, old)?;
        let end = self.lines.end(entries.pairs(), at, self.lines.count());
        let column = old
            .pairs()
            .first()
            .map_or(key.column + 2, |(key, _)| key.column);
        // From the last line to the first, so that earlier positions stay valid.
        let mut keys: Vec<usize> = (0..old.pairs().len()).collect();
        keys.reverse();
        if old.find("grants").is_none() {
            self.lines.insert(end, column, &self.entry.grants());
        }
        for at in keys {
            let Some((key, value)) = old.pairs().get(at) else {
                continue;
            };
            match &key.form {
                Form::Scalar(text) if text == "grants" => self.grants(old, at, end)?,
                Form::Scalar(text) if text == "module" => {
                    self.scalar("module", value, &self.entry.module)?;
                }
                Form::Scalar(text) if text == "sha256" => {
                    self.scalar("sha256", value, &self.entry.sha256)?;
                }
                _ => {}
            }
        }
        let first = old
            .pairs()
            .first()
            .map_or(key.line + 1, |(key, _)| key.line);
        if old.find("sha256").is_none() {
            self.lines
                .insert(first, column, &[self.entry.sha256_line()]);
        }
        if old.find("module").is_none() {
            self.lines
                .insert(first, column, &[self.entry.module_line()]);
        }
        Ok(())
    }

    fn scalar(&mut self, what: &str, old: &Located, new: &str) -> Result<(), MergeError> {
        if self.lines.replace(old, new) {
            Ok(())
        } else {
            Err(self.unedited(what, old, "on several lines"))
        }
    }

    fn grants(&mut self, entry: &Located, at: usize, end: usize) -> Result<(), MergeError> {
        let Some((key, old)) = entry.pairs().get(at) else {
            return Ok(());
        };
        let end = self.lines.end(entry.pairs(), at, end);
        if self.lines.is_flow(old) {
            let is_ours = |(key, _): &(Located, Located)| matches!(&key.form, Form::Scalar(text) if self.entry.list(text).is_some());
            if !old.pairs().iter().all(is_ours) {
                return Err(self.unedited("grants", old, "in braces"));
            }
            let grants = self.entry.grants();
            self.lines.splice(key.line, end, key.column, &grants);
            return Ok(());
        }
        let column = old
            .pairs()
            .first()
            .map_or(key.column + 2, |(key, _)| key.column);
        // Each goes before the ones that were inserted already.
        for name in ["interfaces", "connects", "reads"] {
            if let (None, Some(lines)) = (old.find(name), self.entry.list(name)) {
                self.lines.insert(end, column, lines);
            }
        }
        for at in (0..old.pairs().len()).rev() {
            let Some((key, _)) = old.pairs().get(at) else {
                continue;
            };
            let Form::Scalar(name) = &key.form else {
                continue;
            };
            let Some(lines) = self.entry.list(name) else {
                continue;
            };
            let end = self.lines.end(old.pairs(), at, end);
            self.lines.splice(key.line, end, column, lines);
        }
        Ok(())
    }

    /// A mapping has to be written as indented lines.
    fn check(&self, what: &str, item: &Located) -> Result<(), MergeError> {
        match &item.form {
            Form::Map(_) if !self.lines.is_flow(item) => Ok(()),
            Form::Map(_) => Err(self.unedited(what, item, "in braces")),
            Form::Scalar(_) | Form::List => {
                Err(self.unedited(what, item, "as something other than a mapping"))
            }
        }
    }

    fn unedited(&self, what: &str, item: &Located, how: &'static str) -> MergeError {
        MergeError::Form {
            path: self.path.to_owned(),
            line: item.line + 1,
            what: what.to_owned(),
            how,
        }
    }
}

/// Whether the result differs from the previous file in the intended way, and in no other.
fn is_intended(before: &ConfigFile, after: &ConfigFile, entry: &EntryText) -> bool {
    let others = |file: &ConfigFile| -> Vec<Entry> {
        let others = file.collectors.iter().filter(|own| own.name != entry.name);
        others.cloned().map(without_lines).collect()
    };
    let Some(new) = after.entry(&entry.name).cloned().map(without_lines) else {
        return false;
    };
    // A text that lacks required quotes would be read differently than it was written. So the entry is
    // parsed on its own for comparison, as a separate file.
    let alone = format!("collectors:\n{}", indented(2, &entry.lines()).join("\n"));
    let Ok(alone) = ConfigFile::parse(&after.path, &alone) else {
        return false;
    };
    let Some(expected) = alone.entry(&entry.name).cloned().map(without_lines) else {
        return false;
    };
    let expected = match before.entry(&entry.name).cloned().map(without_lines) {
        Some(old) if !is_bare(&old) => Entry {
            module: expected.module,
            sha256: expected.sha256,
            grants: grants(old.grants, expected.grants),
            ..old
        },
        _ => expected,
    };
    others(before) == others(after) && new == expected
}

/// Whether an entry sets nothing.
fn is_bare(entry: &Entry) -> bool {
    let Entry {
        module: None,
        sha256: None,
        enabled: None,
        options,
        grants: None,
        limits,
        instances: None,
        metric_prefix: None,
        labels,
        ..
    } = entry
    else {
        return false;
    };
    options.is_empty() && labels.is_empty() && *limits == super::LimitsEntry::default()
}

fn grants(old: Option<GrantsEntry>, new: Option<GrantsEntry>) -> Option<GrantsEntry> {
    let (Some(old), Some(new)) = (old, new.clone()) else {
        return new;
    };
    Some(GrantsEntry {
        reads: new.reads,
        connects: new.connects.or(old.connects),
        interfaces: new.interfaces,
        ..old
    })
}

/// The entry without its position.
fn without_lines(mut entry: Entry) -> Entry {
    entry.line = 0;
    entry.options.iter_mut().for_each(|option| option.line = 0);
    if let Some(grants) = &mut entry.grants {
        grants.line = 0;
        let reads = grants.reads.iter_mut().flatten();
        reads.for_each(|read| read.line = 0);
        let connects = grants.connects.iter_mut().flatten();
        connects.for_each(|connect| connect.line = 0);
    }
    entry
}

#[cfg(test)]
mod tests;
