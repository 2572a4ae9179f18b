//! The pair of options by which an operator chooses devices or other things: which to include, and which
//! to exclude.

use super::Filter;
use crate::{Descriptor, Settings, log};

/// One expression of an [`IncludeExclude`]: a text option that may once have had another name.
#[derive(Debug, Clone, Copy)]
pub struct Expression<'a> {
    name: &'a str,
    help: &'a str,
    default: &'a str,
    old: Option<Old<'a>>,
}

/// The name that an option had before.
#[derive(Debug, Clone, Copy)]
struct Old<'a> {
    name: &'a str,
    help: &'a str,
    /// The whole flag, where it is not that of this collector.
    flag: Option<&'a str>,
}

impl<'a> Expression<'a> {
    /// An option by its name, without the collector's, and its help text. It is empty by default.
    #[must_use]
    pub const fn new(name: &'a str, help: &'a str) -> Self {
        Self {
            name,
            help,
            default: "",
            old: None,
        }
    }

    /// What it is where the operator says nothing. A default of what to exclude holds only where the operator
    /// does not say what to include.
    #[must_use]
    pub const fn default(self, default: &'a str) -> Self {
        Self { default, ..self }
    }

    /// The name that it had before, and the help text of that. The old name still works, with a warning, and is
    /// not in `--help`.
    #[must_use]
    pub const fn renamed(self, name: &'a str, help: &'a str) -> Self {
        let flag = None;
        let old = Some(Old { name, help, flag });
        Self { old, ..self }
    }

    /// As [`Self::renamed`], with the old flag in messages where it was another collector's.
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

    /// The value, and whether the operator gave it.
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
    exclusive: Option<&'a str>,
    /// What the log says of each where it is set: of `exclude`, then of `include`.
    logged: Option<[&'a str; 2]>,
}

impl<'a> IncludeExclude<'a> {
    /// The pair of options of a collector. Both may be given together.
    #[must_use]
    pub const fn new(collector: &'a str, include: Expression<'a>, exclude: Expression<'a>) -> Self {
        Self {
            collector,
            include,
            exclude,
            exclude_first: false,
            exclusive: None,
            logged: None,
        }
    }

    /// What to exclude stands before what to include in `--help`.
    #[must_use]
    pub const fn exclude_first(self) -> Self {
        Self {
            exclude_first: true,
            ..self
        }
    }

    /// Both may not be given together; the text is the error then.
    #[must_use]
    pub const fn exclusive(self, error: &'a str) -> Self {
        Self {
            exclusive: Some(error),
            ..self
        }
    }

    /// An expression that is set is logged: `exclude` and `include` are the words before its flag.
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
            // A default does not get in the way of an operator who asks for something.
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
    /// Adds the options of an [`IncludeExclude`], each followed by its old name.
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
    /// The filter that an [`IncludeExclude`] makes.
    ///
    /// # Errors
    /// Options that exclude each other, or a wrong expression.
    pub fn filter(&self, options: &IncludeExclude<'_>) -> Result<Filter, String> {
        let [include, exclude] = options.resolve(self)?;
        options.log([include, exclude]);
        Filter::new(include, exclude)
    }
}

#[cfg(test)]
mod tests;
