//! Flags of modules, which were taken by their form: `--collector.NAME.OPTION=VALUE`. What they come
//! to shows when a module brings the collector, and only then.

use super::*;
use crate::cli::number;

/// A flag of an option, as often as it stands on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenFlag {
    /// The option; none for the flag that switches the collector.
    pub option: Option<String>,
    /// Whether it is the twin that switches off: `--no-collector...`.
    pub is_off: bool,
    /// The value of each time that it was given, where it had one.
    pub values: Vec<Option<String>>,
}

impl GivenFlag {
    /// The flag as it was written, without a value.
    fn written(&self, collector: &str) -> String {
        let no = if self.is_off { "no-" } else { "" };
        match &self.option {
            None => format!("--{no}collector.{collector}"),
            Some(option) => format!("--{no}collector.{collector}.{option}"),
        }
    }
}

/// Letters in a misspelt name for each that may differ.
const SIMILAR: usize = 3;
/// Longest name that a similar one is looked for.
const LONGEST: usize = 40;

impl Choices {
    /// What is to be told of flags that no collector of these names came for.
    #[must_use]
    pub fn unclaimed_warnings(&self, names: &[&str]) -> Vec<String> {
        let mut warnings = Vec::new();
        for (collector, flags) in &self.unclaimed {
            if names.contains(&collector.as_str()) {
                continue;
            }
            let hint = similar(collector, names).map_or_else(
                || "its module does not load or is not there, or the name is wrong".to_owned(),
                |similar| format!("did you mean {similar:?}?"),
            );
            // Switching off what is not there needs no word.
            let told = flags.iter().filter(|flag| !flag.is_off);
            warnings.extend(told.map(|flag| {
                let flag = flag.written(collector);
                format!("{flag} has no effect: this firepit has no collector {collector:?}; {hint}")
            }));
        }
        warnings
    }

    /// The options that the command line gives a collector.
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
            values.map_err(|wanted| SettingsError::FlagValue {
                collector: name.clone(),
                option: given.clone(),
                wanted,
            })?;
        }
        Ok(Cow::Owned(options))
    }
}

const CONTRADICTION: &str = "contradicts its --no- twin; leave one of the two out";
const NO_VALUE: &str = "switches something on or off, and takes no value";
const ONCE: &str = "was given more than once";
const VALUE: &str = "needs a value: write it behind a =";

/// The values of an option by its flag, as the flag of a built-in collector is read.
fn read(flag: &GivenFlag, option: &OptionDescriptor) -> Result<Vec<String>, &'static str> {
    if option.kind == OptionKind::Flag {
        return match flag.values.as_slice() {
            [None] => Ok(vec![(!flag.is_off).to_string()]),
            [Some(_)] => Err(NO_VALUE),
            _ => Err(ONCE),
        };
    }
    if flag.is_off {
        return Err("has a value, and cannot be switched off");
    }
    let values: Option<Vec<String>> = flag.values.iter().cloned().collect();
    let values = values.ok_or(VALUE)?;
    if option.kind != OptionKind::RepeatedText && values.len() > 1 {
        return Err(ONCE);
    }
    let is_number = |value: &String| number(value).is_ok();
    match option.kind == OptionKind::Number && !values.iter().all(is_number) {
        true => Err("must be a number"),
        false => Ok(values),
    }
}

/// The name nearest to a misspelt one, if it is near at all.
fn similar<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let distance = |known: &&str| strsim::osa_distance(name, known);
    let nearest = names.iter().copied().min_by_key(distance)?;
    (distance(&nearest) <= (nearest.len() / SIMILAR).max(1)).then_some(nearest)
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
            is_off: false,
            values: values.iter().map(|it| it.map(str::to_owned)).collect(),
        }
    }

    fn set(flags: &[GivenFlag]) -> Result<Vec<String>, String> {
        let choices = Choices {
            unclaimed: [("smart".to_owned(), flags.to_vec())].into(),
            ..Choices::default()
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
            is_off: true,
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
    fn what_an_option_does_not_take_is_told() {
        let off = |option| GivenFlag {
            is_off: true,
            ..flag(option, &[None])
        };
        for (flags, told) in [
            (vec![flag("none", &[None])], "none was given, and this"),
            (vec![flag("all", &[Some("true")])], "all switches"),
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
            let told = format!("--collector.smart.{told}");
            assert!(error.starts_with(&told), "{told}: {error}");
        }
    }

    #[test]
    fn flags_that_nobody_came_for_are_told() {
        let choices = |name: &str, flag: GivenFlag| Choices {
            unclaimed: [(name.to_owned(), vec![flag])].into(),
            ..Choices::default()
        };
        let on = GivenFlag {
            option: None,
            ..flag("", &[None])
        };
        let off = GivenFlag {
            is_off: true,
            ..on.clone()
        };
        let names = ["cpu", "smart"];
        let told = choices("cup", on.clone()).unclaimed_warnings(&names);
        let expected = "--collector.cup has no effect: this firepit has no collector \"cup\"; did you \
                        mean \"cpu\"?";
        assert_eq!(told, [expected]);
        let told = choices("other", flag("x", &[None])).unclaimed_warnings(&names);
        assert!(told[0].starts_with("--collector.other.x has no effect"));
        assert!(told[0].ends_with("or the name is wrong"));
        assert_eq!(choices("other", off).unclaimed_warnings(&names), [""; 0]);
        assert_eq!(choices("smart", on).unclaimed_warnings(&names), [""; 0]);
    }
}
