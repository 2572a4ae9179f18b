//! `firepit deploy systemd` and `kubernetes`: a unit or a manifest with what the enabled collectors
//! need, and no more. The needs are derived from what the modules are granted.

mod kubernetes;
mod needs;
mod reads;
mod services;
mod systemd;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use firepit::app::Program;
use firepit::cli::{Config, DeployTarget};

use self::needs::Needs;

/// Why nothing can be printed for a command line.
#[derive(Debug, thiserror::Error)]
enum DeployError {
    #[error(
        "the words deploy and {0} must come first, because all words after them are the flags to \
         deploy with: firepit deploy {0} [FLAGS]"
    )]
    NotFirst(&'static str),
    #[error("flag {0:?} is not UTF-8; no unit and no manifest can have it")]
    NotText(OsString),
    #[error(
        "{path}, {what}, is a relative path; a service begins in another directory: write an \
         absolute one",
        path = path.display()
    )]
    Relative { path: PathBuf, what: String },
    #[error("cannot read {}", path.display())]
    Config {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// What a unit or a manifest is made from.
struct Plan<'a> {
    config: &'a Config,
    /// The configuration file.
    file: Option<&'a Path>,
    /// The flags, as they were given.
    flags: Vec<String>,
    needs: Needs,
}

/// Prints the unit or the manifest. `arguments` are those of the process.
pub(crate) fn deploy(
    program: &Program,
    target: DeployTarget,
    arguments: &[OsString],
) -> anyhow::Result<ExitCode> {
    let text = match text(program, target, arguments) {
        Ok(text) => text,
        Err(error) => {
            let text = format!("{:#}", anyhow::Error::from(error));
            eprintln!(
                "firepit: error: {}",
                firepit_exposition::escape::escaped(&text)
            );
            return Ok(ExitCode::from(crate::USAGE));
        }
    };
    super::print(text.as_bytes()).context("cannot write to stdout")?;
    Ok(ExitCode::SUCCESS)
}

fn text(
    program: &Program,
    target: DeployTarget,
    arguments: &[OsString],
) -> Result<String, DeployError> {
    let flags = match arguments {
        [_, command, word, flags @ ..] if command == "deploy" && word == target.name() => flags,
        _ => return Err(DeployError::NotFirst(target.name())),
    };
    let flags = flags.iter().map(|flag| {
        let text = flag.to_str().map(str::to_owned);
        text.ok_or_else(|| DeployError::NotText(flag.clone()))
    });
    let file = &program.file.path;
    let plan = Plan {
        config: &program.config,
        file: (!file.as_os_str().is_empty()).then_some(file),
        flags: flags.collect::<Result<_, _>>()?,
        needs: Needs::of(program)?,
    };
    match target {
        DeployTarget::Systemd => Ok(systemd::unit(&plan)),
        DeployTarget::Kubernetes => kubernetes::manifest(&plan),
    }
}

impl Plan<'_> {
    /// Whether a flag of this name is given.
    fn has_flag(&self, name: &str) -> bool {
        let is_it = |flag: &String| {
            let rest = flag.trim_start_matches('-').strip_prefix(name);
            flag.starts_with('-')
                && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        };
        self.flags.iter().any(is_it)
    }
}

/// Names in a sentence.
fn list<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
    match names.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

/// A comment, in lines of at most 100 characters behind the indentation.
fn comment(indent: &str, text: &str) -> String {
    const WIDTH: usize = 100;
    let mut lines = String::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.len() + 1 + word.len() > WIDTH {
            lines += &format!("{indent}# {line}\n");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    lines + &format!("{indent}# {line}\n")
}
