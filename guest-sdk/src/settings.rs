//! The options of a collector as the operator set them.

use crate::log;

/// The value of one option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Name of the option, without the collector's.
    pub name: String,
    /// Its values, in the shape that the option's kind says.
    pub values: Vec<String>,
    /// Whether the operator set it, as against the default.
    pub explicit: bool,
}

/// A text option that once had another name.
#[derive(Debug, Clone, Copy)]
pub struct Renamed<'a> {
    /// The option's name, without the collector's.
    pub name: &'a str,
    /// Its whole flag, for messages.
    pub flag: &'a str,
    /// The old name.
    pub old_name: &'a str,
    /// The old flag, for messages.
    pub old_flag: &'a str,
}

/// One [`Setting`] per option that the collector declared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    settings: Vec<Setting>,
}

impl Settings {
    pub(crate) fn new(settings: Vec<Setting>) -> Self {
        Self { settings }
    }

    /// Whether a flag is on. An option that was not declared is off.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.first(name) == Some("true")
    }

    /// The value of a text option. An option that was not declared is empty.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.first(name).unwrap_or_default()
    }

    /// The value of a number option, if it was declared as one.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        self.first(name)?.parse().ok()
    }

    /// The values of a repeated option.
    #[must_use]
    pub fn texts(&self, name: &str) -> &[String] {
        self.get(name).map_or(&[], |setting| &setting.values)
    }

    /// Whether the operator set the option, as against the default.
    #[must_use]
    pub fn is_explicit(&self, name: &str) -> bool {
        self.get(name).is_some_and(|setting| setting.explicit)
    }

    /// The value of a text option that once had another name. The old name is taken with a warning.
    ///
    /// # Errors
    /// Where both names are set.
    pub fn renamed(&self, option: &Renamed<'_>) -> Result<&str, String> {
        let Renamed { flag, old_flag, .. } = option;
        match (self.text(option.old_name), self.text(option.name)) {
            ("", value) => Ok(value),
            (old, "") => {
                let message =
                    format!("{old_flag} is DEPRECATED and will be removed in 2.0.0, use {flag}");
                log::warn(&message, &[]);
                Ok(old)
            }
            _ => Err(format!("{old_flag} and {flag} are mutually exclusive")),
        }
    }

    fn get(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    fn first(&self, name: &str) -> Option<&str> {
        self.get(name)?.values.first().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICES: Renamed<'_> = Renamed {
        name: "include",
        flag: "--collector.x.include",
        old_name: "whitelist",
        old_flag: "--collector.x.whitelist",
    };

    fn value(old: &str, new: &str) -> Result<String, String> {
        let setting = |(name, value): (&str, &str)| Setting {
            name: name.to_owned(),
            values: vec![value.to_owned()],
            explicit: !value.is_empty(),
        };
        let settings = [("whitelist", old), ("include", new)].map(setting);
        let settings = Settings::new(settings.to_vec());
        settings.renamed(&DEVICES).map(str::to_owned)
    }

    #[test]
    fn one_of_two_names() {
        assert_eq!(value("", ""), Ok(String::new()));
        assert_eq!(value("", "a"), Ok("a".to_owned()));
        assert_eq!(value("a", ""), Ok("a".to_owned()));
        let expected = "--collector.x.whitelist and --collector.x.include are mutually exclusive";
        assert_eq!(value("a", "a"), Err(expected.to_owned()));
    }
}
