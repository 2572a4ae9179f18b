//! Flags of modules, recognized by their form: `--collector.NAME.OPTION=VALUE`. They are checked when a
//! module provides the collector, and not before.

use super::*;

/// The flag of an option, with all its occurrences on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenFlag {
    /// The option; `None` for the flag that enables or disables the collector.
    pub option: Option<String>,
    /// Whether it is the negated form: `--no-collector...`.
    pub is_negated: bool,
    /// The value of each occurrence, if it had one.
    pub values: Vec<Option<String>>,
}

impl GivenFlag {
    /// The flag as written, without a value.
    fn written(&self, collector: &str) -> String {
        let no = if self.is_negated { "no-" } else { "" };
        match &self.option {
            None => format!("--{no}collector.{collector}"),
            Some(option) => format!("--{no}collector.{collector}.{option}"),
        }
    }
}

/// Letters of a misspelt name for each that may differ.
const LETTERS_PER_ERROR: usize = 3;
/// Maximum length of a name that is compared.
const MAX_LENGTH: usize = 40;

impl CliOverrides {
    /// Warnings about flags that match none of these collectors.
    #[must_use]
    pub fn unclaimed_warnings(&self, names: &[&str]) -> Vec<String> {
        let mut warnings = Vec::new();
        for (collector, flags) in &self.unclaimed {
            if names.contains(&collector.as_str()) {
                continue;
            }
            let hint = similar(collector, names).map_or_else(
                || "its module is not loaded or does not exist, or the name is wrong".to_owned(),
                |similar| format!("did you mean {similar:?}?"),
            );
            // Disabling something that does not exist needs no warning.
            let warned = flags.iter().filter(|flag| !flag.is_negated);
            warnings.extend(warned.map(|flag| {
                let flag = flag.written(collector);
                format!("{flag} has no effect: this firepit has no collector {collector:?}; {hint}")
            }));
        }
        warnings
    }

    /// The options of a collector on the command line.
    pub(super) fn options(
        &self,
        descriptor: &Descriptor,
    ) -> Result<Cow<'_, HashMap<String, Vec<String>>>, SettingsError> {
        let name = &descriptor.name;
        let known = self.collectors.get(name).map(|choice| &choice.options);
        let Some(flags) = self.unclaimed.get(name) else {
            return Ok(known.map_or_else(Cow::default, Cow::Borrowed));
        };
        let mut options = known.cloned().unwrap_or_default();
        for flag in flags {
            let Some(given) = &flag.option else {
                continue;
            };
            let option = descriptor.options.iter().find(|it| it.name == *given);
            let option = option.ok_or_else(|| SettingsError::FlagWithoutOption {
                collector: name.clone(),
                option: given.clone(),
            })?;
            let values = read(flag, option).and_then(|values| {
                let is_new = options.insert(given.clone(), values).is_none();
                is_new.then_some(()).ok_or(CONTRADICTION)
            });
            values.map_err(|expected| SettingsError::FlagValue {
                collector: name.clone(),
                option: given.clone(),
                expected,
            })?;
        }
        Ok(Cow::Owned(options))
    }
}

const CONTRADICTION: &str = "contradicts its --no- form; remove one of them";
const NO_VALUE: &str = "is a switch and takes no value";
const ONCE: &str = "was given more than once";
const VALUE: &str = "needs a value: write it after a =";

/// The values of an option from its flag, as for a built-in collector.
fn read(flag: &GivenFlag, option: &OptionDescriptor) -> Result<Vec<String>, &'static str> {
    if option.kind == OptionKind::Flag {
        return match flag.values.as_slice() {
            [None] => Ok(vec![(!flag.is_negated).to_string()]),
            [Some(_)] => Err(NO_VALUE),
            _ => Err(ONCE),
        };
    }
    if flag.is_negated {
        return Err("has a value and no --no- form");
    }
    let values: Option<Vec<String>> = flag.values.iter().cloned().collect();
    let values = values.ok_or(VALUE)?;
    if option.kind != OptionKind::RepeatedText && values.len() > 1 {
        return Err(ONCE);
    }
    let is_number = |value: &String| number(value).is_ok();
    if option.kind == OptionKind::Number && !values.iter().all(is_number) {
        Err("must be a number")
    } else {
        Ok(values)
    }
}

