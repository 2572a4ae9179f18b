//! The operator's rule for the prefix of a collector's metric names.

use super::{Problem, Reason};
use crate::escape::quoted;
use crate::record::Family;

/// The rule for a metric name. The prefix is the beginning of a metric name:
/// `[a-zA-Z_:][a-zA-Z0-9_:]*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamePrefix {
    /// Reject families whose name does not have this prefix.
    Require(String),
    /// Add this prefix to every name that does not have it.
    Add(String),
}

/// Applies the rule to names, before any other check. Rejected families become problems; the others
/// have the prefix afterwards.
pub fn apply(families: &mut Vec<Family>, rule: Option<&NamePrefix>) -> Vec<Problem> {
    let mut problems = Vec::new();
    match rule {
        None => {}
        Some(NamePrefix::Add(prefix)) => {
            for family in families.iter_mut() {
                if !family.name.starts_with(prefix) {
                    family.name.insert_str(0, prefix);
                }
            }
        }
        Some(NamePrefix::Require(prefix)) => families.retain(|family| {
            let fits = family.name.starts_with(prefix);
            if !fits {
                problems.push(Problem {
                    family: quoted(&family.name),
                    reason: Reason::Prefix,
                    detail: format!("the name does not begin with {prefix:?}"),
                });
            }
            fits
        }),
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Sample, Samples};

    fn families(names: &[&str]) -> Vec<Family> {
        let family = |&name: &&str| Family {
            name: name.to_owned(),
            help: "Help.".to_owned(),
            label_names: Vec::new(),
            samples: Samples::Gauge(vec![Sample {
                label_values: Vec::new(),
                value: 1.0,
                extra: None,
            }]),
            unit: String::new(),
        };
        names.iter().map(family).collect()
    }

    fn names(families: &[Family]) -> Vec<&str> {
        families.iter().map(|family| &*family.name).collect()
    }

    #[test]
    fn required_prefix_rejects_other_names() {
        let mut given = families(&["acme_a", "b", "acme", "acme_"]);
        let problems = apply(&mut given, Some(&NamePrefix::Require("acme_".to_owned())));
        assert_eq!(names(&given), ["acme_a", "acme_"]);
        let refused: Vec<_> = problems.iter().map(|problem| &*problem.family).collect();
        assert_eq!(refused, ["b", "acme"]);
        assert!(
            problems
                .iter()
                .all(|problem| problem.reason == Reason::Prefix)
        );
    }

    #[test]
    fn prefix_is_added_once() {
        let mut given = families(&["acme_a", "b"]);
        let rule = NamePrefix::Add("acme_".to_owned());
        assert_eq!(apply(&mut given, Some(&rule)), []);
        assert_eq!(names(&given), ["acme_a", "acme_b"]);
        assert_eq!(apply(&mut given, None), []);
        assert_eq!(names(&given), ["acme_a", "acme_b"]);
    }
}
