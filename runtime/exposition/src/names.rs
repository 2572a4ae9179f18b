//! Reserved metric names, and grants of them to modules.
//!
//! A name is reserved whether or not its owner exposes it at the moment: the names of a collector
//! that is disabled, excluded from a scrape or failing stay reserved. Names are compared as text,
//! so no list of families has to be maintained.

mod namespace;

use std::borrow::Cow;

pub use namespace::{BuiltinNames, Namespace, NamespaceError};

/// Maximum length of a granted name, in bytes.
const MAX_NAME_BYTES: usize = 256;

/// The reserved names that a module may use. All other names are free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// All of them. For collectors that come with firepit.
    All,
    /// Names that match one of these patterns.
    Only(Vec<NamePattern>),
}

/// A metric name, or a prefix of metric names followed by `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern {
    name: String,
    is_prefix: bool,
}

/// Why a text is not a valid name pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NamePatternError {
    /// Neither a metric name nor a prefix of metric names.
    #[error(
        "not of the form [a-zA-Z_:][a-zA-Z0-9_:]* with at most {MAX_NAME_BYTES} characters; a * may stand \
         at its end, for any more characters"
    )]
    Form,
    /// A lone `*`.
    #[error("would grant every name; write a prefix followed by *, such as node_disk_*")]
    Everything,
    /// All names that it matches are withheld from modules.
    #[error("cannot be granted to a module: {0}")]
    Never(Cow<'static, str>),
}

impl NamePattern {
    /// Parses a pattern: `node_disk_written_bytes_total`, or `node_disk_*`. Which names are withheld
    /// depends on the names of the built-in families.
    ///
    /// # Errors
    /// If the text is not a pattern, or if all names that match it are withheld from modules.
    pub fn parse(text: &str, builtin: &BuiltinNames) -> Result<Self, NamePatternError> {
        let (name, is_prefix) = match text.strip_suffix('*') {
            Some("") => return Err(NamePatternError::Everything),
            Some(name) => (name, true),
            None => (text, false),
        };
        let is_first = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ':');
        let is_later = |c: char| is_first(c) || c.is_ascii_digit();
        if name.len() > MAX_NAME_BYTES || !name.starts_with(is_first) || !name.chars().all(is_later)
        {
            return Err(NamePatternError::Form);
        }
        let is_withheld =
            |reserved: &&Reserved| !reserved.grantable && reserved.covers(name, is_prefix, builtin);
        match RESERVED.iter().find(is_withheld) {
            Some(reserved) => Err(NamePatternError::Never(reserved.owner(builtin))),
            None => Ok(Self {
                name: name.to_owned(),
                is_prefix,
            }),
        }
    }

    /// Whether the pattern matches a name.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        if self.is_prefix {
            name.starts_with(&self.name)
        } else {
            name == self.name
        }
    }
}

impl std::fmt::Display for NamePattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        f.write_str(if self.is_prefix { "*" } else { "" })
    }
}

