//! The options of a collector, as set by the operator.

use std::time::Duration;

use crate::parse;

/// The value of one option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Name of the option, without the collector's.
    pub name: String,
    /// Its values, in the form of the option's kind.
    pub values: Vec<String>,
    /// Whether the operator set it, instead of the default.
    pub explicit: bool,
}

/// One [`Setting`] per declared option.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    settings: Vec<Setting>,
}

impl Settings {
    pub(crate) fn new(settings: Vec<Setting>) -> Self {
        Self { settings }
    }

    /// Whether a flag is on. Undeclared options are off.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.first(name) == Some("true")
    }

    /// The value of a text option. Undeclared options are empty.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.first(name).unwrap_or_default()
    }

    /// The value of a number option, if declared.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        self.first(name)?.parse().ok()
    }

    /// The value of a text option that is a duration, as node_exporter takes it: `5s`, `1m30s`, `0`. See
    /// [`parse::duration`].
    ///
    /// # Errors
    /// It is no duration, or a negative one. The message names the option.
    pub fn duration(&self, name: &str) -> Result<Duration, String> {
        let text = self.text(name);
        let nanoseconds = parse::duration(text).and_then(|it| u64::try_from(it).ok());
        nanoseconds
            .map(Duration::from_nanos)
            .ok_or_else(|| format!("{name} {text:?}: expected a duration such as 5s"))
    }

    /// The values of a repeated option.
    #[must_use]
    pub fn texts(&self, name: &str) -> &[String] {
        self.get(name).map_or(&[], |setting| &setting.values)
    }

    /// Whether the operator set the option, instead of the default.
    #[must_use]
    pub fn is_explicit(&self, name: &str) -> bool {
        self.get(name).is_some_and(|setting| setting.explicit)
    }

    fn get(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    fn first(&self, name: &str) -> Option<&str> {
        self.get(name)?.values.first().map(String::as_str)
    }
}
