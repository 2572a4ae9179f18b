//! `firepit approve MODULE`: the config entry that lets a module run, with the part of its request that the
//! default grants. Further requests are commented out. The entry is printed, or written into the file.

mod diff;
mod file;
mod proposal;

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use firepit::app::Program;
use firepit::cli::{ApproveArgs, RunArgs};
use firepit::config::{Entry, EntryText, merge};
use firepit::dry_run::{DryRun, Plan};
use firepit_exposition::escape::escaped;
use firepit_sandbox::failure::Failure;
use firepit_sandbox::grants::Policy;
use firepit_sandbox::module::Described;

use self::file::Target;
use self::proposal::{Before, Evidence, Proposal, quoted};
use super::run::{self, Unready};

pub(crate) fn approve(program: &Program, args: &ApproveArgs) -> anyhow::Result<ExitCode> {
    let path =
        std::path::absolute(&args.module).context("cannot determine the current directory")?;
    let loaded = program.inspect(&path)?;
    let module = check(program, &loaded, &path)?;
    let target = args.write.as_deref().map(Target::read).transpose()?;
    let evidence = match &args.used {
        None => None,
        Some(args) => match dry_run(program, &loaded, args)? {
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
        connects: proposal.connects(),
        interfaces: proposal.interfaces(),
    };
    let failed = evidence.as_ref().and_then(Evidence::failure);
    match (target, failed) {
        (None, _) => print(&loaded, evidence.as_ref(), &entry)?,
        (Some(target), None) => write(&target, &entry)?,
        (Some(target), Some(failure)) => bail!(
            "{} is unchanged: the run of {name} failed, so it is not known what the module uses: {failure}",
            target.shown()
        ),
    }
    Ok(match failed {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::FAILURE,
    })
}

/// The module's path as YAML, or an error if the module cannot have an entry.
fn check(program: &Program, loaded: &Described, path: &Path) -> anyhow::Result<String> {
    let name = &loaded.descriptor.name;
    let shown = path.display();
    if program.builtin(name).is_some() {
        bail!(
            "{shown} cannot be approved: {name} is a built-in collector, which a module cannot replace"
        );
    }
    match path.to_str() {
        Some(written) => Ok(quoted(written)),
        None => bail!("{shown} cannot be named in a config file: its path is not UTF-8"),
    }
}

/// Runs the module under the default grants and those of `--grant`, and records what it uses.
fn dry_run(
    program: &Program,
    loaded: &Described,
    args: &RunArgs,
) -> anyhow::Result<Result<Evidence, ExitCode>> {
    let setup = match run::setup(program, loaded, args, Some(Policy::third_party())) {
        Ok(setup) => setup,
        Err(unready) => return unready.end().map(Err),
    };
    let policy = setup.session.policy.clone();
    let Described { module, descriptor } = loaded;
    let plan = Plan {
        replay: args.replay.as_deref(),
        ..Plan::new(module, descriptor)
    };
    let mut dry_run = match DryRun::new(plan, setup, &program.loader, &program.executor) {
        Ok(dry_run) => dry_run,
        Err(error) => return Unready::from(error).end().map(Err),
    };
    let report = dry_run.run(args.repeat);
    Ok(Ok(Evidence {
        policy,
        uses: dry_run.uses(),
        address_uses: dry_run.address_uses(),
        called: report.called,
        unseen: report.seen.read.more,
        last: report.last,
    }))
}

fn print(loaded: &Described, evidence: Option<&Evidence>, entry: &EntryText) -> anyhow::Result<()> {
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
            "# What the module used in a run on this host, which {}.",
            ended(&evidence.last)
        )?,
    }
    writeln!(
        text,
        "# `firepit approve MODULE --write FILE` adds this to the file of --config.file."
    )?;
    writeln!(text, "collectors:")?;
    for line in entry.lines() {
        writeln!(text, "  {line}")?;
    }
    super::print(text.as_bytes()).context("cannot write to stdout")
}

fn ended(last: &Result<(), Failure>) -> String {
    match last {
        Ok(()) => "succeeded".to_owned(),
        Err(Failure::NoData) => "found no data".to_owned(),
        Err(failure) => format!("failed: {}", escaped(&failure.to_string())),
    }
}

/// Writes the entry into the file, and prints the difference.
fn write(target: &Target, entry: &EntryText) -> anyhow::Result<()> {
    let old: Option<&Entry> = target.config.entry(&entry.name);
    let text = merge(target.shown_path(), &target.text, entry)?;
    let (shown, name) = (target.shown(), &entry.name);
    let mut report = match old {
        _ if text == target.text => format!("the entry {name} of {shown} is up to date\n"),
        None => format!("added the entry {name} to {shown}\n"),
        Some(_) => format!("changed the entry {name} of {shown}\n"),
    };
    if text != target.text {
        target.write(&text)?;
        for line in diff::changes(&target.text, &text) {
            writeln!(report, "{}", escaped(&line))?;
        }
    }
    if old.is_some_and(|old| old.enabled == Some(false)) {
        writeln!(
            report,
            "{name} does not run: its entry has `enabled: false`"
        )?;
    }
    super::print(report.as_bytes()).context("cannot write to stdout")
}
