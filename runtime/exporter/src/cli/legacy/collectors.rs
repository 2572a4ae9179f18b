//! The collectors of node_exporter 0.6.0 to 0.8.1, and those of today that have their metrics.

use super::LegacyError;
use crate::node_exporter::{self, OLD, PLAIN, WITH_OPTIONS};

/// The collectors that ran if the command line named none.
pub(super) const DEFAULT: [&str; 10] = [
    "attributes",
    "diskstats",
    "filesystem",
    "loadavg",
    "meminfo",
    "stat",
    "textfile",
    "time",
    "netdev",
    "netstat",
];

/// The attributes are metrics of firepit itself.
pub(super) const ATTRIBUTES: &str = "attributes";

/// Collectors that no later version replaced.
const GONE: [&str; 1] = ["megacli"];

/// The collectors of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Listed {
    /// As in the list.
    pub(super) old: Vec<String>,
    /// Today's collectors, each once.
    pub(super) today: Vec<String>,
    /// Collectors of the list that do not exist any more.
    pub(super) gone: Vec<String>,
}

impl Listed {
    /// Reads a list: names with commas between them.
    pub(super) fn read(list: &str, spelled: &str) -> Result<Self, LegacyError> {
        let mut listed = Self::default();
        for name in list.split(',').map(str::trim) {
            if listed.old.iter().any(|known| known == name) {
                continue;
            }
            listed.add(name, spelled)?;
        }
        Ok(listed)
    }

    fn add(&mut self, name: &str, spelled: &str) -> Result<(), LegacyError> {
        let today: &[&str] = match name {
            ATTRIBUTES => &[],
            // The CPU's seconds were part of it.
            "stat" => &["cpu", "stat"],
            name if GONE.contains(&name) => {
                self.gone.push(name.to_owned());
                &[]
            }
            name if OLD.contains(&name) || node_exporter::has_collector(name) => &[name],
            name => return Err(no_such(name, spelled)),
        };
        self.old.push(name.to_owned());
        for name in today {
            if !self.today.iter().any(|known| known == name) {
                self.today.push((*name).to_owned());
            }
        }
        Ok(())
    }

    /// Today's flags that enable exactly these collectors.
    pub(super) fn flags(&self) -> Vec<String> {
        let each = self.today.iter().map(|name| format!("--collector.{name}"));
        std::iter::once("--collector.disable-defaults".to_owned())
            .chain(each)
            .collect()
    }

    /// Whether the attributes are among them.
    pub(super) fn has_attributes(&self) -> bool {
        self.old.iter().any(|name| name == ATTRIBUTES)
    }
}

fn no_such(name: &str, spelled: &str) -> LegacyError {
    let known = PLAIN.split_whitespace();
    let known = known.chain(WITH_OPTIONS.iter().map(|(name, ..)| *name));
    let mut known: Vec<&str> = known.chain(OLD).chain(GONE).chain([ATTRIBUTES]).collect();
    known.sort_unstable();
    LegacyError::NoSuchCollector {
        flag: spelled.to_owned(),
        name: name.to_owned(),
        known: known.join(", "),
    }
}
