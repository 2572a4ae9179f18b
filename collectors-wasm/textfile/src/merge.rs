//! Families of one name in several files: selects the emitted ones and their help text.
//!
//! A family without a help text is compatible with any: it is emitted with the help text of another
//! file. If two help texts differ, the family of the later file is dropped, as in node_exporter,
//! which also drops the family of all following files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use firepit_exposition::parse::Family;
use firepit_exposition::parse::order::Key;

use crate::limits;

/// The maximum length of a help text that lists files. The sandbox rejects families whose help text
/// exceeds 4 KiB.
const MOST_HELP: usize = 4_000;

/// The state of each metric name.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    names: BTreeMap<Key<'a>, Name<'a>>,
}

#[derive(Debug, Default)]
struct Name<'a> {
    /// The first help text in a file.
    help: Option<&'a str>,
    /// Paths of the files whose families are emitted.
    files: Vec<&'a str>,
}

/// The remaining budget for help texts that families do not have themselves.
#[derive(Debug)]
pub(crate) struct HelpRoom(usize);

impl HelpRoom {
    pub(crate) fn new() -> Self {
        Self(limits::HELPS)
    }

    /// The help text for this number of records of a family; empty if the budget is exhausted,
    /// which is compatible with any other.
    pub(crate) fn grant<'a>(
        &mut self,
        family: &Family<'_>,
        records: usize,
        help: Cow<'a, str>,
    ) -> Cow<'a, str> {
        if family.help.as_deref() == Some(&*help) {
            return help;
        }
        // Each byte may be escaped.
        match self.0.checked_sub(2 * help.len() * records) {
            None => Cow::default(),
            Some(left) => {
                self.0 = left;
                help
            }
        }
    }
}

/// A family that is dropped because its help text differs from that of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conflict<'a> {
    /// The help text that is emitted.
    pub(crate) original: &'a str,
    /// The help text that is dropped.
    pub(crate) new: &'a str,
    /// Path of the first file with this name.
    pub(crate) first_file: &'a str,
}

impl<'a> Names<'a> {
    /// Records a family of a file.
    ///
    /// # Errors
    /// The family must not be emitted.
    pub(crate) fn add(
        &mut self,
        family: &'a Family<'a>,
        file: &'a str,
    ) -> Result<(), Conflict<'a>> {
        let name = self.names.entry(Key(family.name)).or_default();
        if let Some(new) = family.help.as_deref() {
            let original = *name.help.get_or_insert(new);
            if new != original {
                return Err(Conflict {
                    original,
                    new,
                    first_file: name.files.first().copied().unwrap_or_default(),
                });
            }
        }
        name.files.push(file);
        Ok(())
    }

    /// The help text of a name. If no file has one, the list of its files, up to the maximum
    /// length.
    pub(crate) fn help(&self, name: &str) -> Cow<'a, str> {
        let Some(Name { help, files }) = self.names.get(&Key(name)) else {
            return Cow::default();
        };
        if let Some(help) = help {
            return Cow::Borrowed(help);
        }
        let mut help = String::from("Metric read from ");
        for (index, file) in files.iter().enumerate() {
            if help.len() + file.len() > MOST_HELP {
                let more = files.len() - index;
                let _ = write!(help, "and {more} more files");
                break;
            }
            help.push_str(file);
            if index + 1 < files.len() {
                help.push_str(", ");
            }
        }
        Cow::Owned(help)
    }
}

#[cfg(test)]
mod tests {
    use firepit_exposition::parse::{Limits, parse};

    use super::*;

    fn help(files: &[String]) -> String {
        let document = parse(b"x 1\n", &Limits::UNLIMITED).0.unwrap();
        let family = document.families.first().unwrap();
        let mut names = Names::default();
        for file in files {
            names.add(family, file).unwrap();
        }
        names.help("x").into_owned()
    }

    #[test]
    fn generated_help_names_files_up_to_the_length_limit() {
        let files = |number| (0..number).map(|n| format!("/t/{n:04}.prom")).collect();
        let few: Vec<String> = files(2);
        assert_eq!(help(&few), "Metric read from /t/0000.prom, /t/0001.prom");
        let many: Vec<String> = files(5_000);
        let help = help(&many);
        assert!(help.len() <= 4096, "{}", help.len());
        assert!(help.ends_with("more files"), "{help}");
    }
}
