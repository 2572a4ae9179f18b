//! The options of a collector, as set by the operator.

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
