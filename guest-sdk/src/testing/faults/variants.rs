//! Faults of files.

use std::fs;

use super::rules::Share;
use crate::backend::native::{Fault, World};
use crate::errno;
use crate::files::Reason;

/// Errors of reading.
const ERRORS: [(&str, Reason); 10] = [
    ("ENOENT", Reason::NotFound),
    ("EACCES", Reason::PermissionDenied),
    ("EINVAL", Reason::Os(errno::EINVAL)),
    ("EIO", Reason::Os(errno::EIO)),
    ("ENODATA", Reason::Os(errno::ENODATA)),
    ("EAGAIN", Reason::Os(errno::EAGAIN)),
    ("ENODEV", Reason::Os(errno::ENODEV)),
    ("EOPNOTSUPP", Reason::Os(errno::EOPNOTSUPP)),
    ("ENXIO", Reason::Os(errno::ENXIO)),
    ("ETIMEDOUT", Reason::Os(errno::ETIMEDOUT)),
];

/// Texts that drivers write instead of a value.
const TEXTS: [&str; 4] = ["<unknown>\n", "N/A\n", "\n", ""];

/// Unexpected lines: a blank one, and one of a future kernel.
const LINES: [&str; 2] = ["\n", "tomorrow: ?? of - <unknown>\n"];

/// Replacements for a number: below zero, and beyond 64 bits.
const NUMBERS: [&str; 2] = ["-5", "99999999999999999999999"];

/// Maximum number of positions per file that are tried.
const MAX_POSITIONS: usize = 12;

/// One fault.
#[derive(Debug)]
pub(super) struct Variant {
    pub(super) name: String,
    pub(super) fault: Fault,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It cannot be read.
    Unreadable,
    /// It does not contain a value.
    Text,
    /// An additional line.
    LineMore,
    /// A changed line.
    LineOther,
}

impl Variant {
    /// Whether it affects one of many lines.
    pub(super) fn is_line(&self) -> bool {
        matches!(self.kind, Kind::LineMore | Kind::LineOther)
    }

    /// Whether it is a text that no collector can mistake for a value.
    pub(super) fn is_garbage(&self) -> bool {
        self.kind == Kind::Text && self.name.contains("<unknown>")
    }

    /// The lines that are lost or appear against the rules.
    pub(super) fn too_much(
        &self,
        share: &Share,
        total: usize,
        lost: &[&String],
        came: &[&String],
    ) -> Option<&'static str> {
        match self.kind {
            Kind::Unreadable if !share.allows(lost) => Some("it costs more than its share"),
            Kind::Unreadable if !share.allows_new(came) => Some("a failed read becomes a value"),
            Kind::Text if !share.allows(lost) => Some("it costs more than its share"),
            Kind::Text if !share.allows_other(came) => Some("it changes more than its share"),
            Kind::LineMore if !lost.is_empty() => Some("an unknown line costs others"),
            Kind::LineOther if total > 1 && lost.len() == total => Some("one line costs all"),
            _ => None,
        }
    }
}

/// All faults of a file or directory.
pub(super) fn of(world: &World, path: &str) -> Vec<Variant> {
    let mut variants: Vec<Variant> = ERRORS
        .iter()
        .map(|&(name, reason)| Variant {
            name: name.to_owned(),
            fault: Fault::Unreadable(reason),
            kind: Kind::Unreadable,
        })
        .collect();
    let Ok(content) = fs::read(world.root.join(path.trim_start_matches('/'))) else {
        return variants;
    };
    variants.extend(TEXTS.map(|text| with_content(Kind::Text, format!("{text:?}"), text)));
    if let Ok(text) = String::from_utf8(content) {
        lines(&text, &mut variants);
    }
    variants
}

fn with_content(kind: Kind, name: String, text: &str) -> Variant {
    Variant {
        name,
        fault: Fault::Content(text.as_bytes().to_vec()),
        kind,
    }
}

/// Faults of single lines, for files with several lines.
fn lines(text: &str, variants: &mut Vec<Variant>) {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.len() < 2 {
        return;
    }
    let step = lines.len().div_ceil(MAX_POSITIONS);
    for index in (0..=lines.len()).step_by(step) {
        let (before, after) = lines.split_at(index);
        for line in LINES {
            let changed_text = before.concat() + line + &after.concat();
            let name = format!("with {line:?} as line {}", index + 1);
            variants.push(with_content(Kind::LineMore, name, &changed_text));
        }
        let Some((line, after)) = after.split_first() else {
            continue;
        };
        let replacements = LINES
            .iter()
            .map(|&line| line.to_owned())
            .chain(NUMBERS.iter().filter_map(|number| changed(line, number)));
        for replacement in replacements {
            let changed_text = before.concat() + &replacement + &after.concat();
            let name = format!("with line {} as {replacement:?}", index + 1);
            variants.push(with_content(Kind::LineOther, name, &changed_text));
        }
    }
}

/// A line with another last number.
fn changed(line: &str, number: &str) -> Option<String> {
    let end = line.rfind(|c: char| c.is_ascii_digit())? + 1;
    let (head, tail) = line.split_at_checked(end)?;
    let start = head.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    Some(format!("{}{number}{tail}", head.get(..start)?))
}
