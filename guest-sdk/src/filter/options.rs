//! A pair of options that select devices or other objects by name: one to include, one to exclude.

use super::Filter;
use crate::{Descriptor, Settings, log};

/// One option of an [`IncludeExclude`]: a text option with an optional old name.
#[derive(Debug, Clone, Copy)]
pub struct Expression<'a> {
    name: &'a str,
    help: &'a str,
    default: &'a str,
    old: Option<Old<'a>>,
}

/// The old name of an option.
#[derive(Debug, Clone, Copy)]
struct Old<'a> {
    name: &'a str,
    help: &'a str,
    /// The old flag, if it belonged to another collector.
    flag: Option<&'a str>,
}

impl<'a> Expression<'a> {
    /// An option by its name, without the collector's, and its help text. The default is empty.
    #[must_use]
    pub const fn new(name: &'a str, help: &'a str) -> Self {
        Self {
            name,
            help,
            default: "",
            old: None,
        }
    }

    /// Sets the default. If the pair is [exclusive](IncludeExclude::exclusive), the default of the option to exclude
    /// applies only while the option to include is not set.
    #[must_use]
    pub const fn default(self, default: &'a str) -> Self {
        Self { default, ..self }
    }

    /// Sets the old name and its help text. The old name still works, logs a warning and is hidden from `--help`.
    #[must_use]
    pub const fn renamed(self, name: &'a str, help: &'a str) -> Self {
        let flag = None;
        let old = Some(Old { name, help, flag });
        Self { old, ..self }
    }

    /// As [`Self::renamed`], for a flag that belonged to another collector: messages name the old flag.
    #[must_use]
    pub const fn renamed_from(self, flag: &'a str, name: &'a str, help: &'a str) -> Self {
        let flag = Some(flag);
        let old = Some(Old { name, help, flag });
        Self { old, ..self }
    }

    fn declare(&self, descriptor: Descriptor) -> Descriptor {
        let descriptor = descriptor.text(self.name, self.default, self.help);
        match &self.old {
            Some(old) => descriptor.text(old.name, "", old.help).hidden(),
            None => descriptor,
        }
    }

    /// The value, and whether the operator set it.
    fn value<'s>(
        &self,
        collector: &str,
        settings: &'s Settings,
    ) -> Result<(&'s str, bool), String> {
        let value = settings.text(self.name);
        let is_given = match self.default {
            "" => !value.is_empty(),
            _ => settings.is_explicit(self.name),
        };
        let old = self.old.map(|old| (old, settings.text(old.name)));
        let Some((old, old_value)) = old.filter(|(_, value)| !value.is_empty()) else {
            return Ok((value, is_given));
        };
        let flag = flag(collector, self.name);
        let old_flag = old
            .flag
            .map_or_else(|| self::flag(collector, old.name), str::to_owned);
        if is_given {
            return Err(format!("{old_flag} and {flag} are mutually exclusive"));
        }
        let message = format!("{old_flag} is DEPRECATED and will be removed in 2.0.0, use {flag}");
        log::warn(&message, &[]);
        Ok((old_value, true))
    }
}

fn flag(collector: &str, option: &str) -> String {
    format!("--collector.{collector}.{option}")
}

/// A pair of options that become a [`Filter`].
///
/// ```
/// use firepit_sdk::filter::{Expression, Filter, IncludeExclude};
/// use firepit_sdk::{Collector, Descriptor, Error, Metrics, Settings};
///
/// const DEVICES: IncludeExclude = IncludeExclude::new(
///     "fans",
///     Expression::new("device-include", "Regexp of fans to include."),
///     Expression::new("device-exclude", "Regexp of fans to exclude.").renamed("ignored", "Old name."),
/// )
/// .exclusive("device-exclude & device-include are mutually exclusive");
///
/// struct Fans {
///     devices: Filter,
/// }
///
/// impl Collector for Fans {
///     fn describe() -> Descriptor {
///         Descriptor::new("fans", "Shows fans.").include_exclude(&DEVICES)
///     }
///
///     fn configure(settings: &Settings) -> Result<Self, String> {
///         Ok(Self {
///             devices: settings.filter(&DEVICES)?,
///         })
///     }
/// #   fn collect(&mut self, _metrics: &mut Metrics) -> Result<(), Error> { Ok(()) }
/// }
/// # let host = firepit_sdk::testing::Host::new();
/// # let fans: Fans = host.configure([("ignored", "^b")]).unwrap();
/// # assert!(fans.devices.passes("a") && !fans.devices.passes("b"));
/// # assert!(host.configure::<Fans>([("device-include", "a"), ("device-exclude", "b")]).is_err());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct IncludeExclude<'a> {
    collector: &'a str,
    include: Expression<'a>,
    exclude: Expression<'a>,
    exclude_first: bool,
    anchored: bool,
    exclusive: Option<&'a str>,
    /// The log message for each option that is set: exclude, include.
    logged: Option<[&'a str; 2]>,
}

