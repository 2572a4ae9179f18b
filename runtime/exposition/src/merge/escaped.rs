//! Escapes names before families are merged, so that families that become one are merged by the same
//! rules as any others.

use std::mem;
use std::sync::Arc;

use super::{Conflict, Part, Reason};
use crate::escaping::Escaping;
use crate::validate::Naming;

/// Escapes the names of all families for a client. Returns the series that cannot be written, because two
/// of their labels get one name or because a label gets a reserved name. Families with plain names are
/// left as they are.
#[must_use]
pub fn escape_names(parts: &mut [Part], scheme: Escaping) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    if scheme == Escaping::AllowUtf8 {
        return conflicts;
    }
    for part in parts {
        if part.families.iter().all(|it| it.naming() != Naming::Utf8) {
            continue;
        }
        for family in mem::take(&mut part.families) {
            if family.naming() != Naming::Utf8 {
                part.families.push(family);
                continue;
            }
            let escaped = family.escaped(scheme);
            let drops = [
                (Reason::Label, escaped.unwritable),
                (Reason::Series, escaped.duplicates),
            ];
            for (reason, series) in drops.into_iter().filter(|(_, series)| *series > 0) {
                conflicts.push(Conflict {
                    source: Arc::clone(&part.source),
                    family: escaped.name.clone(),
                    reason,
                    series,
                });
            }
            part.families.extend(escaped.family);
        }
    }
    conflicts
}
