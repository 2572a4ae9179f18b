//! Families of one name in several files: which are shown, and under which help text.

use std::collections::BTreeMap;

use crate::order::Key;
use crate::parse::Family;

/// What is known of each metric name.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    names: BTreeMap<Key<'a>, Name<'a>>,
}

#[derive(Debug, Default)]
struct Name<'a> {
    /// The first help text that a file gave.
    help: Option<&'a str>,
    /// Whether a later file gave another. From then on all are refused.
    conflict: bool,
    /// Paths of the files whose families are shown.
    files: Vec<&'a str>,
}

/// A family that is not shown, as the help texts of its name differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conflict<'a> {
    /// The help text that is shown.
    pub(crate) original: &'a str,
    /// The one that is not.
    pub(crate) new: &'a str,
    /// Path of the first file with this name.
    pub(crate) first_file: &'a str,
}

impl<'a> Names<'a> {
    /// Takes note of a family in a file.
    ///
    /// # Errors
    /// Where it is not to be shown.
    pub(crate) fn add(
        &mut self,
        family: &'a Family<'a>,
        file: &'a str,
    ) -> Result<(), Conflict<'a>> {
        let name = self.names.entry(Key(family.name)).or_default();
        let new = family.help.as_deref();
        if let Some(original) = name.help
            && (name.conflict || new.is_some_and(|new| new != original))
        {
            name.conflict = true;
            return Err(Conflict {
                original,
                new: new.unwrap_or_default(),
                first_file: name.files.first().copied().unwrap_or_default(),
            });
        }
        name.help = new.or(name.help);
        name.files.push(file);
        Ok(())
    }

    /// The help text of a family that brings none: the files that its name was read from.
    pub(crate) fn help(&self, name: &str) -> String {
        let files = self.names.get(&Key(name)).map(|name| name.files.join(", "));
        format!("Metric read from {}", files.unwrap_or_default())
    }
}