impl<'a> IncludeExclude<'a> {
    /// A pair of options of a collector. Both may be set at once.
    #[must_use]
    pub const fn new(collector: &'a str, include: Expression<'a>, exclude: Expression<'a>) -> Self {
        Self {
            collector,
            include,
            exclude,
            exclude_first: false,
            anchored: false,
            exclusive: None,
            logged: None,
        }
    }

    /// Lists the option to exclude first in `--help`.
    #[must_use]
    pub const fn exclude_first(self) -> Self {
        Self {
            exclude_first: true,
            ..self
        }
    }

    /// Compares the expressions with entire names. An empty one matches only an empty name.
    #[must_use]
    pub const fn anchored(self) -> Self {
        Self {
            anchored: true,
            ..self
        }
    }

    /// Rejects a configuration that sets both, with this error.
    #[must_use]
    pub const fn exclusive(self, error: &'a str) -> Self {
        Self {
            exclusive: Some(error),
            ..self
        }
    }

    /// Logs each option that is set: `exclude` and `include` are the messages, which the flag follows.
    #[must_use]
    pub const fn logged(self, exclude: &'a str, include: &'a str) -> Self {
        Self {
            logged: Some([exclude, include]),
            ..self
        }
    }

    fn resolve<'s>(&self, settings: &'s Settings) -> Result<[&'s str; 2], String> {
        let (include, _) = self.include.value(self.collector, settings)?;
        let (mut exclude, is_given) = self.exclude.value(self.collector, settings)?;
        if let Some(error) = self.exclusive
            && !include.is_empty()
            && !exclude.is_empty()
        {
            if is_given {
                return Err(error.to_owned());
            }
            // The operator set the option to include: the default does not apply.
            exclude = "";
        }
        Ok([include, exclude])
    }

    fn log(&self, [include, exclude]: [&str; 2]) {
        let Some([exclude_words, include_words]) = self.logged else {
            return;
        };
        for (words, option, value) in [
            (exclude_words, &self.exclude, exclude),
            (include_words, &self.include, include),
        ] {
            if !value.is_empty() {
                let flag = flag(self.collector, option.name);
                log::info(&format!("{words} {flag}"), &[("flag", value)]);
            }
        }
    }
}

impl Descriptor {
    /// Declares the options of an [`IncludeExclude`], each followed by its old name.
    #[must_use]
    pub fn include_exclude(self, options: &IncludeExclude<'_>) -> Self {
        let IncludeExclude {
            include, exclude, ..
        } = options;
        if options.exclude_first {
            include.declare(exclude.declare(self))
        } else {
            exclude.declare(include.declare(self))
        }
    }
}

impl Settings {
    /// Creates the filter from the options of an [`IncludeExclude`].
    ///
    /// # Errors
    /// If both options are set and the pair is exclusive, or if an expression is invalid.
    pub fn filter(&self, options: &IncludeExclude<'_>) -> Result<Filter, String> {
        let [include, exclude] = options.resolve(self)?;
        options.log([include, exclude]);
        if options.anchored {
            let anchored = |expression: &str| format!("^(?:{expression})$");
            return Filter::new(&anchored(include), &anchored(exclude));
        }
        Filter::new(include, exclude)
    }
}

#[cfg(test)]
mod tests;
