//! Options on the command line of a dry run: `NAME=VALUE`, checked against the descriptor.

use crate::values::number;
use firepit_sandbox::descriptor::{Descriptor, OptionDescriptor, OptionKind, Setting};

/// An option that a collector does not accept. The message lists the options that it has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// The collector has no option of this name.
    #[error("collector {collector} has no option {option:?}; {known}")]
    Unknown {
        /// The collector.
        collector: String,
        /// The name.
        option: String,
        /// The options that it has, as half a sentence.
        known: String,
    },
    /// The value is of another kind.
    #[error("option {option} of collector {collector} must be {expected}, not {value:?}; {known}")]
    Value {
        /// The collector.
        collector: String,
        /// The name.
        option: String,
        /// The value.
        value: String,
        /// The required kind.
        expected: &'static str,
        /// The options that it has, as half a sentence.
        known: String,
    },
    /// The option can be given once only.
    #[error("option {option} of collector {collector} was given twice; {known}")]
    Twice {
        /// The collector.
        collector: String,
        /// The name.
        option: String,
        /// The options that it has, as half a sentence.
        known: String,
    },
}

/// The settings of all options of a collector: those in `given` replace the others.
///
/// # Errors
/// If the collector does not have an option of that name, a value does not match its kind, or an option
/// that is not repeatable has a second value.
pub fn settings(
    descriptor: &Descriptor,
    mut settings: Vec<Setting>,
    given: &[(String, String)],
) -> Result<Vec<Setting>, OptionError> {
    for setting in &mut settings {
        setting.explicit &= given.iter().all(|(name, _)| *name != setting.name);
    }
    for (name, value) in given {
        let declared = descriptor.options.iter().zip(&mut settings);
        let Some((option, setting)) = declared
            .into_iter()
            .find(|(option, _)| option.name == *name)
        else {
            return Err(OptionError::Unknown {
                collector: descriptor.name.clone(),
                option: name.clone(),
                known: known(descriptor),
            });
        };
        if let Some(expected) = expected_kind(option.kind, value) {
            return Err(OptionError::Value {
                collector: descriptor.name.clone(),
                option: name.clone(),
                value: value.clone(),
                expected,
                known: known(descriptor),
            });
        }
        match (setting.explicit, option.kind) {
            (false, _) => setting.values = vec![value.clone()],
            (true, OptionKind::RepeatedText) => setting.values.push(value.clone()),
            (true, _) => {
                return Err(OptionError::Twice {
                    collector: descriptor.name.clone(),
                    option: name.clone(),
                    known: known(descriptor),
                });
            }
        }
        setting.explicit = true;
    }
    Ok(settings)
}

/// The required kind, if the value is of another one.
fn expected_kind(kind: OptionKind, value: &str) -> Option<&'static str> {
    match kind {
        OptionKind::Flag => (!matches!(value, "true" | "false")).then_some("true or false"),
        OptionKind::Number => number(value).is_err().then_some("a number"),
        OptionKind::Text | OptionKind::RepeatedText => None,
    }
}

fn known(descriptor: &Descriptor) -> String {
    let shown = |option: &OptionDescriptor| {
        let value = match option.kind {
            OptionKind::Flag => "true|false",
            OptionKind::Text => "TEXT",
            OptionKind::Number => "NUMBER",
            OptionKind::RepeatedText => "TEXT (repeatable)",
        };
        format!("{}={value}", option.name)
    };
    let options: Vec<String> = descriptor
        .options
        .iter()
        .filter(|option| !option.hidden)
        .map(shown)
        .collect();
    match options.as_slice() {
        [] => "it has no options".to_owned(),
        options => format!("it has {}", options.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(options: &[(&str, OptionKind, &str)]) -> Descriptor {
        let option = |&(name, kind, default): &(&str, OptionKind, &str)| OptionDescriptor {
            name: name.to_owned(),
            help: String::new(),
            kind,
            default: match kind {
                OptionKind::RepeatedText => Vec::new(),
                _ => vec![default.to_owned()],
            },
            hidden: name == "hidden",
        };
        Descriptor {
            name: "disk".to_owned(),
            about: String::new(),
            version: String::new(),
            enabled_by_default: true,
            reads: Vec::new(),
            connects: Vec::new(),
            options: options.iter().map(option).collect(),
        }
    }

    fn disk() -> Descriptor {
        descriptor(&[
            ("deep", OptionKind::Flag, "true"),
            ("include", OptionKind::Text, ""),
            ("depth", OptionKind::Number, "1"),
            ("directory", OptionKind::RepeatedText, ""),
            ("hidden", OptionKind::Text, ""),
        ])
    }

    fn given(descriptor: &Descriptor, options: &[(&str, &str)]) -> Result<Vec<Setting>, String> {
        let owned: Vec<_> = options
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        settings(descriptor, descriptor.defaults(), &owned).map_err(|error| error.to_string())
    }

    #[test]
    fn unset_options_have_their_defaults() {
        assert_eq!(given(&disk(), &[]), Ok(disk().defaults()));
    }

    #[test]
    fn set_options_are_explicit() {
        let options = [
            ("directory", "/a"),
            ("depth", "2.5"),
            ("directory", "/b=c"),
            ("deep", "false"),
            ("hidden", "x"),
        ];
        let settings = given(&disk(), &options).unwrap();
        let values: Vec<_> = settings
            .iter()
            .map(|setting| (setting.values.join(" "), setting.explicit))
            .collect();
        let expected = [
            ("false", true),
            ("", false),
            ("2.5", true),
            ("/a /b=c", true),
            ("x", true),
        ];
        assert_eq!(values, expected.map(|(text, on)| (text.to_owned(), on)));
    }

    #[test]
    fn invalid_option_error_lists_the_valid_options() {
        let known =
            "it has deep=true|false, include=TEXT, depth=NUMBER, directory=TEXT (repeatable)";
        for (options, text) in [
            (&[("no", "x")][..], r#"collector disk has no option "no""#),
            (
                &[("deep", "yes")],
                r#"option deep of collector disk must be true or false, not "yes""#,
            ),
            (
                &[("depth", "NaN")],
                r#"option depth of collector disk must be a number, not "NaN""#,
            ),
            (
                &[("include", "a"), ("include", "b")],
                "option include of collector disk was given twice",
            ),
        ] {
            assert_eq!(given(&disk(), options), Err(format!("{text}; {known}")));
        }
        let bare = descriptor(&[]);
        let text = r#"collector disk has no option "x"; it has no options"#;
        assert_eq!(given(&bare, &[("x", "")]), Err(text.to_owned()));
    }
}
