//! One collector of the file: its keys, and the values without a group of their own.

use std::path::{Path, PathBuf};

use super::cursor::Cursor;
use super::problems::Problems;
use super::reference::{Key, key, key_names, of_flag};
use super::{Entry, LimitsEntry, grants, instance, labels, limits, options};
use firepit_exposition::names::BuiltinNames;
use firepit_exposition::validate::ConstantLabels;

pub(super) const KEYS: [Key; 9] = [
    key(
        "module",
        "path, relative to the config file's directory",
        "the entry is about a built-in collector, or a module of a directory",
    ),
    key("sha256", "64 hexadecimal digits", "any content"),
    of_flag(
        "enabled",
        "`true`, `false`",
        &["collector.disable-defaults"],
    )
    .default("set by the module")
    .overrides("the descriptor"),
    key(
        "options",
        "mapping of the collector's own options",
        "the module's defaults",
    )
    .overrides("the descriptor's defaults"),
    key("grants", "", ""),
    key("limits", "", ""),
    of_flag(
        "instances",
        "`kept`, `fresh`, `{recycle_every: N}`",
        &["sandbox.fresh", "sandbox.recycle-every"],
    )
    .default("`kept`"),
    key(
        "metric_prefix",
        "`{require: PREFIX}` or `{add: PREFIX}`",
        "names are unchanged",
    ),
    key(
        "labels",
        "mapping of label names to values, 16 at most",
        "no labels",
    ),
];

/// Maximum length of a collector's name.
const MAX_NAME_LENGTH: usize = 64;
/// Hexadecimal digits of a SHA-256.
const DIGITS: usize = 64;

/// Reads the entry of the collector `name`. An empty entry sets nothing; the same holds for its groups
/// except `grants`.
pub(super) fn read(
    name: &str,
    cursor: &Cursor<'_>,
    file: &Path,
    builtin: &BuiltinNames,
    problems: &mut Problems,
) -> Entry {
    if !is_name(name) {
        let form = "[a-z][a-z0-9_]* with at most";
        let text =
            format!("a collector's name must have the form {form} {MAX_NAME_LENGTH} characters");
        cursor.reject_key(problems, text);
    }
    let mut entry = Entry {
        name: name.to_owned(),
        file: file.to_owned(),
        line: cursor.line(),
        module: None,
        sha256: None,
        enabled: None,
        options: Vec::new(),
        grants: None,
        limits: LimitsEntry::default(),
        instances: None,
        metric_prefix: None,
        labels: ConstantLabels::default(),
    };
    if !cursor.is_null() {
        fill(&mut entry, cursor, file, builtin, problems);
    }
    entry
}

fn fill(
    entry: &mut Entry,
    cursor: &Cursor<'_>,
    file: &Path,
    builtin: &BuiltinNames,
    problems: &mut Problems,
) {
    let fields = cursor.fields(&key_names(&KEYS), problems);
    entry.module = fields.value("module", problems, "the path of a module", |text| {
        module(text, file)
    });
    entry.sha256 = fields.value("sha256", problems, "a SHA-256", sha256);
    entry.enabled = fields.get("enabled").and_then(|it| it.flag(problems));
    if let Some(options) = fields.filled("options") {
        entry.options = options::read(options, problems);
    }
    entry.grants = fields
        .get("grants")
        .and_then(|it| grants::read(it, builtin, problems));
    if let Some(limits) = fields.filled("limits") {
        entry.limits = limits::read(limits, problems);
    }
    entry.instances = fields
        .get("instances")
        .and_then(|it| instance::instances(it, problems));
    entry.metric_prefix = fields
        .get("metric_prefix")
        .and_then(|it| instance::metric_prefix(it, problems));
    if let Some(labels) = fields.filled("labels") {
        entry.labels = labels::read(labels, problems);
    }
}

fn is_name(name: &str) -> bool {
    let goes_on = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= MAX_NAME_LENGTH
        && name.chars().all(goes_on)
}

/// The path of a module, resolved from the directory of the config file.
fn module(text: &str, file: &Path) -> Result<PathBuf, &'static str> {
    if text.is_empty() || text.contains('\0') {
        return Err("not the path of a file");
    }
    // The parent of a bare file name is empty, which leaves the path unchanged.
    Ok(file.parent().unwrap_or(Path::new("")).join(text))
}

fn sha256(text: &str) -> Result<String, String> {
    let digits = text.chars().filter(char::is_ascii_hexdigit).count();
    if digits == DIGITS && text.len() == DIGITS {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(format!("not {DIGITS} hexadecimal digits"))
    }
}
