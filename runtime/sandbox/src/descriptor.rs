//! A collector's description of itself, validated: its name fits a flag and a label, its options
//! can become flags, and its texts fit on a line.

use std::collections::HashSet;

use firepit_exposition::escape::quoted;

/// A collector's descriptor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// Name: `[a-z][a-z0-9_]*`.
    pub name: String,
    /// What it exposes, in one sentence.
    pub about: String,
    /// The module's own version.
    pub version: String,
    /// Whether the collector is enabled by default.
    pub enabled_by_default: bool,
    /// Patterns of the paths that it reads, as declared; [`crate::grants`] compiles them.
    pub reads: Vec<String>,
    /// Addresses that it connects to, as declared; [`crate::grants`] compiles them.
    pub connects: Vec<String>,
    /// Its options, in the order of declaration.
    pub options: Vec<OptionDescriptor>,
}

/// One option of a collector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionDescriptor {
    /// Name after `--collector.<collector>.`.
    pub name: String,
    /// One sentence for `--help`.
    pub help: String,
    /// Form of the value.
    pub kind: OptionKind,
    /// The default values: exactly one, but any number for repeated texts.
    pub default: Vec<String>,
    /// Whether it is left out of `--help`.
    pub hidden: bool,
}

/// The form of an option's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionKind {
    /// `true` or `false`.
    Flag,
    /// One text.
    Text,
    /// One decimal number.
    Number,
    /// Any number of texts.
    RepeatedText,
}

/// The value of one option, as passed to `configure`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Name of the option.
    pub name: String,
    /// The values, in the shape that the option's kind requires.
    pub values: Vec<String>,
    /// Whether the operator set it; otherwise it is the default.
    pub explicit: bool,
}

/// A descriptor that breaks a rule of the contract.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DescriptorError {
    /// The name does not fit a flag or a label.
    #[error(
        "the name \"{}\" is not of the form [a-z][a-z0-9_]* with at most 64 characters",
        quoted(.0)
    )]
    Name(String),
    /// The name is firepit's own, or that of a firepit flag after `--collector.`.
    #[error("the name {0:?} is reserved for firepit itself")]
    Reserved(String),
    /// A text is too long or not a single line.
    #[error("the {0} has line breaks, control characters or more than {1} bytes")]
    Text(&'static str, usize),
    /// Too many of something.
    #[error("{0} {1}, at most {2} are allowed")]
    TooMany(usize, &'static str, usize),
    /// The name of an option does not fit a flag.
    #[error(
        "the option name \"{}\" is not of the form [A-Za-z0-9]+([._-][A-Za-z0-9]+)* with at most 64 \
         characters",
        quoted(.0)
    )]
    OptionName(String),
    /// Two options have the same name.
    #[error("the option {0:?} is declared twice")]
    OptionTwice(String),
    /// A default does not match the option's kind.
    #[error("the default of option {0:?} does not fit its kind")]
    Default(String),
}

/// Names that a collector cannot have: `--collector.directory` is a flag of the program, and
/// `firepit` is the source of the exporter's own families, to which a collector of that name could
/// add.
const RESERVED: [&str; 2] = ["directory", "firepit"];
const MAX_NAME: usize = 64;
const MAX_TEXT: usize = 4096;
/// Maximum bytes of all texts together. Each is stored several times for as long as the module is
/// loaded.
const MAX_TEXTS: usize = 64 << 10;
const MAX_READS: usize = 512;
const MAX_CONNECTS: usize = 64;
const MAX_OPTIONS: usize = 100;
const MAX_DEFAULTS: usize = 100;

impl Descriptor {
    /// Checks the descriptor against the rules of the contract.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(self) -> Result<Self, DescriptorError> {
        check_name(&self.name)?;
        check_text("description", &self.about)?;
        check_text("version", &self.version)?;
        check_number(self.bytes(), "bytes of text", MAX_TEXTS)?;
        check_number(self.reads.len(), "path patterns", MAX_READS)?;
        check_number(self.connects.len(), "addresses", MAX_CONNECTS)?;
        check_number(self.options.len(), "options", MAX_OPTIONS)?;
        let mut names = HashSet::new();
        for option in &self.options {
            option.check()?;
            if !names.insert(&option.name) {
                return Err(DescriptorError::OptionTwice(option.name.clone()));
            }
        }
        Ok(self)
    }

    /// Bytes of all texts, including the size of each string.
    fn bytes(&self) -> usize {
        let texts = [&self.name, &self.about, &self.version];
        let of_options = self.options.iter().flat_map(|option| {
            let texts = [&option.name, &option.help].into_iter();
            texts.chain(&option.default)
        });
        let texts = texts.into_iter().chain(&self.reads).chain(&self.connects);
        let texts = texts.chain(of_options);
        texts
            .map(|text| text.len() + size_of::<String>())
            .fold(0, usize::saturating_add)
    }

    /// The settings without any from the operator.
    #[must_use]
    pub fn defaults(&self) -> Vec<Setting> {
        self.options
            .iter()
            .map(|option| Setting {
                name: option.name.clone(),
                values: option.default.clone(),
                explicit: false,
            })
            .collect()
    }
}

