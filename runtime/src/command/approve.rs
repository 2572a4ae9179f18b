//! `firepit approve MODULE`: the entry of the configuration file that lets a module run, with what the
//! default gives of that which it asks for. What it asks for beyond that stands there as comments.
//! It is printed, or put into the file.

mod diff;
mod file;
mod proposal;

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use firepit::cli::{ApproveArgs, RunArgs};
use firepit::config::{Entry, EntryText, merge};
use firepit::failure::Failure;
use firepit::grants::Policy;
use firepit::modules::Loaded;
use firepit::rehearsal::{Plan, Rehearsal};
use firepit::shown::escaped;
use firepit::start::Program;

use self::file::Target;
use self::proposal::{Before, Evidence, Proposal, quoted};
use super::run::{self, Unready};

pub(crate) fn approve(program: &Program, args: &ApproveArgs) -> anyhow::Result<ExitCode> {
    let path = std::path::absolute(&args.module).context("cannot tell the current directory")?;
    let loaded = program.inspect(&path)?;
    let module = check(program, &loaded, &path)?;
    let target = args.write.as_deref().map(Target::read).transpose()?;
    let evidence = match &args.used {
        None => None,
        Some(args) => match rehearse(program, &loaded, args)? {
            Ok(evidence) => Some(evidence),
            Err(ended) => return Ok(ended),
        },
    };
    let name = &loaded.descriptor.name;
    let before = target.as_ref().and_then(|target| {
        let entry = target.config.entry(name)?;
        Some(Before::new(entry, &target.lines_of(entry)))
    });
    let proposal = Proposal::new(&loaded, evidence.as_ref(), before.as_ref());
    let entry = EntryText {
        name: name.clone(),
        module,
        sha256: loaded.module.sha256.clone(),
        reads: proposal.reads(),
        interfaces: proposal.interfaces(),
    };
    let failed = evidence.as_ref().and_then(Evidence::failure);
    match (target, failed) {
        (None, _) => print(&loaded, evidence.as_ref(), &entry)?,
        (Some(target), None) => write(&target, &entry)?,
        (Some(target), Some(failure)) => bail!(
            "{} is left as it is: the run of {name} failed, so what it uses is not known: {failure}",
            target.shown()
        ),
    }
    Ok(match failed {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::FAILURE,
    })
}

/// The module's path as YAML; an error where the module can have no entry.
fn check(program: &Program, loaded: &Loaded, path: &Path) -> anyhow::Result<String> {
    let name = &loaded.descriptor.name;
    let shown = path.display();
    if program.builtin(name).is_some() {
        bail!(
            "{shown} cannot be approved: {name} is a built-in collector, and nothing can take its place"
        );
    }
    match path.to_str() {
        Some(written) => Ok(quoted(written)),
        None => bail!("{shown} cannot be named in a configuration file: its path is not UTF-8"),
    }
}

/// Runs the module under the default grants, with those of `--grant`, and notes what it uses.
fn rehearse(
    program: &Program,
    loaded: &Loaded,
    args: &RunArgs,
) -> anyhow::Result<Result<Evidence, ExitCode>> {
    let setup = match run::setup(program, loaded, args, Some(Policy::stranger())) {
        Ok(setup) => setup,
        Err(unready) => return unready.end().map(Err),
    };
    let policy = setup.policy.clone();
    let Loaded { module, descriptor } = loaded;
    let plan = Plan {
        module,
        descriptor,
        setup,
    };
    let mut rehearsal = match Rehearsal::new(plan, None, &program.loader, &program.crew) {
        Ok(rehearsal) => rehearsal,
        Err(error) => return Unready::from(error).end().map(Err),
    };
    let report = rehearsal.run(args.repeat);
    Ok(Ok(Evidence {
        policy,
        uses: rehearsal.uses(),
        called: report.called,
        unseen: report.seen.read.more,
        last: report.last,
    }))
}

fn print(loaded: &Loaded, evidence: Option<&Evidence>, entry: &EntryText) -> anyhow::Result<()> {
    let descriptor = &loaded.descriptor;
    let mut text = String::new();
    let [version, about] = [&descriptor.version, &descriptor.about].map(|text| escaped(text));
    writeln!(text, "# {} {version}: {about}", descriptor.name)?;
    match evidence {
        None => writeln!(
            text,
            "# Active lines are what the default grants; the module asks for the commented ones as well."
        )?,
        Some(evidence) => writeln!(
            text,
            "# What it used in a run on this host, which {}.",
            ended(&evidence.last)
        )?,
    }
    writeln!(
        text,
        "# `firepit approve MODULE --write FILE` puts this into the file of --config.file."
    )?;
    writeln!(text, "collectors:")?;
    for line in entry.lines() {
        writeln!(text, "  {line}")?;
    }
    super::print(text.as_bytes()).context("cannot write to stdout")
}

fn ended(last: &Result<(), Failure>) -> String {
    match last {
        Ok(()) => "ended well".to_owned(),
        Err(Failure::NoData) => "found nothing to show".to_owned(),
        Err(failure) => format!("failed: {}", escaped(&failure.to_string())),
    }
}

/// Puts the entry into the file, and tells what changed.
fn write(target: &Target, entry: &EntryText) -> anyhow::Result<()> {
    let old: Option<&Entry> = target.config.entry(&entry.name);
    let text = merge(target.shown_path(), &target.text, entry)?;
    let (shown, name) = (target.shown(), &entry.name);
    let mut told = match old {
        _ if text == target.text => format!("{shown} has the entry {name} like this already\n"),
        None => format!("{shown} has a new entry {name}\n"),
        Some(_) => format!("{shown} has another entry {name}\n"),
    };
    if text != target.text {
        target.write(&text)?;
        for line in diff::changes(&target.text, &text) {
            writeln!(told, "{}", escaped(&line))?;
        }
    }
    if old.is_some_and(|old| old.enabled == Some(false)) {
        writeln!(told, "{name} does not run: its entry has `enabled: false`")?;
    }
    super::print(told.as_bytes()).context("cannot write to stdout")
}
