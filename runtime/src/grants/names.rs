//! Which metric names belong to somebody, and which of these a module may use all the same.
//!
//! A name is reserved whether or not its owner shows it at the moment: a collector that is switched
//! off, excluded from a scrape or failing keeps its names. Names are compared as text, so no list of
//! families has to be kept up to date.

/// Longest name of a grant, in bytes.
const LONGEST: usize = 256;

/// Which reserved names a module may use. Every other name is free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names {
    /// All of them: for the collectors that come with firepit.
    All,
    /// Those that one of these patterns matches.
    Only(Vec<NamePattern>),
}

/// A metric name, or the beginning of metric names with a `*` behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern {
    name: String,
    is_beginning: bool,
}

/// Why a text grants no names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NamePatternError {
    /// It is neither a metric name nor the beginning of some.
    #[error(
        "not of the form [a-zA-Z_:][a-zA-Z0-9_:]* with at most {LONGEST} characters; a * may stand \
         at its end, for any more characters"
    )]
    Form,
    /// It is a lone `*`.
    #[error("would grant every name; write what the names begin with, such as node_disk_*")]
    Everything,
    /// No module gets any name that it matches.
    #[error("no module gets this name: {0}")]
    Never(&'static str),
}

impl NamePattern {
    /// Reads a pattern: `node_disk_written_bytes_total`, or `node_disk_*`.
    ///
    /// # Errors
    /// A text that is no pattern, and one of which every name is withheld from all modules.
    pub fn parse(text: &str) -> Result<Self, NamePatternError> {
        let (name, is_beginning) = match text.strip_suffix('*') {
            Some("") => return Err(NamePatternError::Everything),
            Some(name) => (name, true),
            None => (text, false),
        };
        let begins = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ':');
        let goes_on = |c: char| begins(c) || c.is_ascii_digit();
        if name.len() > LONGEST || !name.starts_with(begins) || !name.chars().all(goes_on) {
            return Err(NamePatternError::Form);
        }
        let own =
            |reserved: &&Reserved| !reserved.grantable && reserved.has_all_of(name, is_beginning);
        match RESERVED.iter().find(own) {
            Some(reserved) => Err(NamePatternError::Never(reserved.owner)),
            None => Ok(Self {
                name: name.to_owned(),
                is_beginning,
            }),
        }
    }

    /// Whether it matches a name.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        match self.is_beginning {
            true => name.starts_with(&self.name),
            false => name == self.name,
        }
    }
}

impl std::fmt::Display for NamePattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        f.write_str(if self.is_beginning { "*" } else { "" })
    }
}

/// Names that belong to somebody.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reserved {
    shape: Shape,
    /// Whose they are, as the end of a sentence about a name.
    pub(crate) owner: &'static str,
    /// Whether an operator may grant them.
    pub(crate) grantable: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Shape {
    /// This name.
    Is(&'static str),
    /// This name in any mixture of small and large letters.
    IsAnyCase(&'static str),
    /// Names that begin so.
    Begins(&'static str),
    /// Names with this character.
    Has(u8),
}

const PROMETHEUS: &str = "Prometheus writes it for each target and alert";
const EXPORTER: &str = "firepit tells by it how it and its collectors do";
const NUMBER: &str = "PromQL reads it as a number";
const BUILT_IN: &str = "the built-in collectors have the names that begin with node_";
const PROCESS: &str = "it is about the exporter's own process";
const RULES: &str = "names with a colon are those of recording rules";

/// All reserved names. What no module gets stands before what contains it.
const RESERVED: [Reserved; 13] = [
    never(Shape::Is("up"), PROMETHEUS),
    never(Shape::Begins("scrape_"), PROMETHEUS),
    never(Shape::Begins("ALERTS"), PROMETHEUS),
    never(Shape::Begins("firepit_"), EXPORTER),
    never(Shape::Begins("node_scrape_collector_"), EXPORTER),
    never(Shape::Begins("node_exporter_"), EXPORTER),
    never(Shape::IsAnyCase("nan"), NUMBER),
    never(Shape::IsAnyCase("inf"), NUMBER),
    grantable(Shape::Begins("node_"), BUILT_IN),
    grantable(Shape::Begins("process_"), PROCESS),
    grantable(Shape::Begins("promhttp_"), PROCESS),
    grantable(Shape::Begins("go_"), PROCESS),
    grantable(Shape::Has(b':'), RULES),
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
    /// Whose the name is that `name` and `suffix` make together; none where it is free.
    pub(crate) fn of(name: &str, suffix: &str) -> Option<&'static Self> {
        RESERVED.iter().find(|reserved| reserved.has(name, suffix))
    }

    fn has(&self, name: &str, suffix: &str) -> bool {
        // Not put together: a guest may have made the name as long as it likes.
        let mut bytes = name.bytes().chain(suffix.bytes());
        let length = name.len().saturating_add(suffix.len());
        match self.shape {
            Shape::Is(own) => length == own.len() && bytes.eq(own.bytes()),
            Shape::IsAnyCase(own) => {
                length == own.len() && bytes.map(|byte| byte.to_ascii_lowercase()).eq(own.bytes())
            }
            Shape::Begins(own) => bytes.take(own.len()).eq(own.bytes()),
            Shape::Has(own) => bytes.any(|byte| byte == own),
        }
    }

    /// Whether every name of a pattern is one of these.
    fn has_all_of(&self, name: &str, is_beginning: bool) -> bool {
        match self.shape {
            Shape::Is(_) | Shape::IsAnyCase(_) => !is_beginning && self.has(name, ""),
            Shape::Begins(_) | Shape::Has(_) => self.has(name, ""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn never_granted(name: &str) -> Option<bool> {
        Reserved::of(name, "").map(|reserved| !reserved.grantable)
    }

    #[test]
    fn names_of_others_are_reserved_and_similar_ones_are_free() {
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
    fn a_suffix_makes_a_name_of_another() {
        for (name, suffix) in [
            ("node", "_bucket"),
            ("scrape", "_sum"),
            ("go", "_count"),
            ("u", "p"),
        ] {
            assert_eq!(Reserved::of(name, ""), None, "{name}");
            assert!(Reserved::of(name, suffix).is_some(), "{name}{suffix}");
        }
        assert_eq!(Reserved::of("up", "_sum"), None);
    }

    #[test]
    fn patterns_are_a_name_or_a_beginning() {
        let exact = NamePattern::parse("node_foo_total").unwrap();
        assert!(exact.matches("node_foo_total") && !exact.matches("node_foo_total2"));
        assert_eq!(exact.to_string(), "node_foo_total");
        let beginning = NamePattern::parse("node_foo_*").unwrap();
        assert!(beginning.matches("node_foo_") && !beginning.matches("node_foo"));
        assert_eq!(beginning.to_string(), "node_foo_*");
        // The withheld one among them stays withheld; see `validate`.
        assert!(NamePattern::parse("up*").is_ok());
        assert!(NamePattern::parse("node_*").is_ok());
        assert!(NamePattern::parse("job:x:sum").is_ok());
    }

    #[test]
    fn what_grants_nothing_is_no_pattern() {
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
            assert_eq!(
                NamePattern::parse(text),
                Err(NamePatternError::Form),
                "{text}"
            );
        }
        assert_eq!(NamePattern::parse("*"), Err(NamePatternError::Everything));
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
            let error = NamePattern::parse(text);
            assert!(matches!(error, Err(NamePatternError::Never(_))), "{text}");
        }
    }
}
