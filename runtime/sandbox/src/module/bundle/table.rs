//! The table of a bundle: one line for each fact about a module, `KEY TEXT`.
//!
//! ```text
//! module NAME SHA256 LENGTH
//! packed
//! collector NAME
//! about TEXT
//! version TEXT
//! enabled TRUE-OR-FALSE
//! reads PATTERN
//! connects ADDRESS
//! option KIND NAME
//! hidden
//! help TEXT
//! value TEXT
//! import INTERFACE
//! ```

use std::fmt::Display;

use super::{BundleError, Module};
use crate::descriptor::{Descriptor, OptionDescriptor, OptionKind};

const KINDS: [(&str, OptionKind); 4] = [
    ("flag", OptionKind::Flag),
    ("text", OptionKind::Text),
    ("number", OptionKind::Number),
    ("repeated-text", OptionKind::RepeatedText),
];

/// Writes the table.
pub(super) fn write(modules: &[Module<'_>]) -> Result<String, BundleError> {
    let mut table = Table(String::new());
    for module in modules {
        table.module(module)?;
    }
    Ok(table.0)
}

/// A table that is being written.
struct Table(String);

impl Table {
    fn line(&mut self, key: &str, text: impl Display) -> Result<(), BundleError> {
        let text = text.to_string();
        if text.contains('\n') {
            return Err(BundleError("a text has more than one line"));
        }
        self.0.extend([key, " ", &text, "\n"]);
        Ok(())
    }

    fn module(&mut self, module: &Module<'_>) -> Result<(), BundleError> {
        let Module {
            name,
            sha256,
            descriptor,
            imports,
            code,
            is_packed,
            dictionary: _,
        } = module;
        self.line("module", format_args!("{name} {sha256} {}", code.len()))?;
        if *is_packed {
            self.line("packed", "")?;
        }
        self.line("collector", &descriptor.name)?;
        self.line("about", &descriptor.about)?;
        self.line("version", &descriptor.version)?;
        self.line("enabled", descriptor.enabled_by_default)?;
        for pattern in &descriptor.reads {
            self.line("reads", pattern)?;
        }
        for address in &descriptor.connects {
            self.line("connects", address)?;
        }
        for option in &descriptor.options {
            self.option(option)?;
        }
        for import in imports {
            self.line("import", import)?;
        }
        Ok(())
    }

    fn option(&mut self, option: &OptionDescriptor) -> Result<(), BundleError> {
        let kind = KINDS.iter().find(|(_, kind)| *kind == option.kind);
        let kind = kind.map(|(word, _)| word).unwrap_or(&"");
        self.line("option", format_args!("{kind} {}", option.name))?;
        if option.hidden {
            self.line("hidden", "")?;
        }
        self.line("help", &option.help)?;
        for value in &option.default {
            self.line("value", value)?;
        }
        Ok(())
    }
}

/// Parses a table. Returns the modules, still without code, each with the length of its code.
pub(super) fn read(table: &str) -> Result<Vec<(Module<'_>, usize)>, BundleError> {
    let mut modules: Vec<(Module<'_>, usize)> = Vec::new();
    for line in table.split_terminator('\n') {
        let (key, text) = line
            .split_once(' ')
            .ok_or(BundleError("a line has no key"))?;
        if key == "module" {
            modules.push(module(text)?);
            continue;
        }
        let module = modules.last_mut();
        let (module, _) = module.ok_or(BundleError("a line belongs to no module"))?;
        match key {
            "import" => module.imports.push(text.to_owned()),
            "packed" => module.is_packed = true,
            _ => describe(&mut module.descriptor, key, text)?,
        }
    }
    Ok(modules)
}

fn module(text: &str) -> Result<(Module<'_>, usize), BundleError> {
    let mut columns = text.split(' ');
    let (Some(name), Some(sha256), Some(length)) = (columns.next(), columns.next(), columns.next())
    else {
        return Err(BundleError("a line of the table is too short"));
    };
    let length = length
        .parse()
        .map_err(|_| BundleError("a length is not a number"))?;
    let module = Module {
        name: name.to_owned(),
        sha256: sha256.to_owned(),
        descriptor: Descriptor {
            name: String::new(),
            about: String::new(),
            version: String::new(),
            enabled_by_default: false,
            reads: Vec::new(),
            connects: Vec::new(),
            options: Vec::new(),
        },
        imports: Vec::new(),
        code: &[],
        is_packed: false,
        dictionary: &[],
    };
    Ok((module, length))
}

/// Parses one line about a collector, or about its last option.
fn describe(descriptor: &mut Descriptor, key: &str, text: &str) -> Result<(), BundleError> {
    let value = || text.to_owned();
    match key {
        "collector" => descriptor.name = value(),
        "about" => descriptor.about = value(),
        "version" => descriptor.version = value(),
        "enabled" => descriptor.enabled_by_default = text == "true",
        "reads" => descriptor.reads.push(value()),
        "connects" => descriptor.connects.push(value()),
        "option" => descriptor.options.push(option(text)?),
        _ => {
            let option = descriptor.options.last_mut();
            let option = option.ok_or(BundleError("a line belongs to no option"))?;
            match key {
                "hidden" => option.hidden = true,
                "help" => option.help = value(),
                "value" => option.default.push(value()),
                _ => return Err(BundleError("a line has an unknown key")),
            }
        }
    }
    Ok(())
}

fn option(text: &str) -> Result<OptionDescriptor, BundleError> {
    let parts = text.split_once(' ');
    let (word, name) = parts.ok_or(BundleError("an option has no name"))?;
    let kind = KINDS.iter().find(|(known, _)| *known == word);
    let (_, kind) = *kind.ok_or(BundleError("an option has an unknown kind"))?;
    Ok(OptionDescriptor {
        name: name.to_owned(),
        help: String::new(),
        kind,
        default: Vec::new(),
        hidden: false,
    })
}