impl OptionDescriptor {
    fn check(&self) -> Result<(), DescriptorError> {
        let part_is_valid =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric());
        let valid =
            self.name.len() <= MAX_NAME && self.name.split(['.', '-', '_']).all(part_is_valid);
        if !valid {
            return Err(DescriptorError::OptionName(self.name.clone()));
        }
        check_text("help text of an option", &self.help)?;
        check_number(self.default.len(), "default values", MAX_DEFAULTS)?;
        for value in &self.default {
            check_text("default of an option", value)?;
        }
        let fits = match (self.kind, self.default.as_slice()) {
            (OptionKind::Flag, [value]) => value == "true" || value == "false",
            (OptionKind::Number, [value]) => value.parse::<f64>().is_ok(),
            (OptionKind::Text, [_]) | (OptionKind::RepeatedText, _) => true,
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(DescriptorError::Default(self.name.clone()))
        }
    }
}

/// Checks the name of a collector against the rules of the contract.
///
/// # Errors
/// If the name does not fit a flag and a label, or the program has a flag of that name.
pub fn check_name(name: &str) -> Result<(), DescriptorError> {
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let begins_well = name.starts_with(|c: char| c.is_ascii_lowercase());
    if !begins_well || name.len() > MAX_NAME || !name.chars().all(valid) {
        return Err(DescriptorError::Name(name.to_owned()));
    }
    if RESERVED.contains(&name) {
        Err(DescriptorError::Reserved(name.to_owned()))
    } else {
        Ok(())
    }
}

fn check_text(what: &'static str, text: &str) -> Result<(), DescriptorError> {
    if text.len() <= MAX_TEXT && !text.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(DescriptorError::Text(what, MAX_TEXT))
    }
}

fn check_number(number: usize, what: &'static str, max: usize) -> Result<(), DescriptorError> {
    if number <= max {
        Ok(())
    } else {
        Err(DescriptorError::TooMany(number, what, max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor() -> Descriptor {
        Descriptor {
            name: "cpu".to_owned(),
            about: "Shows CPUs.".to_owned(),
            version: "0.1.0".to_owned(),
            enabled_by_default: true,
            reads: vec!["/proc/stat".to_owned()],
            connects: Vec::new(),
            options: vec![OptionDescriptor {
                name: "info.flags-include".to_owned(),
                help: "Filter".to_owned(),
                kind: OptionKind::Text,
                default: vec![String::new()],
                hidden: false,
            }],
        }
    }

    #[test]
    fn valid_descriptor_passes_unchanged() {
        assert_eq!(descriptor().check(), Ok(descriptor()));
    }

    #[test]
    fn names_invalid_in_flags_are_rejected() {
        for name in ["", "Cpu", "9p", "a b", "a-b", "a\n", "é", &"a".repeat(65)] {
            let error = Descriptor {
                name: name.to_owned(),
                ..descriptor()
            }
            .check();
            assert_eq!(error, Err(DescriptorError::Name(name.to_owned())));
        }
        for name in ["", "a..b", "-a", "a b", "a=b", "é", "a\n"] {
            let mut with_option = descriptor();
            with_option.options[0].name = name.to_owned();
            let error = with_option.check();
            assert_eq!(error, Err(DescriptorError::OptionName(name.to_owned())));
        }
    }

    #[test]
    fn collector_cannot_shadow_a_flag_of_the_program() {
        let name = "directory".to_owned();
        let error = Descriptor {
            name: name.clone(),
            ..descriptor()
        }
        .check();
        assert_eq!(error, Err(DescriptorError::Reserved(name)));
    }

    #[test]
    fn options_are_unique_and_their_defaults_fit() {
        let mut twice = descriptor();
        twice.options.push(twice.options[0].clone());
        let name = twice.options[0].name.clone();
        assert_eq!(twice.check(), Err(DescriptorError::OptionTwice(name)));

        let cases = [
            (OptionKind::Flag, vec!["yes"]),
            (OptionKind::Flag, vec![]),
            (OptionKind::Number, vec!["x"]),
            (OptionKind::Text, vec!["a", "b"]),
        ];
        for (kind, default) in cases {
            let mut wrong = descriptor();
            wrong.options[0].kind = kind;
            wrong.options[0].default = default.into_iter().map(str::to_owned).collect();
            assert!(
                matches!(wrong.check(), Err(DescriptorError::Default(_))),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn names_are_shown_in_part() {
        let long = format!("\u{1b}\n{}", "x".repeat(100_000));
        for error in [
            DescriptorError::Name(long.clone()),
            DescriptorError::OptionName(long.clone()),
        ] {
            let told = error.to_string();
            assert!(told.len() < 250 && told.contains("\\u{1b}\\nxx"), "{told}");
        }
    }

    #[test]
    fn control_characters_and_long_texts_are_rejected() {
        for about in ["a\nb", "a\u{1b}[0m", &"x".repeat(5000)] {
            let error = Descriptor {
                about: about.to_owned(),
                ..descriptor()
            }
            .check();
            assert!(
                matches!(error, Err(DescriptorError::Text(..))),
                "{about:.20?}"
            );
        }
    }
}
