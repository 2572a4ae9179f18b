//! Old names: the families of node_exporter 0.8 that today's families have the data for.

use std::borrow::Cow;

use firepit_exposition::derive::{Rule, derive};
use firepit_exposition::names::Namespace;
use firepit_exposition::record;
use firepit_exposition::validate::{Family, Kind};

use crate::migration::renames::{OldKind, RENAMES, Rename};

/// The rules for the families of a collector.
pub(super) fn rules(collector: &str) -> Vec<&'static Rename> {
    let is_rule = |rename: &&Rename| {
        let is_of_collector = (rename.source).is_some_and(|source| source.collector == collector);
        is_of_collector && !rename.is_unchanged()
    };
    RENAMES.iter().filter(is_rule).collect()
}

/// The old families that follow from a collector's families.
pub(super) fn families(
    families: &[Family],
    rules: &[&'static Rename],
    namespace: &Namespace,
) -> Vec<record::Family> {
    let mut old = Vec::new();
    for family in families {
        let Some(name) = default_name(family.name(), namespace) else {
            continue;
        };
        let rules = rules
            .iter()
            .filter_map(|rename| rule(rename, &name, family));
        old.extend(rules.filter_map(|rule| derive(family, &rule)));
    }
    old
}

/// The name in the default namespace.
fn default_name<'a>(name: &'a str, namespace: &Namespace) -> Option<Cow<'a, str>> {
    if namespace.is_default() {
        return Some(Cow::Borrowed(name));
    }
    let rest = name.strip_prefix(namespace.prefix())?;
    Some(format!("{}{rest}", Namespace::DEFAULT_PREFIX).into())
}

/// How an old family follows from one of today; `None` if it does not.
fn rule(rename: &Rename, name: &str, family: &Family) -> Option<Rule<'static>> {
    let source = rename.source?;
    let (old, help) = rename.applied(name)?;
    let kind = match rename.kind {
        OldKind::Counter => Kind::Counter,
        OldKind::Gauge => Kind::Gauge,
        // The only summary does not follow from a family.
        OldKind::Summary => return None,
    };
    let is_same_family = old == family.name();
    Some(Rule {
        name: old,
        // Series in the old form join today's family, whatever its help text is.
        help: if is_same_family { "".into() } else { help },
        kind: if is_same_family { family.kind() } else { kind },
        scale: source.scale,
        labels: source.labels,
    })
}