/// The nearest name, if one is near enough.
fn similar<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    if name.len() > MAX_LENGTH {
        return None;
    }
    let distance = |known: &&str| strsim::osa_distance(name, known);
    let nearest = names.iter().copied().min_by_key(distance)?;
    (distance(&nearest) <= (nearest.len() / LETTERS_PER_ERROR).max(1)).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module() -> Descriptor {
        let option = |name: &str, kind, default: &[&str]| OptionDescriptor {
            name: name.to_owned(),
            help: String::new(),
            kind,
            default: default.iter().map(|&text| text.to_owned()).collect(),
            hidden: false,
        };
        Descriptor {
            name: "smart".to_owned(),
            about: String::new(),
            version: String::new(),
            enabled_by_default: false,
            reads: Vec::new(),
            connects: Vec::new(),
            options: vec![
                option("all", OptionKind::Flag, &["false"]),
                option("level", OptionKind::Number, &["1"]),
                option("device", OptionKind::Text, &[""]),
                option("path", OptionKind::RepeatedText, &[]),
            ],
        }
    }

    fn flag(option: &str, values: &[Option<&str>]) -> GivenFlag {
        GivenFlag {
            option: Some(option.to_owned()),
            is_negated: false,
            values: values.iter().map(|it| it.map(str::to_owned)).collect(),
        }
    }

    fn set(flags: &[GivenFlag]) -> Result<Vec<String>, String> {
        let choices = CliOverrides {
            unclaimed: [("smart".to_owned(), flags.to_vec())].into(),
            ..CliOverrides::default()
        };
        let settings = settings(&module(), &choices, None).map_err(|error| error.to_string())?;
        let explicit = settings.into_iter().filter(|setting| setting.explicit);
        Ok(explicit
            .map(|setting| format!("{}={}", setting.name, setting.values.join(",")))
            .collect())
    }

    #[test]
    fn flags_are_read_once_the_options_are_known() {
        let off = GivenFlag {
            is_negated: true,
            ..flag("all", &[None])
        };
        for (flags, expected) in [
            (vec![flag("all", &[None])], "all=true"),
            (vec![off], "all=false"),
            (vec![flag("level", &[Some("-2.5")])], "level=-2.5"),
            (vec![flag("device", &[Some("")])], "device="),
            (vec![flag("path", &[Some("/a"), Some("/b")])], "path=/a,/b"),
        ] {
            assert_eq!(set(&flags).unwrap(), [expected]);
        }
        assert_eq!(set(&[]).unwrap(), [""; 0]);
    }

    #[test]
    fn invalid_use_of_an_option_is_reported() {
        let off = |option| GivenFlag {
            is_negated: true,
            ..flag(option, &[None])
        };
        for (flags, warned) in [
            (vec![flag("none", &[None])], "none is set, but this"),
            (vec![flag("all", &[Some("true")])], "all is a switch"),
            (vec![flag("all", &[None, None])], "all was given more"),
            (vec![flag("all", &[None]), off("all")], "all contradicts"),
            (vec![off("level")], "level has a value"),
            (vec![flag("level", &[Some("x")])], "level must be a number"),
            (vec![flag("level", &[None])], "level needs a value"),
            (
                vec![flag("device", &[Some("a"), Some("b")])],
                "device was given",
            ),
            (vec![flag("path", &[None, Some("b")])], "path needs a value"),
        ] {
            let error = set(&flags).unwrap_err();
            let warned = format!("invalid option of collector smart: --collector.smart.{warned}");
            assert!(error.starts_with(&warned), "{warned}: {error}");
        }
    }

    #[test]
    fn unclaimed_flags_are_reported() {
        let choices = |name: &str, flag: GivenFlag| CliOverrides {
            unclaimed: [(name.to_owned(), vec![flag])].into(),
            ..CliOverrides::default()
        };
        let on = GivenFlag {
            option: None,
            ..flag("", &[None])
        };
        let off = GivenFlag {
            is_negated: true,
            ..on.clone()
        };
        let names = ["cpu", "smart"];
        let warned = choices("cup", on.clone()).unclaimed_warnings(&names);
        let expected = "--collector.cup has no effect: this firepit has no collector \"cup\"; did you \
                        mean \"cpu\"?";
        assert_eq!(warned, [expected]);
        let warned = choices("other", flag("x", &[None])).unclaimed_warnings(&names);
        assert!(warned[0].starts_with("--collector.other.x has no effect"));
        assert!(warned[0].ends_with("or the name is wrong"));
        assert_eq!(choices("other", off).unclaimed_warnings(&names), [""; 0]);
        assert_eq!(choices("smart", on).unclaimed_warnings(&names), [""; 0]);
    }
}
