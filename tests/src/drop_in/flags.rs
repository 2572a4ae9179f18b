//! node_exporter's flags, and what firepit makes of them.

use std::path::Path;
use std::process::Command;

use super::start::command;

/// Leaves the collectors of this machine out of it.
const QUIET: &str = "--collector.disable-defaults";

/// A flag that firepit takes and acts on.
pub(super) const WORKS: &str = "works";

/// A flag as `--help` prints it: `--[no-]web.systemd-socket`, `--log.level=info`,
/// `--web.listen-address=:9100 ...`.
pub(super) fn of_node_exporter(program: &Path) -> Vec<String> {
    let printed = Command::new(program).arg("--help").output().unwrap();
    let text = [printed.stdout, printed.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    let lines = text.lines().map(str::trim_start);
    let flags = lines.filter_map(|line| {
        let line = line.strip_prefix("-h, ").unwrap_or(line);
        line.starts_with("--").then(|| line.split("  ").next())?
    });
    let mut flags: Vec<String> = flags
        .map(|flag| flag.trim_end_matches(" ...").trim_end().to_owned())
        // Lines of texts may begin with flags as well.
        .filter(|flag| is_name(&name(flag)))
        .collect();
    flags.sort();
    flags.dedup();
    flags
}

fn is_name(flag: &str) -> bool {
    flag.chars()
        .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
        && !flag.ends_with('.')
}

/// The flag without value and negation.
pub(super) fn name(flag: &str) -> String {
    let name = flag.split('=').next().unwrap_or_default();
    name.replace("[no-]", "")
}

/// Its default, without quotes; `None` for a switch, and for a flag without one.
pub(super) fn default(flag: &str) -> Option<&str> {
    let value = flag.split_once('=')?.1;
    let is_placeholder = value
        .chars()
        .all(|c| c.is_ascii_uppercase() || "._-".contains(c));
    (!is_placeholder).then(|| value.trim_matches('"'))
}

/// How firepit takes a flag, with its default or another value.
pub(super) fn tried(program: &Path, flag: &str) -> String {
    let name = name(flag);
    if ["--help", "--version"].contains(&name.as_str()) {
        return match command(program, &[&name]).0 {
            Some(0) => WORKS.to_owned(),
            _ => "rejected".to_owned(),
        };
    }
    let forms: Vec<Vec<String>> = match flag.split_once('=') {
        None if flag.contains("[no-]") => {
            vec![vec![name.clone()], vec![name.replacen("--", "--no-", 1)]]
        }
        None => vec![vec![name.clone()]],
        // Another value would have to be a file.
        Some(_) if name == "--web.config.file" => vec![vec![format!("{name}=")]],
        Some(_) => {
            let value = default(flag).filter(|value| !value.is_empty());
            vec![vec![format!("{name}={}", value.unwrap_or("x"))]]
        }
    };
    for form in forms {
        let mut words = vec!["check-config".to_owned()];
        if name != QUIET {
            words.push(QUIET.to_owned());
        }
        words.extend(form);
        let (status, stderr) = command(program, &words);
        if stderr.contains("has no effect") {
            return "accepted, has no effect".to_owned();
        }
        if status != Some(0) {
            let first = stderr.lines().find(|line| line.contains("error"));
            return format!("rejected: {}", first.unwrap_or_default());
        }
    }
    WORKS.to_owned()
}
