//! The keys of the config file as data: the parser knows these tables, and `docs/configuration.md` shows
//! them.

use super::{entry, grants, limits};

/// A key of the config file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// The form of its value, in Markdown; empty for a mapping with keys of its own.
    pub form: &'static str,
    /// What holds without it, in Markdown. Empty for the default of the flag.
    pub default: &'static str,
    /// What else it overrides than its flags, in Markdown.
    pub overrides: &'static str,
    /// The flags that it overrides, without dashes.
    pub flags: &'static [&'static str],
}

/// The keys of the file that belong to no collector.
pub(super) const TOP: [Key; 3] = [
    key("collectors", "mapping of names to entries", "no entries"),
    key(
        "attributes",
        "mapping of label names to texts",
        "no [attributes](#attributes)",
    ),
    key("config", "mapping of names to texts", "")
        .overrides("no effect: see [migration.md](migration.md#attributes)"),
];

/// All keys, those of an entry last, in the order of the documentation, each with the key that it stands below.
#[must_use]
pub fn reference() -> Vec<(Option<&'static str>, Key)> {
    let below = |key: &Key| -> Vec<(Option<&'static str>, Key)> {
        let keys: &[Key] = match key.name {
            "grants" => &grants::KEYS,
            "limits" => &limits::KEYS,
            _ => return vec![(None, *key)],
        };
        keys.iter().map(|own| (Some(key.name), *own)).collect()
    };
    TOP.iter().chain(&entry::KEYS).flat_map(below).collect()
}

/// The names of keys.
pub(super) fn key_names<const N: usize>(keys: &[Key; N]) -> [&'static str; N] {
    keys.map(|key| key.name)
}

/// A key that overrides no flag.
pub(super) const fn key(name: &'static str, form: &'static str, default: &'static str) -> Key {
    Key {
        name,
        form,
        default,
        overrides: "",
        flags: &[],
    }
}

/// A key that overrides one flag, whose default is its own.
pub(super) const fn of_flag(
    name: &'static str,
    form: &'static str,
    flag: &'static [&'static str],
) -> Key {
    Key {
        name,
        form,
        default: "",
        overrides: "",
        flags: flag,
    }
}

impl Key {
    /// The key with another default than that of its flag.
    pub(super) const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    /// The key with what else it overrides.
    pub(super) const fn overrides(self, overrides: &'static str) -> Self {
        Self { overrides, ..self }
    }
}
