//! Rejects names that belong to built-in collectors, the exporter or Prometheus.
//!
//! They are rejected whether or not their owner exposes them in this scrape. Otherwise a module
//! could take the names of a collector that is disabled, excluded by the query or failing.

use super::family::Kind;
use super::{Problem, Reason};
use crate::escape::quoted;
use crate::escaping::{Escaping, is_plain_metric};
use crate::names::{BuiltinNames, NamePattern, Names, Reserved};
use crate::record::Family;

/// Removes families whose names a collector may not use. Call it with the final names, after a
/// prefix was added. A collector that may use all names is not checked.
pub fn apply(families: &mut Vec<Family>, names: &Names, builtin: &BuiltinNames) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Names::Only(granted) = names else {
        return problems;
    };
    families.retain(|family| match rejection(family, granted, builtin) {
        Some(detail) if !family.samples.is_empty() => {
            problems.push(Problem {
                family: quoted(&family.name),
                reason: Reason::ReservedName,
                detail,
            });
            false
        }
        _ => true,
    });
    problems
}

/// Why a family is rejected. A histogram and a summary also have series under suffixed names, which
/// must not be reserved either: a histogram `node` has a series `node_count`. The same holds for the
/// names that clients get which do not accept any UTF-8: `node.load1` is `node_load1` for them.
fn rejection(family: &Family, granted: &[NamePattern], builtin: &BuiltinNames) -> Option<String> {
    let name = family.name.as_str();
    let suffixes = Kind::from(&family.samples).suffixes();
    if let Some(detail) = rejected_name(name, suffixes, granted, builtin) {
        return Some(detail);
    }
    if is_plain_metric(name) {
        return None;
    }
    let schemes = [Escaping::Underscores, Escaping::Dots, Escaping::Values];
    schemes
        .into_iter()
        .find_map(|scheme| rejected_name(&scheme.metric(name), suffixes, granted, builtin))
}

