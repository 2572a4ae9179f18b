//! `firepit inspect MODULE`: what a module is, what it asks for and what it would get. The module is
//! described in the sandbox, without files.

mod connects;
mod sentence;

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use firepit::app::Program;
use firepit::modules::{self, Untrusted};
use firepit_exposition::escape::escaped;
use firepit_sandbox::descriptor::{OptionDescriptor, OptionKind};
use firepit_sandbox::grants::{ImportClass, Interface, Policy, Reads, Verdict, Why, WhyNoConnect};
use firepit_sandbox::module::Described;

pub(crate) fn inspect(program: &Program, path: &Path) -> anyhow::Result<ExitCode> {
    let loaded = program.inspect(path)?;
    super::print(report(program, &loaded, path)?.as_bytes()).context("cannot write to stdout")?;
    Ok(ExitCode::SUCCESS)
}

/// What the current configuration would grant a module.
pub(super) fn verdict(program: &Program, loaded: &Described) -> (Policy, Verdict) {
    let policy = modules::policy(
        &loaded.module.source,
        program.file.entry(&loaded.descriptor.name),
    );
    let verdict = modules::verdict(&loaded.module, &loaded.descriptor, &policy);
    (policy, verdict)
}

fn report(program: &Program, loaded: &Described, path: &Path) -> Result<String, std::fmt::Error> {
    let Described { module, descriptor } = loaded;
    let (policy, verdict) = verdict(program, loaded);
    let default = if descriptor.enabled_by_default {
        "enabled"
    } else {
        "disabled"
    };
    let outcome = Outcome::of(program, loaded, path, &verdict);
    let mut text = sentence::sentence(&outcome, loaded, &verdict);
    let mut line = |what: &str, value: &str| writeln!(text, "{what:<10} {}", escaped(value));
    line(
        "collector",
        &format!("{} {}", descriptor.name, descriptor.version),
    )?;
    line("about", &descriptor.about)?;
    line("default", default)?;
    line("module", &module.source.to_string())?;
    if let Some(size) = module.size {
        line("size", &format!("{size} bytes"))?;
    }
    line("sha256", &module.sha256)?;
    line("contract", &contract(loaded))?;
    line("policy", &under(program, loaded))?;
    line("outcome", &outcome.to_string())?;
    let imports = module.imports.iter();
    let imports = imports.map(|import| (import.0.clone(), fate(&import.0, &policy).to_owned()));
    list(&mut text, "imports", imports.collect())?;
    list(&mut text, "reads", reads(&verdict, &policy))?;
    if policy.guarded && !verdict.granted_reads.is_empty() {
        let modes =
            "files that not all users may read are granted only if grants.reads names them in full";
        writeln!(text, "{:<10} {modes}", "modes")?;
    }
    list(&mut text, "connects", connects::lines(&verdict))?;
    let options = descriptor.options.iter();
    let options = options.map(|option| describe(&descriptor.name, option));
    list(&mut text, "options", options.collect())?;
    list(&mut text, "lacks", lacks(&verdict, &policy))?;
    Ok(text)
}

/// The version of the contract that a module was built against.
pub(super) fn contract(loaded: &Described) -> String {
    match loaded.module.contract() {
        Some(version) => format!("firepit:collector@{version}"),
        None => "none".to_owned(),
    }
}

/// The rule that decides about the module.
fn under(program: &Program, loaded: &Described) -> String {
    let name = &loaded.descriptor.name;
    match program.file.entry(name) {
        Some(entry) => format!(
            "the entry {name} of {}, line {}",
            program.file.path.display(),
            entry.line
        ),
        None => format!(
            "the default for modules without an entry in the config file \
             (--collector.untrusted-default={})",
            match program.untrusted() {
                Untrusted::Allow => "allow",
                Untrusted::Ask => "ask",
                Untrusted::Deny => "deny",
            }
        ),
    }
}

/// What would happen to the module.
#[derive(Debug)]
enum Outcome {
    Runs,
    /// It is not enabled.
    Disabled,
    /// It waits for approval.
    Held(String),
    LeftOut(String),
}

impl Outcome {
    fn of(program: &Program, loaded: &Described, path: &Path, verdict: &Verdict) -> Self {
        let name = &loaded.descriptor.name;
        if program.builtin(name).is_some() {
            return Self::LeftOut(format!("{name} is the name of a built-in collector"));
        }
        let checked = modules::check_entry(program.untrusted(), path, loaded, &program.file);
        if let Err(rejection) = checked {
            return if rejection.is_waiting() {
                Self::Held(rejection.to_string())
            } else {
                Self::LeftOut(rejection.to_string())
            };
        }
        match program.decide(loaded) {
            Err(error) => return Self::LeftOut(error.to_string()),
            Ok(decision) if !decision.enabled => return Self::Disabled,
            Ok(_) => {}
        }
        // A single invalid pattern or address rejects the whole module.
        let told = |asked: &str, problem: &dyn std::error::Error| {
            format!("it asks for {asked:?}, which cannot be granted: {problem}")
        };
        let pattern = verdict.lacking_reads.iter().find_map(|it| match &it.why {
            Why::Malformed(problem) => Some(told(&it.pattern, problem)),
            _ => None,
        });
        let address = verdict
            .lacking_connects
            .iter()
            .find_map(|it| match &it.why {
                WhyNoConnect::Malformed(problem) => Some(told(&it.address, problem)),
                _ => None,
            });
        pattern.or(address).map_or(Self::Runs, Self::LeftOut)
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Runs => f.write_str("runs"),
            Self::Disabled => f.write_str("does not run: it is not enabled"),
            Self::Held(why) => write!(f, "waits for approval: {why}"),
            Self::LeftOut(why) => write!(f, "not loaded: {why}"),
        }
    }
}

