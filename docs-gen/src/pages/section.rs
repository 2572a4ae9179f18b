//! The section of one collector.

use std::sync::Arc;

use firepit::cli;
use firepit_sandbox::descriptor::{Descriptor, OptionDescriptor, OptionKind};
use firepit_sandbox::module::Described;

use super::scenes::Scene;
use super::{interfaces, reads};
use crate::markdown::{cell, code, codes, head, row};
use firepit_tests::{Options, Standard};

/// Data of a section.
pub(super) struct Section {
    pub(super) collector: Standard,
    pub(super) loaded: Arc<Described>,
    /// The table of its families.
    pub(super) families: String,
}

/// `on` or `off`.
pub(super) fn by_default(descriptor: &Descriptor) -> &'static str {
    if descriptor.enabled_by_default {
        "on"
    } else {
        "off"
    }
}

/// The entire section, with its heading.
pub(super) fn text(section: &Section) -> String {
    let Described { descriptor, .. } = &*section.loaded;
    let Descriptor { name, about, .. } = descriptor;
    let default = by_default(descriptor);
    let mut text = format!("## {name}\n\n{about} It is {default} by default.\n\n");
    if !descriptor.options.is_empty() {
        text += &head(["Flag", "Default", "Description"]);
        for option in &descriptor.options {
            text += &option_row(descriptor, option);
        }
        text.push('\n');
    }
    text += &match descriptor.reads.as_slice() {
        [] => "It reads no files.\n".to_owned(),
        patterns => format!("It reads:\n\n{}", reads::list(patterns)),
    };
    text.push('\n');
    if !descriptor.connects.is_empty() {
        let addresses = descriptor.connects.iter();
        let lines: String = addresses.map(|it| format!("- {}\n", code(it))).collect();
        text += &format!("It connects to:\n\n{lines}\n");
    }
    let interfaces = interfaces(&section.loaded);
    if !interfaces.is_empty() {
        text += &format!("Interfaces: {}.\n\n", codes(interfaces));
    }
    let note = Scene::of(name).note;
    if !note.is_empty() {
        text += &format!("{note}\n\n");
    }
    text + &section.families + "\n"
}

/// The row of one option.
fn option_row(descriptor: &Descriptor, option: &OptionDescriptor) -> String {
    let flag = format!("--{}", cli::flag(descriptor, option));
    let default = match (option.kind, option.default.as_slice()) {
        (OptionKind::Flag, [value]) if value == "true" => "on".to_owned(),
        (OptionKind::Flag, _) => "off".to_owned(),
        (_, values) => codes(values.iter().filter(|value| !value.is_empty())),
    };
    let mut help = cell(&option.help);
    if option.kind == OptionKind::RepeatedText && !option.help.contains("repeatable") {
        help += " (repeatable)";
    }
    if option.hidden {
        help += " (not in `--help`)";
    }
    row([&code(&flag), &default, &help])
}

/// Options as flags on a command line.
///
/// # Panics
/// The collector lacks one of them.
pub(super) fn flags(descriptor: &Descriptor, options: Options<'_>) -> String {
    let flags = options.iter().map(|(name, value)| {
        let option = descriptor.options.iter().find(|it| it.name == *name);
        let option = option.unwrap_or_else(|| panic!("{} has no {name}", descriptor.name));
        let flag = cli::flag(descriptor, option);
        match (option.kind, *value) {
            (OptionKind::Flag, "true") => format!("--{flag}"),
            (OptionKind::Flag, _) => format!("--no-{flag}"),
            (_, value) => format!("--{flag}={value}"),
        }
    });
    codes(flags)
}