fn rejected_name(
    name: &str,
    suffixes: &[&str],
    granted: &[NamePattern],
    builtin: &BuiltinNames,
) -> Option<String> {
    let is_granted = granted.iter().any(|pattern| pattern.matches(name));
    let suffixes = std::iter::once("").chain(suffixes.iter().copied());
    let (suffix, reserved) = suffixes
        .filter_map(|suffix| Some((suffix, Reserved::of(name, suffix, builtin)?)))
        .find(|(_, reserved)| !(reserved.grantable && is_granted))?;
    let series = format!("{}{suffix}", quoted(name));
    let owner = reserved.owner(builtin);
    Some(if reserved.grantable {
        format!(
            "the name {series} is reserved: {owner}; `grants.names: [{}]` in the collector's entry \
             grants it",
            quoted(name)
        )
    } else {
        format!("the name {series} is reserved and cannot be granted: {owner}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Histogram, Sample, Samples, Summary};

    fn family(name: &str, samples: Samples) -> Family {
        Family {
            name: name.to_owned(),
            help: "Help.".to_owned(),
            label_names: Vec::new(),
            samples,
            unit: String::new(),
        }
    }

    fn gauge(name: &str) -> Family {
        let sample = Sample {
            label_values: Vec::new(),
            value: 1.0,
            extra: None,
        };
        family(name, Samples::Gauge(vec![sample]))
    }

    fn histogram(name: &str) -> Family {
        let sample = Histogram {
            label_values: Vec::new(),
            buckets: Vec::new(),
            sum: 1.0,
            count: 1,
            created: None,
            exemplars: Vec::new(),
            native: None,
        };
        family(name, Samples::Histogram(vec![sample]))
    }

    fn summary(name: &str) -> Family {
        let sample = Summary {
            label_values: Vec::new(),
            quantiles: Vec::new(),
            sum: 1.0,
            count: 1,
            created: None,
        };
        family(name, Samples::Summary(vec![sample]))
    }

    fn granted(patterns: &[&str]) -> Names {
        let parse = |pattern: &&str| NamePattern::parse(pattern, &BuiltinNames::default()).unwrap();
        Names::Only(patterns.iter().map(parse).collect())
    }

    /// Names of the accepted families, and the problems of the others.
    fn left(mut families: Vec<Family>, names: &Names) -> (Vec<String>, Vec<Problem>) {
        let problems = apply(&mut families, names, &BuiltinNames::default());
        let left = families.into_iter().map(|family| family.name).collect();
        (left, problems)
    }

    #[test]
    fn third_party_module_keeps_unreserved_names() {
        let families = ["smart_x", "node_load1", "up", "upload"].map(gauge).into();
        let (names, problems) = left(families, &granted(&[]));
        assert_eq!(names, ["smart_x", "upload"]);
        assert!(problems.iter().all(|it| it.reason == Reason::ReservedName));
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(told[0].contains("`grants.names: [node_load1]`"), "{told:?}");
        assert!(told[1].contains("cannot be granted"), "{told:?}");
    }

    #[test]
    fn the_series_of_distributions_are_names_too() {
        let families = vec![
            gauge("node"),
            histogram("node"),
            summary("scrape"),
            histogram("up"),
            summary("firepit"),
            histogram("fine"),
        ];
        let (names, problems) = left(families, &granted(&[]));
        assert_eq!(names, ["node", "fine"]);
        assert!(problems[0].detail.contains("node_bucket"), "{problems:?}");
        assert!(problems[1].detail.contains("scrape_sum"), "{problems:?}");
    }

    #[test]
    fn grant_covers_whole_families_and_no_withheld_names() {
        let families = vec![
            histogram("node_foo"),
            gauge("node_foo_x"),
            gauge("node_scrape_collector_success"),
            summary("node_scrape_collector"),
            gauge("up"),
        ];
        let given = left(families, &granted(&["node_foo", "node_scrape*", "up*"]));
        assert_eq!(given.0, ["node_foo"]);
        let (names, _) = left(vec![gauge("node_foo_x")], &granted(&["node_foo_*"]));
        assert_eq!(names, ["node_foo_x"]);
    }

    /// A client that does not accept any UTF-8 gets `node.load1` as `node_load1`.
    #[test]
    fn names_that_become_reserved_by_escaping_are_reserved() {
        let families = vec![
            gauge("node.load1"),
            gauge("node\u{e9}x"),
            gauge("scrape.x"),
            histogram("node.x"),
            gauge("firepit.x"),
            gauge("a:b.c"),
            gauge("my.load1"),
            gauge("nod\u{e9}.x"),
        ];
        let (names, problems) = left(families, &granted(&[]));
        assert_eq!(names, ["my.load1", "nod\u{e9}.x"]);
        assert!(problems[0].detail.contains("[node_load1]"), "{problems:?}");

        // All forms have to be granted.
        let given = left(vec![gauge("node.x")], &granted(&["node_x"]));
        assert!(given.1[0].detail.contains("[node_dot_x]"), "{given:?}");
        let given = left(vec![gauge("node.x")], &granted(&["node_*"]));
        assert_eq!(given.0, ["node.x"]);
    }

    #[test]
    fn unrestricted_collector_may_use_all_names() {
        let families = ["node_load1", "up"].map(gauge).into();
        assert_eq!(left(families, &Names::All).0, ["node_load1", "up"]);
    }

    /// No family of a built-in collector is free for a module while the collector is disabled.
    /// Textfile's own families are node_textfile_*; its files' content is the operator's.
    #[test]
    fn every_family_of_the_built_in_collectors_is_reserved() {
        let pages = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/collectors");
        let mut families = 0;
        for page in std::fs::read_dir(pages).unwrap() {
            let text = std::fs::read_to_string(page.unwrap().path()).unwrap();
            let mut in_table = false;
            for line in text.lines() {
                in_table = line.starts_with('|') && (in_table || line.starts_with("| Family |"));
                let name = (line.strip_prefix("| `")).and_then(|rest| rest.split('`').next());
                let Some(name) = name.filter(|_| in_table) else {
                    continue;
                };
                families += 1;
                let reserved = Reserved::of(name, "", &BuiltinNames::default());
                assert!(reserved.is_some(), "{name}");
            }
        }
        assert!(families > 500, "{families}");
    }
}