fn fate(import: &str, policy: &Policy) -> &'static str {
    match ImportClass::of(import) {
        ImportClass::Nothing | ImportClass::System => "harmless",
        ImportClass::Grant(interface) if policy.interfaces.contains(&interface) => "granted",
        ImportClass::Grant(_) => "imported, refused: not granted",
        ImportClass::Never => "imported, refused: no collector gets this",
        ImportClass::Unknown => "unknown",
    }
}

fn reads(verdict: &Verdict, policy: &Policy) -> Vec<(String, String)> {
    let granted = verdict
        .granted_reads
        .iter()
        .map(|read| (read.clone(), given(read, verdict)));
    let lacking = verdict.lacking_reads.iter();
    granted
        .chain(lacking.map(|lacking| (lacking.pattern.clone(), why(&lacking.why, policy))))
        .collect()
}

/// What is granted of a pattern that the policy allows.
fn given(read: &String, verdict: &Verdict) -> String {
    if verdict.lacking_interfaces.contains(&Interface::Files) {
        return "not granted: the interface files is not granted".to_owned();
    }
    if !verdict.granted_interfaces.contains(&Interface::Files) {
        return "granted, but useless: the module imports nothing that reads files".to_owned();
    }
    match verdict.exceptions.get(read) {
        None => "granted".to_owned(),
        Some(names) => format!("granted, except {}", names.join(", ")),
    }
}

fn why(why: &Why, policy: &Policy) -> String {
    let listed = matches!(policy.reads, Reads::Only(_));
    match why {
        Why::NotAllowed if listed => "not granted: no pattern of grants.reads covers it".to_owned(),
        Why::NotAllowed => "not granted: the default grants files below /proc and /sys".to_owned(),
        Why::Partly => "granted in part: grants.reads covers less".to_owned(),
        Why::ByName => "granted only if grants.reads names each file in full".to_owned(),
        Why::Never => "never granted".to_owned(),
        Why::Malformed(problem) => format!("invalid pattern: {problem}"),
    }
}

fn lacks(verdict: &Verdict, policy: &Policy) -> Vec<(String, String)> {
    let interfaces = verdict.lacking_interfaces.iter().map(|interface| {
        (
            interface.name().to_owned(),
            "interface: not granted".to_owned(),
        )
    });
    let reads = verdict
        .lacking_reads
        .iter()
        .map(|lacking| (lacking.pattern.clone(), why(&lacking.why, policy)));
    let connects = connects::lacking(verdict);
    interfaces.chain(reads).chain(connects).collect()
}

/// Lines of two columns below a heading.
fn list(text: &mut String, what: &str, lines: Vec<(String, String)>) -> std::fmt::Result {
    if lines.is_empty() {
        return writeln!(text, "{what:<10} none");
    }
    let lines = lines
        .iter()
        .map(|(left, right)| (escaped(left), escaped(right)));
    let lines: Vec<(String, String)> = lines.collect();
    let width = lines.iter().map(|(left, _)| left.chars().count()).max();
    let width = width.unwrap_or_default().min(60);
    writeln!(text, "{what}")?;
    for (left, right) in lines {
        writeln!(text, "  {left:<width$}  {right}")?;
    }
    Ok(())
}

pub(super) fn describe(collector: &str, option: &OptionDescriptor) -> (String, String) {
    let value = match option.kind {
        OptionKind::Flag => "",
        OptionKind::Text | OptionKind::RepeatedText => "=TEXT",
        OptionKind::Number => "=NUMBER",
    };
    let repeated = match option.kind {
        OptionKind::RepeatedText => ", repeatable",
        _ => "",
    };
    let default = option.default.join(", ");
    (
        format!("--collector.{collector}.{}{value}", option.name),
        format!("{} (default: {default:?}{repeated})", option.help),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::*;

    #[test]
    fn columns_fit_their_content() {
        let mut text = String::new();
        let line = |left: &str, right: &str| (left.to_owned(), right.to_owned());
        list(
            &mut text,
            "lacks",
            vec![line("a", "x\ny"), line("\u{202e}", "z")],
        )
        .unwrap();
        assert_eq!(text, "lacks\n  a         x\\ny\n  \\u{202e}  z\n");
        text.clear();
        list(&mut text, "reads", Vec::new()).unwrap();
        assert_eq!(text, "reads      none\n");
    }

    #[test]
    fn import_is_granted_denied_or_harmless() {
        let policy = Policy::third_party();
        for (import, text) in [
            ("firepit:collector/files@0.1.4", "granted"),
            ("firepit:collector/types@0.1.4", "harmless"),
            (
                "firepit:collector/system@0.1.4#page-size",
                "imported, refused: not granted",
            ),
            (
                "wasi:sockets/tcp@0.2.0",
                "imported, refused: no collector gets this",
            ),
        ] {
            assert_eq!(fate(import, &policy), text, "{import}");
        }
    }
}