/// A set of reserved names.
#[derive(Debug, PartialEq, Eq)]
pub struct Reserved {
    shape: Shape,
    owner: &'static str,
    /// Whether an operator may grant them.
    pub grantable: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Shape {
    /// Exactly this name.
    Exact(&'static str),
    /// This name in any mixture of lower and upper case.
    IgnoreCase(&'static str),
    /// Names with this prefix.
    Prefix(&'static str),
    /// Names of built-in families that continue like this after the namespace.
    Namespaced(&'static str),
    /// Names with this prefix, if old names are served.
    Old(&'static str),
    /// Names that contain this character.
    Contains(u8),
}

const PROMETHEUS: &str = "Prometheus sets it for each target and alert";
const EXPORTER: &str = "firepit reports the state of itself and its collectors with it";
const NUMBER: &str = "PromQL parses it as a number";
/// `node_` stands for the namespace: see [`Reserved::owner`].
const BUILT_IN: &str = "names with the prefix node_ belong to the built-in collectors";
const OLD: &str = "names with the prefix node_ belong to the built-in collectors, which expose \
                   node_exporter's old names";
const PROCESS: &str = "it describes the exporter's own process";
const GMOND: &str = "names with the prefix ganglia_ belong to the built-in collector gmond";
const RULES: &str = "names with a colon are for recording rules";

/// All reserved names. A withheld set stands before a grantable set that contains it.
const RESERVED: [Reserved; 15] = [
    never(Shape::Exact("up"), PROMETHEUS),
    never(Shape::Prefix("scrape_"), PROMETHEUS),
    never(Shape::Prefix("ALERTS"), PROMETHEUS),
    never(Shape::Prefix("firepit_"), EXPORTER),
    never(Shape::Namespaced("scrape_collector_"), EXPORTER),
    never(Shape::Namespaced("exporter_"), EXPORTER),
    never(Shape::IgnoreCase("nan"), NUMBER),
    never(Shape::IgnoreCase("inf"), NUMBER),
    grantable(Shape::Namespaced(""), BUILT_IN),
    grantable(Shape::Old(Namespace::DEFAULT_PREFIX), OLD),
    grantable(Shape::Prefix("ganglia_"), GMOND),
    grantable(Shape::Prefix("process_"), PROCESS),
    grantable(Shape::Prefix("promhttp_"), PROCESS),
    grantable(Shape::Prefix("go_"), PROCESS),
    grantable(Shape::Contains(b':'), RULES),
];

const fn never(shape: Shape, owner: &'static str) -> Reserved {
    Reserved {
        shape,
        owner,
        grantable: false,
    }
}

const fn grantable(shape: Shape, owner: &'static str) -> Reserved {
    Reserved {
        shape,
        owner,
        grantable: true,
    }
}

impl Reserved {
    /// The set that the name `name` + `suffix` belongs to; `None` if the name is free.
    pub fn of(name: &str, suffix: &str, builtin: &BuiltinNames) -> Option<&'static Self> {
        RESERVED
            .iter()
            .find(|reserved| reserved.contains(name, suffix, builtin))
    }

    /// The owner, as the end of a sentence about a name.
    #[must_use]
    pub fn owner(&self, builtin: &BuiltinNames) -> Cow<'static, str> {
        match self.shape {
            Shape::Namespaced("") => builtin.namespace.replaced(self.owner),
            _ => Cow::Borrowed(self.owner),
        }
    }

    /// The set that a name belongs to, without those of the built-in collectors.
    fn of_others(name: &str) -> Option<&'static Self> {
        let is_of_builtin = |it: &Self| matches!(it.shape, Shape::Namespaced(_) | Shape::Old(_));
        let builtin = BuiltinNames::default();
        RESERVED
            .iter()
            .find(|reserved| !is_of_builtin(reserved) && reserved.contains(name, "", &builtin))
    }

    fn contains(&self, name: &str, suffix: &str, builtin: &BuiltinNames) -> bool {
        // Compared without concatenation: a guest decides how long the name is.
        let mut bytes = name.bytes().chain(suffix.bytes());
        let length = name.len().saturating_add(suffix.len());
        match self.shape {
            Shape::Exact(exact) => length == exact.len() && bytes.eq(exact.bytes()),
            Shape::IgnoreCase(exact) => {
                let lower = bytes.map(|byte| byte.to_ascii_lowercase());
                length == exact.len() && lower.eq(exact.bytes())
            }
            Shape::Prefix(prefix) => bytes.take(prefix.len()).eq(prefix.bytes()),
            Shape::Old(prefix) => builtin.old && bytes.take(prefix.len()).eq(prefix.bytes()),
            Shape::Namespaced(rest) => {
                let prefix = builtin.namespace.prefix().bytes().chain(rest.bytes());
                let length = builtin.namespace.prefix().len() + rest.len();
                bytes.take(length).eq(prefix)
            }
            Shape::Contains(char) => bytes.any(|byte| byte == char),
        }
    }

    /// Whether every name of a pattern is in this set.
    fn covers(&self, name: &str, is_prefix: bool, builtin: &BuiltinNames) -> bool {
        match self.shape {
            Shape::Exact(_) | Shape::IgnoreCase(_) => {
                !is_prefix && self.contains(name, "", builtin)
            }
            _ => self.contains(name, "", builtin),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn never_granted(name: &str) -> Option<bool> {
        never_granted_in(name, &BuiltinNames::default())
    }

    fn never_granted_in(name: &str, builtin: &BuiltinNames) -> Option<bool> {
        Reserved::of(name, "", builtin).map(|reserved| !reserved.grantable)
    }

    fn reserved(name: &str, suffix: &str) -> bool {
        Reserved::of(name, suffix, &BuiltinNames::default()).is_some()
    }

    fn parse(text: &str) -> Result<NamePattern, NamePatternError> {
        NamePattern::parse(text, &BuiltinNames::default())
    }

    #[test]
    fn names_of_others_are_reserved_and_similar_names_are_not() {
        for name in [
            "up",
            "scrape_duration_seconds",
            "ALERTS",
            "ALERTS_FOR_STATE",
            "firepit_evil_total",
            "node_scrape_collector_success",
            "node_exporter_build_info",
            "NaN",
            "Inf",
            "inf",
        ] {
            assert_eq!(never_granted(name), Some(true), "{name}");
        }
        for name in [
            "node_load1",
            "node_",
            "process_cpu_seconds_total",
            "promhttp_metric_handler_requests_total",
            "go_goroutines",
            "instance:node_num_cpu:sum",
            ":x",
        ] {
            assert_eq!(never_granted(name), Some(false), "{name}");
        }
        for name in [
            "upload_bytes",
            "up_total",
            "Up",
            "alerts",
            "node",
            "nodes_total",
            "scrape",
            "google_x",
            "infinity",
            "nano",
            "smart_node_load1",
            "firepit",
        ] {
            assert_eq!(never_granted(name), None, "{name}");
        }
    }

    #[test]
    fn reserved_names_follow_the_namespace() {
        let host = BuiltinNames {
            namespace: Namespace::parse("host").unwrap(),
            old: false,
        };
        for (name, never) in [
            ("host_load1", Some(false)),
            ("host_scrape_collector_success", Some(true)),
            ("host_exporter_build_info", Some(true)),
            ("hostile_x", None),
            ("node_load1", None),
            ("node_exporter_build_info", None),
            ("firepit_x", Some(true)),
            ("up", Some(true)),
        ] {
            assert_eq!(never_granted_in(name, &host), never, "{name}");
        }
        let owner = Reserved::of("host_load1", "", &host).unwrap().owner(&host);
        assert_eq!(
            owner,
            "names with the prefix host_ belong to the built-in collectors"
        );
        assert!(NamePattern::parse("host_exporter_*", &host).is_err());
        assert!(NamePattern::parse("node_exporter_*", &host).is_ok());
        let with_old = BuiltinNames { old: true, ..host };
        assert_eq!(never_granted_in("node_cpu", &with_old), Some(false));
        assert_eq!(never_granted_in("host_load1", &with_old), Some(false));
    }

    #[test]
    fn suffix_can_make_a_reserved_name() {
        for (name, suffix) in [
            ("node", "_bucket"),
            ("scrape", "_sum"),
            ("go", "_count"),
            ("u", "p"),
        ] {
            assert!(!reserved(name, ""), "{name}");
            assert!(reserved(name, suffix), "{name}{suffix}");
        }
        assert!(!reserved("up", "_sum"));
    }

    #[test]
    fn patterns_are_a_name_or_a_prefix() {
        let exact = parse("node_foo_total").unwrap();
        assert!(exact.matches("node_foo_total") && !exact.matches("node_foo_total2"));
        assert_eq!(exact.to_string(), "node_foo_total");
        let beginning = parse("node_foo_*").unwrap();
        assert!(beginning.matches("node_foo_") && !beginning.matches("node_foo"));
        assert_eq!(beginning.to_string(), "node_foo_*");
        // The withheld names that it matches stay withheld; see `validate`.
        assert!(parse("up*").is_ok());
        assert!(parse("node_*").is_ok());
        assert!(parse("job:x:sum").is_ok());
    }

    #[test]
    fn text_that_matches_no_name_is_not_a_pattern() {
        for text in [
            "",
            "1x",
            "a-b",
            "a*b",
            "**",
            "node_*_total",
            "é",
            &"x".repeat(257),
        ] {
            assert_eq!(parse(text), Err(NamePatternError::Form), "{text}");
        }
        assert_eq!(parse("*"), Err(NamePatternError::Everything));
        for text in [
            "up",
            "NaN",
            "INF",
            "scrape_*",
            "scrape_samples_scraped",
            "ALERTS",
            "ALERTS*",
            "firepit_*",
            "firepit_x_*",
            "node_exporter_build_info",
            "node_scrape_collector_*",
        ] {
            let error = parse(text);
            assert!(matches!(error, Err(NamePatternError::Never(_))), "{text}");
        }
    }
}
