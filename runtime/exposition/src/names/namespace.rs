//! The namespace: the first word of the names of built-in families.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::Reserved;

/// How the built-in families are named. The default is node_exporter's way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuiltinNames {
    /// The first word of their names.
    pub namespace: Namespace,
    /// Whether families with the names of an old node_exporter are exposed as well. These begin with
    /// `node_` in any namespace.
    pub old: bool,
}

/// The first word of a metric name, without the `_` that follows it. The default is `node`, which is
/// what the collectors themselves write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Namespace {
    /// With the `_`; `None` for the default, so that it costs nothing.
    prefix: Option<Arc<str>>,
}

/// Why a text is not a namespace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NamespaceError {
    /// It cannot begin a metric name.
    #[error(
        "not the first word of a metric name: write [a-zA-Z_][a-zA-Z0-9_]* with at most {} \
         characters",
        Namespace::MAX_BYTES
    )]
    Form,
    /// Names that begin with it belong to others.
    #[error("names that begin with {0} are reserved: {1}")]
    Reserved(String, &'static str),
}

impl Namespace {
    /// The default with the `_` that follows it.
    pub const DEFAULT_PREFIX: &str = "node_";
    /// Maximum length, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// Reads a namespace, such as `node`.
    ///
    /// # Errors
    /// If the text cannot begin a metric name, or if such names belong to Prometheus, to the exporter's
    /// own families or to recording rules.
    pub fn parse(text: &str) -> Result<Self, NamespaceError> {
        let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
        let is_later = |c: char| is_first(c) || c.is_ascii_digit();
        if text.len() > Self::MAX_BYTES
            || !text.starts_with(is_first)
            || !text.chars().all(is_later)
        {
            return Err(NamespaceError::Form);
        }
        let prefix = format!("{text}_");
        if prefix == Self::DEFAULT_PREFIX {
            return Ok(Self::default());
        }
        match Reserved::of_others(&prefix) {
            Some(reserved) => Err(NamespaceError::Reserved(prefix, reserved.owner)),
            None => Ok(Self {
                prefix: Some(prefix.into()),
            }),
        }
    }

    /// The namespace with the `_` that follows it: the prefix of all names.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.prefix.as_deref().unwrap_or(Self::DEFAULT_PREFIX)
    }

    /// Whether it is the default, in which names stay as the collectors write them.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.prefix.is_none()
    }

    /// Puts a name that begins with `node_` into this namespace. Other names stay.
    pub fn rename(&self, name: &mut String) {
        if let Some(prefix) = &self.prefix
            && name.starts_with(Self::DEFAULT_PREFIX)
        {
            name.replace_range(..Self::DEFAULT_PREFIX.len(), prefix);
        }
    }

    /// A text with the namespace in place of the default one.
    pub(super) fn replaced(&self, text: &'static str) -> Cow<'static, str> {
        match &self.prefix {
            None => Cow::Borrowed(text),
            Some(prefix) => Cow::Owned(text.replace(Self::DEFAULT_PREFIX, prefix)),
        }
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = self.prefix();
        f.write_str(prefix.strip_suffix('_').unwrap_or(prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_moves_to_its_namespace() {
        let host = Namespace::parse("host").unwrap();
        assert_eq!((host.prefix(), host.to_string()), ("host_", "host".into()));
        for (before, after) in [
            ("node_load1", "host_load1"),
            ("node_", "host_"),
            ("nodes_total", "nodes_total"),
            ("firepit_build_info", "firepit_build_info"),
        ] {
            let mut name = before.to_owned();
            host.rename(&mut name);
            assert_eq!(name, after);
        }
    }

    #[test]
    fn default_namespace_is_that_of_node_exporter() {
        assert_eq!(Namespace::parse("node"), Ok(Namespace::default()));
        assert!(Namespace::default().is_default());
        assert_eq!(Namespace::default().to_string(), "node");
        let mut name = "node_load1".to_owned();
        Namespace::default().rename(&mut name);
        assert_eq!(name, "node_load1");
    }

    #[test]
    fn only_a_name_prefix_is_a_namespace() {
        for text in ["", "1x", "a-b", "a b", "a:b", "é", "a\n", &"x".repeat(65)] {
            assert_eq!(Namespace::parse(text), Err(NamespaceError::Form), "{text}");
        }
        for text in ["_", "x9", "my_host", "nodes", "Up", "up", &"x".repeat(64)] {
            assert!(Namespace::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn reserved_namespaces_are_rejected() {
        for text in [
            "firepit",
            "firepit_x",
            "scrape",
            "scrape_x",
            "ALERTS",
            "ALERTS_x",
            "process",
            "go",
            "go_x",
            "promhttp",
        ] {
            let error = Namespace::parse(text);
            assert!(matches!(error, Err(NamespaceError::Reserved(..))), "{text}");
        }
    }
}
